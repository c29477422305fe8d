"""What a stack holds: settings, storage, functions, machines, and what other projects may refer to."""

import pulumi
import pulumi_aws as aws

import components
from components import Use
from workflows import Delivery, Functions, order_events, order_fulfillment

settings = components.load_settings()
components.tag_everything(settings.tags)


def table(name: str, key: str, *, stream: bool = False, expires_at: str | None = None) -> components.Table:
    return components.Table(name, components.TableArgs(key, settings.production, stream, expires_at))


products, stock, reservations = table("products", "sku"), table("stock", "sku"), table("reservations", "orderId")
orders, order_views = table("orders", "orderId", stream=True), table("order-views", "orderId")
payments, shipments = table("payments", "paymentId"), table("shipments", "shipmentId")
idempotency = table("idempotency", "id", expires_at="expiration")
tables = (products, stock, reservations, orders, order_views, payments, shipments, idempotency)
poison_events = components.Queue("poison-events", keep=settings.production)
notices = aws.sns.Topic("notices", name=components.physical_name("notices", 256), kms_master_key_id="alias/aws/sns")
layer = components.DependencyLayer("dependencies")


def function(handler: str, *uses: Use, **environment: str) -> components.Function:
    args = components.FunctionArgs(handler, layer, uses, settings.logs, environment, tracing=settings.tracing,
                                   reserved_concurrency=settings.reserved_concurrency)  # fmt: skip
    return components.Function(handler.replace("_", "-"), args)


READ, ADD, CHANGE, DROP = "dynamodb:getItem", "dynamodb:putItem", "dynamodb:updateItem", "dynamodb:deleteItem"
ledger, transit = Use("ORDERS_TABLE", orders, (READ, CHANGE)), str(settings.carrier_transit_seconds)
functions = Functions(
    function("validate_order", ledger, Use("PRODUCTS_TABLE", products, ("dynamodb:batchGetItem",)),
             ORDER_LIMIT_CENTS=str(settings.order_limit_cents)),
    function("charge_payment", ledger, Use("PAYMENTS_TABLE", payments, (READ, ADD))),
    function("reserve_inventory", Use("ORDERS_TABLE", orders, (CHANGE,)), Use("STOCK_TABLE", stock, (CHANGE,)),
             Use("RESERVATIONS_TABLE", reservations, (READ, ADD))),
    function("create_shipment", ledger, Use("SHIPMENTS_TABLE", shipments, (READ, ADD)),
             CARRIER_TRANSIT_SECONDS=transit),
    function("check_shipment", Use("SHIPMENTS_TABLE", shipments, (READ,)), CARRIER_TRANSIT_SECONDS=transit),
    function("send_confirmation", ledger, Use("NOTICES_TOPIC", notices, ("sns:publish",)),
             Use("IDEMPOTENCY_TABLE", idempotency, (READ, ADD, CHANGE, DROP))),
)  # fmt: skip

delivery = Delivery(settings.poll_seconds, settings.delivery_deadline_seconds)
fulfillment = components.StateMachine(
    "order-fulfillment",
    components.StateMachineArgs(order_fulfillment(functions, delivery), settings.logs, tracing=settings.tracing),
)
events = components.StateMachine(
    "order-events",
    components.StateMachineArgs(order_events(order_views, poison_events), settings.logs, "EXPRESS", settings.tracing),
)
machines = (fulfillment, events)
components.EventPipe("order-events", components.EventPipeArgs(orders, events, poison_events))
if settings.alarm_email:
    components.Alarms("alarms", components.AlarmsArgs(settings.alarm_email, machines, poison_events))

pulumi.export("contract", 1)
pulumi.export("region", components.account().apply(lambda where: where.region))
pulumi.export("machines", {m.purpose: {"arn": m.arn, "aliasArn": m.alias_arn} for m in machines})
pulumi.export("tables", {t.purpose: {"name": t.name, "arn": t.arn} for t in tables})
pulumi.export("queues", {"poison-events": {"url": poison_events.url, "arn": poison_events.arn}})
pulumi.export("topics", {"notices": notices.arn})
