"""Where the code of the order program's functions is, and which libraries it has."""

from __future__ import annotations

from pathlib import Path

from ..packaging import Lock

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = ROOT / "handlers"
REPLACED = ("certifi", "charset-normalizer", "idna", "requests")
"""Stripe's library imports requests where it is there, and would take twice as long to load; see stripe_wire.py."""
LIBRARIES = Lock(ROOT, "handlers", REPLACED)
"""What the handlers import beside boto3."""
