"""Programs that break the promise, each by a change of a few words in the source of one function or of the workflow.

Such a change goes around the preview, which would refuse some of them: what is deployed is changed, as a mistake would
that no rule knows.
"""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pulumi

from components.orders.sources import HANDLERS, LIBRARIES
from components.packaging import package_dependencies, package_handler
from emulator import bridge
from emulator.chaos.faults import Fault
from emulator.chaos.plan import Planned
from emulator.cloud import Cloud
from emulator.program import ROOT, stack_config
from tests.hangs import HANG_SECONDS
from workflows import Decisions, Delivery, Functions

WORKFLOW = "workflows/order_fulfillment.py"
WEBHOOK = "carrier-webhook"
DECISION_SECONDS = HANG_SECONDS
"""Everyone is answered, however late."""


@dataclass(frozen=True)
class Sabotage:
    """`changes` are (file, right, wrong) in what `function` is made of, or in the workflow where that is empty.

    `order` is what differs from a good order in one that shows it, and `faults` what has to strike that one; `news` and
    `people` are as in the plan. `says` is the sentence of the judge, `finds` that of the reconciliation, each with
    {key} for the order; the latter is empty where all books agree, so that only the judge can know.
    """

    function: str
    changes: tuple[tuple[str, str, str], ...]
    says: str
    finds: str = ""
    order: Mapping[str, Any] = field(default_factory=dict[str, Any])
    faults: tuple[tuple[str, Fault, int], ...] = ()
    news: str = "sent"
    people: str = "approve"

    def planned(self) -> tuple[Planned, ...]:
        return tuple(Planned(*fault) for fault in self.faults)


def address(postcode: str) -> dict[str, Any]:
    return {"shipTo": {"name": "Ada Lovelace", "postcode": postcode}}


RETURNED, LOST, REFUSED = address("00001"), address("00002"), address("00000")
TWICE = Fault.DELIVERED_TWICE

SABOTAGES: dict[str, Sabotage] = {
    "a parcel is canceled in our books only": Sabotage(
        "cancel-shipment",
        (("handlers/cancel_shipment.py", "goods = carrier.cancel(order_id)", 'goods = "COMING_BACK"'),),
        "was refunded, and its parcel was never canceled: the carrier says that it is FAILED",
        "PARCEL_NOT_CANCELED of {key}: FAILED, shp_{key}; the ledger says SHIPPING_FAILED",
        RETURNED,
    ),
    "stock that comes back is recorded and not returned": Sabotage(
        "release-stock",
        (("handlers/shared/stockroom.py", 'for line in lines] if as_ == "RELEASED" else []', "for line in ()]"),),
        "the stock has 997 of {key}-tea, and should have 1000: 1000 less 0 that were delivered or lost",
        order=RETURNED,
    ),
    "only the first line is charged": Sabotage(
        "validate-order",
        (
            (
                "handlers/shared/pricing.py",
                '["priceCents"] for line in lines)',
                '["priceCents"] for line in lines[:1])',
            ),
        ),
        "has a payment of 1350 cents, and what was ordered comes to 3750",
        "AMOUNT_WRONG of {key}: 3750 cents: 3 x 450 {key}-tea + 2 x 1200 {key}-cup; the ledger says DELIVERED",
    ),
    "an overdue parcel counts as delivered": Sabotage(
        "",
        ((WORKFLOW, 'undo("PARCEL_OVERDUE", fulfill)', '{"Type": "Pass", "Next": "OrderComplete"}'),),
        "was delivered, and the carrier says that its parcel is IN_TRANSIT",
        "NOT_DELIVERED of {key}: IN_TRANSIT, shp_{key}; the ledger says DELIVERED",
        LOST,
    ),
    "a refund is recorded and not made": Sabotage(
        "refund-payment",
        (("handlers/refund_payment.py", "provider.give_back(row.payment_id)", "pass"),),
        "was refunded, and the provider still has 3750 cents CAPTURED",
        "NOT_GIVEN_BACK of {key}: CAPTURED, 3750 cents, pay_{key}; the ledger says SHIPPING_FAILED, 0 cents",
        RETURNED,
    ),
    "a repeated charge charges again": Sabotage(
        "charge-payment",
        (
            ("handlers/charge_payment.py", 'if "CHARGED" not in row.events:', "if True:"),
            ("handlers/charge_payment.py", "row.payment_id or provider.open(", "provider.open("),
            ("handlers/charge_payment.py", "provider.authorize(str(row.payment_id))", "provider.authorize(payment_id)"),
            (
                "handlers/shared/sandbox_payments.py",
                'f"pay_{order_id}"',
                'f"pay_{order_id}_{written(self._clock())}"',
            ),
        ),
        "payments at the provider, which has 3750 cents AUTHORIZED and 3750 cents",
        "UNKNOWN_PAYMENT of {key}: AUTHORIZED, 3750 cents, pay_{key}_",
        faults=(("charge_payment", TWICE, 1),),
    ),
    "a repeated shipment ships again": Sabotage(
        "create-shipment",
        (
            (
                "handlers/shared/sandbox_carrier.py",
                'self._booked(f"shp_{order_id}",',
                'self._booked(f"shp_{order_id}~{self._clock().timestamp()}",',
            ),
        ),
        "has 2 parcels at the carrier, which says that they are DELIVERED and DELIVERED",
        "UNKNOWN_PARCEL of {key}: DELIVERED, shp_{key}~",
        faults=(("create_shipment", TWICE, 1),),
    ),
    "a capture is recorded and not made": Sabotage(
        "capture-payment",
        (("handlers/capture_payment.py", "provider.capture(str(row.payment_id))", "pass"),),
        "was delivered, and the provider has not taken its money: 3750 cents AUTHORIZED",
        "NOT_CAPTURED of {key}: AUTHORIZED, 3750 cents, pay_{key}; the ledger says DELIVERED",
    ),
    "the customer is never told": Sabotage(
        "send-confirmation",
        (("handlers/shared/sns_notices.py", 'client("sns").publish(', "dict("),),
        "has ended, and its customer was never told",
    ),
    "the customer is told twice": Sabotage(
        "send-confirmation",
        (
            (
                "handlers/shared/sns_notices.py",
                "return lambda notice: publish(key=notice.key, message=notice.message)",
                'sns, topic = client("sns"), setting("NOTICES_TOPIC")\n'
                '    return lambda notice: [sns.publish(TopicArn=topic, Message=notice.message) for _ in "12"]',
            ),
        ),
        "has ended, and its customer was told 2 times",
    ),
    "a webhook is taken unsigned": Sabotage(
        WEBHOOK,
        (
            (
                "handlers/carrier_webhook.py",
                'verified(event, secret("CARRIER_SECRET"))',
                '(event["headers"].get("webhook-id", str(context)), json.loads(event["body"]))',
            ),
        ),
        "a forged event was taken: shp_",
        news="unsigned",
    ),
    "whatever goes wrong with a charge ends the order well": Sabotage(
        "",
        ((WORKFLOW, 'catch("States.ALL", to="HandlePaymentUncertain")', 'catch("States.ALL", to="OrderDeclined")'),),
        "is lost, and the provider has 3750 cents AUTHORIZED",
        "CHARGE_NOT_RECORDED of {key}: AUTHORIZED, 3750 cents, pay_{key}; the ledger says VALIDATED, 0 cents",
        faults=(("charge_payment", Fault.CRASH_AFTER_WRITE, 3), ("charge_payment", Fault.REFUSES, 99)),
    ),
    "a large order needs nobody's approval": Sabotage(
        "",
        ((WORKFLOW, 'decisions.limit_cents, then="AwaitApproval"', 'decisions.limit_cents, then="ChargePayment"'),),
        "ended as DELIVERED, and should have ended as NOT_APPROVED",
        order={"items": [{"sku": "gold", "quantity": 1}]},
        people="reject",
    ),
    "goods that got lost are put back into the stock": Sabotage(
        "release-stock",
        (("handlers/release_stock.py", 'if row.goods == "LOST" else', 'if row.goods == "GONE" else'),),
        "the stock has 1000 of {key}-tea, and should have 997: 1000 less 3 that were delivered or lost",
        "RESERVATION_DIFFERS of {key}: RELEASED, 2 {key}-cup, 3 {key}-tea; the ledger says PARCEL_OVERDUE",
        LOST,
    ),
    "what is sold out is sold": Sabotage(
        "reserve-inventory",
        (
            (
                "handlers/shared/stockroom.py",
                '"ConditionExpression": "available >= :quantity"',
                '"ConditionExpression": "available < :quantity OR available >= :quantity"',
            ),
        ),
        "ended as DELIVERED, and should have ended as OUT_OF_STOCK",
        "STOCK_NEGATIVE of {key}-gone: -2 {key}-gone",
        {"items": [{"sku": "gone", "quantity": 2}]},
    ),
    "a declined card is taken for a good one": Sabotage(
        "charge-payment",
        (("handlers/shared/sandbox_payments.py", 'raise CardError(row.get("reason", "payment_canceled"))', "pass"),),
        "ended as PAYMENT_NOT_CAPTURED, and should have ended as DECLINED",
        "NEVER_CHARGED of {key}: DECLINED, 3750 cents, pay_{key}; the ledger says PAYMENT_NOT_CAPTURED",
        # Its parcel must not arrive while the capture is tried again: the order would then be a person's to settle.
        {"paymentMethodId": "pm_card_chargeDeclined", **RETURNED},
    ),
}


def machine_with(
    sabotages: Sequence[Sabotage], cloud: Cloud, outputs: Mapping[str, Any], name: str, folder: Path
) -> str:
    """A machine `name` beside the right one, of the changed workflow and functions; its ARN."""
    sfn, arn = cloud.client("stepfunctions"), outputs["machines"]["order-fulfillment"]["arn"]
    right = sfn.describe_state_machine(stateMachineArn=arn)
    definition = right["definition"]
    if changes := [change for one in sabotages if not one.function for change in one.changes]:
        definition = _definition_with(changes, outputs)
    for sabotage in sabotages:
        if sabotage.function:
            changed = function_with(sabotage, cloud, outputs, f"{name}-{sabotage.function}", folder)
            definition = definition.replace(outputs["functions"][sabotage.function]["aliasArn"], changed["arn"])
    return sfn.create_state_machine(name=name, definition=definition, roleArn=right["roleArn"])["stateMachineArn"]


def _definition_with(changes: Sequence[tuple[str, str, str]], outputs: Mapping[str, Any]) -> str:
    """The order machine's definition by the changed source of the workflow."""
    source = (ROOT / WORKFLOW).read_text()
    for _, right, wrong in changes:
        assert right in source, right
        source = source.replace(right, wrong, 1)
    # Not imported: what is kept compiled of one is taken for the next, if that is as long and as old to the second.
    module = sys.modules["sabotaged_workflow"] = ModuleType("sabotaged_workflow")
    exec(compile(source, WORKFLOW, "exec"), module.__dict__)
    config = stack_config("local")
    names = Functions.__dataclass_fields__
    functions = Functions(**{name: outputs["functions"][name.replace("_", "-")]["aliasArn"] for name in names})
    seconds = [int(config[f"orderflow:{name}"]) for name in ("pollSeconds", "deliveryDeadlineSeconds")]
    decisions = Decisions(int(config["orderflow:approvalLimitCents"]), DECISION_SECONDS)
    return json.dumps(module.order_fulfillment(functions, Delivery(*seconds), decisions))


def function_with(
    sabotage: Sabotage, cloud: Cloud, outputs: Mapping[str, Any], name: str, folder: Path
) -> dict[str, Any]:
    """A function `name` of the changed source beside the right one, under the same settings; what the bridge says of
    it."""
    archive = folder / f"{name}.zip"
    package = package_handler(sabotage.function.replace("-", "_"), HANDLERS, package_dependencies(LIBRARIES))
    with zipfile.ZipFile(package.path) as right:
        files = {entry: right.read(entry).decode() for entry in right.namelist()}
    for file, old, new in sabotage.changes:
        assert old in files[file], old
        files[file] = files[file].replace(old, new, 1)
    with zipfile.ZipFile(archive, "w") as wrong:
        for entry, text in files.items():
            wrong.writestr(entry, text)
    original = cloud.client("lambda").get_function_configuration(
        FunctionName=outputs["functions"][sabotage.function]["name"]
    )
    inputs = {
        "name": name,
        "handler": original["Handler"],
        "role": original["Role"],
        "timeout": original["Timeout"],
        "memorySize": original["MemorySize"],
        "environment": {"variables": original["Environment"]["Variables"]},
        "tracingConfig": {"mode": "PassThrough"},
        "code": pulumi.FileArchive(str(archive)),
    }
    return bridge.create(cloud, "aws:lambda/function:Function", inputs)[1]


def url_of(cloud: Cloud, function: str) -> str:
    """An address of the function `function` that is open to everyone."""
    inputs = {"functionName": function, "authorizationType": "NONE"}
    return bridge.create(cloud, "aws:lambda/functionUrl:FunctionUrl", inputs)[1]["functionUrl"]
