"""Ids of orders, customers and products."""

from __future__ import annotations

import re
from typing import Any

_ID = re.compile(r"[0-9A-Za-z_-]{1,80}")
"""What an execution's name may be, less what CloudWatch dislikes: an order's execution is named after it."""


def is_id(value: Any) -> bool:
    """Whether a value can be an order's, a customer's or a product's id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None
