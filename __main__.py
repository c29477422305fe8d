"""What a stack holds: settings, storage, functions, machines, and what other projects may refer to."""

import pulumi

import components
from workflows import (
    ORDER_PROMISES,
    USUAL_ORDERS,
    Decisions,
    Delivery,
    Functions,
    order_events,
    order_fulfillment,
    reconciliation,
)

settings = components.load_settings()
components.tag_and_bound(settings.tags, settings.permissions_boundary)
key = components.Key("key", days=30 if settings.production else 7)
logs = settings.logs.encrypted_by(key)

tables = components.order_tables(keep=settings.production)
poison_events = components.Queue("poison-events", keep=settings.production)
notices = components.Topic("notices", key)
carrier_secret = components.Secret("carrier-webhook", keep=settings.production)

functions = components.OrderFunctions(tables, settings, logs)
steps = Functions(**functions.of_the_workflow(notices))
definition = order_fulfillment(
    steps,
    Delivery(settings.poll_seconds, settings.delivery_deadline_seconds),
    Decisions(settings.approval_limit_cents, settings.decision_seconds),
)
fulfillment = components.StateMachine(
    "order-fulfillment",
    components.StateMachineArgs(
        definition, logs, tracing=settings.tracing, promises=ORDER_PROMISES, assumed=USUAL_ORDERS
    ),
)
definition = order_events(tables.order_views, poison_events)
events = components.StateMachine(
    "order-events", components.StateMachineArgs(definition, logs, "EXPRESS", settings.tracing)
)

exports = components.Bucket("exports", days=30)
definition = reconciliation(*functions.of_the_reconciliation(exports), exports.name)
reconciling = components.StateMachine(
    "reconciliation", components.StateMachineArgs(definition, logs, tracing=settings.tracing)
)
machines = [fulfillment, events, reconciling]
components.Schedule("reconciliation", components.ScheduleArgs(reconciling, "cron(0 3 * * ? *)"))

functions.decide(fulfillment)
carrier_webhook = components.Webhook("carrier-webhook", functions.carrier_webhook(fulfillment, carrier_secret))
webhooks = {"carrier": {"url": carrier_webhook.url, "secretArn": carrier_secret.arn}}
if functions.stripe_webhook_key:
    payment_webhook = components.Webhook("payment-webhook", functions.payment_webhook(functions.stripe_webhook_key))
    webhooks["payment"] = {"url": payment_webhook.url, "secretArn": functions.stripe_webhook_key.arn}

watch = functions.watch_orders()
components.Schedule("watch-orders", components.ScheduleArgs(watch, f"rate({components.WATCH_MINUTES} minutes)"))
made = [*machines, *functions.all()]
pipe = components.EventPipe("order-events", components.EventPipeArgs(tables.orders, events, poison_events, made))
watched = components.Watched(fulfillment, reconciling, machines, functions.all(), pipe, steps.send_confirmation, watch)
components.Dashboard("orders", watched)
if settings.alarm_email:
    components.Alarms("alarms", components.AlarmsArgs(settings.alarm_email, watched, key))

pulumi.export("contract", 1)
pulumi.export("region", components.account().apply(lambda where: where.region))
pulumi.export("machines", {m.purpose: {"arn": m.arn, "aliasArn": m.alias_arn} for m in machines})
pulumi.export("tables", {t.purpose: {"name": t.name, "arn": t.arn} for t in tables.all()})
pulumi.export("queues", {"poison-events": {"url": poison_events.url, "arn": poison_events.arn}})
pulumi.export("topics", {"notices": notices.arn})
pulumi.export(
    "functions",
    {f.purpose: {"name": f.name, "aliasArn": f.alias_arn, "logGroup": f.log_group_name} for f in functions.all()},
)
pulumi.export("webhooks", webhooks)
