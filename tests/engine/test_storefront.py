"""Another project, on top of a deployed stack: by stack reference, deployed through the engine, used over HTTP."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi.automation as auto
import pytest
from pulumi.automation.errors import CommandError

from emulator.cloud import Cloud
from emulator.engine import Engine
from emulator.program import ROOT
from tests.deployed import Deployed, order
from tests.engine.conftest import Lasting, inventory, resources, seeded
from tests.hangs import HANG_SECONDS, eventually

VIEWS = {"name": "views", "arn": "arn:aws:dynamodb:us-east-1:000000000000:table/views"}
STOREFRONT = ROOT / "examples" / "storefront"


@dataclass(frozen=True)
class Shop:
    """The deployed storefront, and the stack behind it."""

    url: str
    stack: auto.Stack
    behind: Deployed

    def ask(self, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """GET `path`, or POST `body` to it; the status and the answer."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=HANG_SECONDS) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)


@pytest.fixture(scope="module")
def shop(shared_cloud: Cloud, shared_engine: Engine, lasting: Lasting) -> Shop:
    behind = seeded(shared_cloud, lasting.standing())
    storefront = shared_engine.stack("local", STOREFRONT)
    url = storefront.up().outputs["url"].value
    return Shop(url, storefront, behind)


def test_a_request_becomes_a_delivered_order(shop: Shop) -> None:
    status, placed = shop.ask("/orders", order("shop-1"))
    assert (status, placed) == (202, {"orderId": "shop-1", "see": "/orders/shop-1"})

    def delivered() -> dict[str, Any] | None:
        status, seen = shop.ask(placed["see"])
        return seen if status == 200 and seen["status"] == "DELIVERED" else None

    seen = eventually(delivered)
    assert seen["chargedCents"] == 2_100
    assert [entry["event"] for entry in seen["timeline"]][-1] == "DELIVERED"
    # Once an execution is over AWS and the embedded cloud agree: its name is taken.
    status, refused = shop.ask("/orders", order("shop-1"))
    assert (status, refused["message"]) == (409, "there is an order shop-1 already: see /orders/shop-1")


def test_what_is_no_order_starts_nothing(shop: Shop) -> None:
    status, refused = shop.ask("/orders", order("shop-2", items=[{"sku": "tea", "quantity": -1}]))
    assert status == 400
    assert any("items[0].quantity" in problem for problem in refused["problems"])
    assert shop.ask("/orders", b"{not json")[0] == 400
    assert shop.ask("/orders", b"\n".join([json.dumps(order(f"shop-{n}")).encode() for n in (3, 4)]))[0] == 400
    assert shop.ask("/orders/shop-2")[0] == 404


def test_the_shop_may_start_and_read_and_nothing_else(shop: Shop) -> None:
    iam, role = shop.behind.cloud.client("iam"), "storefront-local"
    granted: list[tuple[str, Any]] = []
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        for statement in iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            granted += [(action, (statement["Resource"], statement.get("Condition"))) for action in actions]
    machine = shop.behind.outputs["machines"]["order-fulfillment"]["arn"]
    live = {"StringEquals": {"states:StateMachineQualifier": "live"}}
    assert dict(granted)["states:StartExecution"] == (machine, live)
    assert dict(granted)["dynamodb:GetItem"] == (shop.behind.outputs["tables"]["order-views"]["arn"], None)
    own = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert {action for action, _ in granted} == {"states:StartExecution", "dynamodb:GetItem", *own}


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ({}, "has no output 'contract': it is not deployed yet, or is no stack of Orderflow"),
        (
            {"contract": 2},
            "keeps contract 2 and this package knows 1: install the orderflow that belongs to that stack",
        ),
        (
            {"contract": 1, "region": "us-east-1", "machines": {"nightly": {}}, "tables": {"order-views": VIEWS}},
            "has no 'order-fulfillment' in its output machines, which holds nightly",
        ),
    ],
    ids=["no stack of ours", "another contract", "no such machine"],
)
def test_a_stack_that_is_not_what_it_should_be_fails_the_preview(
    shop: Shop, shared_engine: Engine, tmp_path: Path, outputs: dict[str, Any], said: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "Pulumi.yaml").write_text(f"name: other{len(outputs)}\nruntime: python\n")
    exports = "".join(f"pulumi.export({name!r}, {value!r})\n" for name, value in outputs.items())
    (other / "__main__.py").write_text("import pulumi\n" + exports)
    shared_engine.stack("local", other).up()
    before = inventory(shop.behind.cloud)
    shop.stack.set_config("storefront:orderflowStack", auto.ConfigValue(f"organization/other{len(outputs)}/local"))
    try:
        with pytest.raises(CommandError) as stopped:
            shop.stack.preview()
    finally:
        shop.stack.set_config("storefront:orderflowStack", auto.ConfigValue("organization/orderflow/local"))
    assert f"stack organization/other{len(outputs)}/local {said}" in str(stopped.value)
    assert inventory(shop.behind.cloud) == before


def test_a_stack_that_is_not_there_is_named(shop: Shop) -> None:
    shop.stack.set_config("storefront:orderflowStack", auto.ConfigValue("organization/orderflow/nowhere"))
    try:
        with pytest.raises(CommandError, match="organization/orderflow/nowhere"):
            shop.stack.preview()
    finally:
        shop.stack.set_config("storefront:orderflowStack", auto.ConfigValue("organization/orderflow/local"))


def test_the_storefront_stands_on_its_own(shop: Shop, lasting: Lasting) -> None:
    behind = resources(lasting.standing())
    shop.stack.preview(expect_no_changes=True)
    shop.stack.destroy()
    assert not any("storefront" in line for line in inventory(shop.behind.cloud))
    assert resources(lasting.standing()) == behind
