"""The program of docs/triggers.md through Pulumi's engine: made, left alone, changed and deleted."""

from __future__ import annotations

import json
from pathlib import Path

from emulator.cloud import Cloud
from emulator.engine import Engine
from tests.engine.conftest import inventory, planned
from tests.pages import program

CHANGES = (
    ('"source": ["shop"]', '"source": ["shop", "kiosk"]'),
    ('"orderId": "<$.detail.id>"', '"orderId": "<$.detail.number>"'),
    ('"<$.body.orderId>"', '"<$.body.number>"'),
    ('errors={"UnknownSku": 404}', 'errors={"UnknownSku": 422}'),
    ("requests_per_second=50", "requests_per_second=40"),
    ('named_by="idempotency-key"', 'named_by="request-key"'),
)


def test_every_trigger_is_made_stays_is_changed_in_place_and_goes(
    shared_cloud: Cloud, shared_engine: Engine, tmp_path: Path
) -> None:
    before, text = inventory(shared_cloud), program("docs/triggers.md")
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(text)
    stack = shared_engine.stack("dev", tmp_path)
    stack.up()
    stack.preview(expect_no_changes=True)
    assert set(stack.refresh(run_program=False).summary.resource_changes or {}) == {"same"}

    for old, new in CHANGES:
        assert old in text
        text = text.replace(old, new, 1)
    (tmp_path / "__main__.py").write_text(text)
    assert {name: step for name, step in planned(stack).items() if not name.startswith("lambda_")} == {
        "cloudwatch.EventRule placed": "update",
        "cloudwatch.EventTarget placed": "update",
        "pipes.Pipe jobs": "update",
        "apigatewayv2.Integration shop-post-orders": "update",
        "apigatewayv2.Stage shop": "update",
        "lambda.Function shop-post-quotes": "update",
        "lambda.Alias shop-post-quotes": "update",
    }
    stack.up()
    stack.preview(expect_no_changes=True)
    events = shared_cloud.client("events")
    pattern = json.loads(events.describe_rule(Name="shop-dev-placed")["EventPattern"])
    assert pattern["source"] == ["shop", "kiosk"]
    (target,) = events.list_targets_by_rule(Rule="shop-dev-placed")["Targets"]
    assert target["InputTransformer"]["InputPathsMap"]["value1"] == "$.detail.number"
    (api,) = [one for one in shared_cloud.client("apigatewayv2").get_apis()["Items"] if one["Name"] == "shop-dev-shop"]
    (stage,) = shared_cloud.client("apigatewayv2").get_stages(ApiId=api["ApiId"])["Items"]
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 40

    stack.destroy()
    assert inventory(shared_cloud) == before
