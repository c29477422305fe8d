"""The business processes: one file each, a pure function that returns the definition."""

from workflows.bulk import INTAKE_PROMISES, bulk_intake
from workflows.onboarding import ONBOARDING_PROMISES, OnboardingParts, onboarding
from workflows.order_events import order_events
from workflows.order_fulfillment import (
    ORDER_PROMISES,
    USUAL_ORDERS,
    Decisions,
    Delivery,
    Functions,
    order_fulfillment,
)
from workflows.quote import QuoteFunctions, quote
from workflows.reconciliation import reconciliation
from workflows.returns import RETURN_PROMISES, ReturnFunctions, returns

__all__ = [
    "INTAKE_PROMISES",
    "ONBOARDING_PROMISES",
    "ORDER_PROMISES",
    "RETURN_PROMISES",
    "USUAL_ORDERS",
    "Decisions",
    "Delivery",
    "Functions",
    "OnboardingParts",
    "QuoteFunctions",
    "ReturnFunctions",
    "bulk_intake",
    "onboarding",
    "order_events",
    "order_fulfillment",
    "quote",
    "reconciliation",
    "returns",
]
