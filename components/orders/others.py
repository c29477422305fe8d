"""The workflows that a stack may have beside those of orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .bulk import bulk
from .onboarding import onboarding
from .quote import quote
from .returns import returns
from .shop import Added, Shop

OTHERS: Mapping[str, Callable[[Shop], Added]] = {
    "bulk": bulk,
    "onboarding": onboarding,
    "quote": quote,
    "returns": returns,
}
"""By its name in the setting `workflows`, what makes a workflow."""


def others(shop: Shop) -> Added:
    """The workflows that the stack's settings name."""
    added = [OTHERS[name](shop) for name in shop.settings.workflows]
    return Added(
        machines=[machine for one in added for machine in one.machines],
        parts=[part for one in added for part in one.parts],
        asking=[machine for one in added for machine in one.asking],
        triggers=[trigger for one in added for trigger in one.triggers],
    )
