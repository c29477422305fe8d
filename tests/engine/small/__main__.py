"""As much of the program as shows what Pulumi's engine makes of a change, and as the runbook's commands speak of."""

import pulumi

import components
from components import orders
from workflows import ORDER_PROMISES, USUAL_ORDERS, Decisions, Delivery, Functions, order_fulfillment

settings = orders.load_settings()
components.tag_and_bound(settings.tags, settings.permissions_boundary)
components.Table("orders", components.TableArgs("orderId", keep=settings.production))
components.Table("idempotency", components.TableArgs("id", keep=False))
components.Queue("poison-events", components.QueueArgs(keep=settings.production))

functions = "arn:aws:lambda:us-east-1:000000000000:function"
steps = Functions(**{name: f"{functions}:{name.replace('_', '-')}" for name in Functions.__dataclass_fields__})
definition = order_fulfillment(
    steps,
    Delivery(settings.poll_seconds, settings.delivery_deadline_seconds),
    Decisions(settings.approval_limit_cents, settings.decision_seconds),
)
machine = components.StateMachine(
    "order-fulfillment",
    components.StateMachineArgs(definition, settings.logs, promises=ORDER_PROMISES, assumed=USUAL_ORDERS),
)

secrets = ("carrier-webhook", *(("stripe", "stripe-webhook") if settings.payments == "stripe" else ()))
pulumi.export("machines", {machine.purpose: {"arn": machine.arn}})
pulumi.export("webhooks", {name: components.Secret(name, keep=settings.production).arn for name in secrets})
