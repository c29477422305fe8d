"""localstripe on a free loopback port, which it prints; with what Stripe does and localstripe 1.15 lacks.

    idempotency keys, 500s saved by them    https://docs.stripe.com/api/idempotent_requests
    no refund beyond the charge             https://docs.stripe.com/api/refunds/create
    lists by creation, newest first         https://docs.stripe.com/api/payment_intents/list
    automatic_payment_methods               taken and ignored: localstripe knows cards alone
    amount_received, cancellation_reason    https://docs.stripe.com/api/payment_intents/object

Whoever posts [{"path": the end of a path, "acts": whether the server acts all the same}, ...] to /break lets the next
POST to each such path end with a 500, and none that was to before.

It also writes all its books into /tmp, and listens on every interface; here it does neither.
"""

from __future__ import annotations

import socket
from typing import Any

from aiohttp import web
from localstripe import resources, server
from localstripe.errors import UserError

Answer = tuple[int, bytes]
kept: dict[str, tuple[tuple[str, bytes], Answer]] = {}


@web.middleware
async def remember(request: web.Request, handler: Any) -> web.StreamResponse:
    """Give a key's first answer again, and refuse it for another request."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return await handler(request)
    asked = (request.path, await request.read())
    if key not in kept:
        response = await handler(request)
        kept[key] = (asked, (response.status, response.body))
    first, (status, body) = kept[key]
    if asked != first:
        error = {"type": "idempotency_error", "message": "Keys for idempotent requests can only be used once."}
        return web.json_response({"error": error}, status=400)
    return web.Response(status=status, body=body, content_type="application/json")


breaking: list[dict[str, Any]] = []


@web.middleware
async def break_down(request: web.Request, handler: Any) -> web.StreamResponse:
    """Fail as Stripe does: before it has acted, or after."""
    if request.path == "/break":
        breaking[:] = await request.json()
        return web.json_response({})
    for fault in breaking if request.method == "POST" else ():
        if request.path.endswith(fault["path"]):
            breaking.remove(fault)
            if fault["acts"]:
                await handler(request)
            return web.json_response({"error": {"type": "api_error", "message": "An error."}}, status=500)
    return await handler(request)


class Intents:
    """What is put into localstripe's class of PaymentIntents."""

    cancellation_reason = None

    @property
    def amount_received(self: Any) -> int:
        return self.amount if self.status == "succeeded" else 0

    @classmethod
    def _api_create(cls: Any, automatic_payment_methods: Any = None, **data: Any) -> Any:
        return create(cls, **data)

    @classmethod
    def _api_list_all(cls: Any, url: str, created: Any = None, **query: Any) -> Any:
        found = list_all(cls, url, **query)
        since = int((created or {}).get("gte", 0))
        found._list = [intent for intent in reversed(found._list) if intent.created >= since]
        return found


class Refunds:
    """What is put into localstripe's class of refunds."""

    @classmethod
    def _api_create(cls: Any, payment_intent: str, **data: Any) -> Any:
        if resources.PaymentIntent._api_retrieve(payment_intent).latest_charge.refunded:
            raise UserError(400, "The charge has been refunded.", {"code": "charge_already_refunded"})
        charge = resources.PaymentIntent._api_retrieve(payment_intent).latest_charge
        if int(data.get("amount", 0)) > charge.amount - charge.amount_refunded:
            raise UserError(400, "The refund is greater than what is left of the charge.")
        return refund(cls, payment_intent=payment_intent, **data)


create = resources.PaymentIntent._api_create.__func__
refund = resources.Refund._api_create.__func__
list_all = resources.PaymentIntent._api_list_all.__func__
for name in ("cancellation_reason", "amount_received", "_api_create", "_api_list_all"):
    setattr(resources.PaymentIntent, name, vars(Intents)[name])
resources.Refund._api_create = vars(Refunds)["_api_create"]
resources.Store.dump_to_disk = lambda self: None
server.app.middlewares[:0] = [remember, break_down]

if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    web.run_app(server.app, sock=listening, print=None, access_log=None)
