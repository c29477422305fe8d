"""A stand-in for the API that confirms identities, on the loopback interface: it answers as its applicants' ids say.

An id that begins with one of `ODD` has the API answer as one should not; any other is PASSED.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ODD = ("failed", "unsure", "html", "busy", "down", "hangs")
HANG_SECONDS = 30
BUSY_TIMES = 2
"""How often it says that it is busy, before it answers."""
PAGE = "<!doctype html><title>Welcome</title><h1>Please sign in</h1>"


@dataclass
class IdentityApi:
    """A running API: `address` is where, `key` what it wants in X-Api-Key, `asked` how often it was asked about whom.

    `refused` counts the calls with another key, and `bodies` are the fields that it was sent.
    """

    key: str
    address: str = ""
    asked: Counter[str] = field(default_factory=Counter[str])
    bodies: set[str] = field(default_factory=set[str])
    refused: int = 0
    over: threading.Event = field(default_factory=threading.Event)


@contextlib.contextmanager
def identity_api(key: str) -> Iterator[IdentityApi]:
    """Run it on a free port until the block is left."""
    api = IdentityApi(key)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            _answer(self, api)

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: it would be the demo's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        api.address = f"http://127.0.0.1:{server.server_port}"
        server.daemon_threads = True
        serving = threading.Thread(target=server.serve_forever, daemon=True)
        serving.start()
        try:
            yield api
        finally:
            api.over.set()
            server.shutdown()
            serving.join()


def _answer(request: BaseHTTPRequestHandler, api: IdentityApi) -> None:
    body = json.loads(request.rfile.read(int(request.headers.get("Content-Length", 0))) or b"{}")
    if request.headers.get("X-Api-Key") != api.key:
        api.refused += 1
        _send(request, 401, {"message": "unknown key"})
        return
    applicant = str(body.get("applicantId", ""))
    api.bodies |= set(body)
    api.asked[applicant] += 1
    odd = next((one for one in ODD if applicant.startswith(one)), "")
    if odd == "html":
        _send(request, 200, PAGE)
    elif odd == "hangs":
        api.over.wait(HANG_SECONDS)
    elif odd == "down":
        _send(request, 503, {"message": "maintenance"})
    elif odd == "busy" and api.asked[applicant] <= BUSY_TIMES:
        _send(request, 429, {"message": "too many requests"}, {"Retry-After": "1"})
    else:
        verdict = {"failed": "FAILED", "unsure": "UNSURE"}.get(odd, "PASSED")
        _send(request, 200, {"checkId": f"check-{applicant}", "verdict": verdict, "at": time.time()})


def _send(
    request: BaseHTTPRequestHandler, status: int, body: dict[str, Any] | str, headers: dict[str, str] | None = None
) -> None:
    is_page = isinstance(body, str)
    text = (body if is_page else json.dumps(body)).encode()  # type: ignore[union-attr]
    request.send_response(status)
    kind = "text/html; charset=utf-8" if is_page else "application/json"
    for name, value in {"Content-Type": kind, "Content-Length": str(len(text)), **(headers or {})}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(text)
