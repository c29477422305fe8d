"""What a stack holds: settings, storage, functions, machines, and what other projects may refer to."""

import components
from components import orders
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

settings = orders.load_settings()
components.tag_and_bound(settings.tags, settings.permissions_boundary)
key = components.Key("key", days=30 if settings.production else 7)
logs = settings.logs.encrypted_by(key)

tables = orders.order_tables(keep=settings.production)
poison_events = components.Queue("poison-events", components.QueueArgs(keep=settings.production))
notices = components.Topic("notices", key)
carrier_secret = components.Secret("carrier-webhook", keep=settings.production)

functions = orders.OrderFunctions(tables, settings, logs)
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
added = orders.others(orders.Shop(settings, key, logs, tables, functions, notices, fulfillment))
machines = [fulfillment, events, reconciling, *added.machines]
nightly = components.Schedule("reconciliation", components.ScheduleArgs(reconciling, "cron(0 3 * * ? *)"))

functions.decide(fulfillment, added.asking)
carrier_webhook = components.Webhook("carrier-webhook", functions.carrier_webhook(fulfillment, carrier_secret))
webhooks = {"carrier": (carrier_webhook, carrier_secret)}
if functions.stripe_webhook_key:
    payment_webhook = components.Webhook("payment-webhook", functions.payment_webhook(functions.stripe_webhook_key))
    webhooks["payment"] = (payment_webhook, functions.stripe_webhook_key)

watch = functions.watch_orders()
often = components.ScheduleArgs(watch, f"rate({orders.WATCH_MINUTES} minutes)")
watching = components.Schedule("watch-orders", often)
made = [*machines, *functions.all()]
changed = {"eventName": ["INSERT", "MODIFY"]}
brought = components.StreamTriggerArgs(tables.orders, events, poison_events, made, changed)
pipe = components.StreamTrigger("order-events", brought)
telling, schedules = steps.send_confirmation, [nightly, watching]
triggers = [*schedules, *added.triggers]
watched = orders.Watched(fulfillment, reconciling, machines, functions.all(), pipe, telling, watch, triggers)
components.Dashboard("orders", watched.rows())
told = components.AlarmsArgs(settings.alarm_email, key, [*watched.alarms()])
alarms = [components.Alarms("alarms", told)] if settings.alarm_email else []

parts = [*tables.all(), *made, *functions.secrets(), functions.layer, *alarms]
parts += [key, poison_events, notices, carrier_secret, exports, pipe, *schedules, *added.parts]
components.export(logs, webhooks, *parts)
