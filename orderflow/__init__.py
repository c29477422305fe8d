"""Start orders on a deployed Orderflow stack and follow them.

deployment = find_deployment(stack="dev")
client = OrderflowClient(deployment.machine("order-fulfillment"), deployment.connect())
client.status("order-1001").outcome

Each name is loaded when it is first asked for: pytest loads a plugin out of this package at every start.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orderflow.client import OrderflowClient, OrderStatus, OrderSummary, Started
    from orderflow.errors import DifferentOrder, NoStack, OrderflowError, OrderNotFound
    from orderflow.history import Step
    from orderflow.orders import Order, Problem, Rejected, canonical_json, check_order, read_orders
    from orderflow.outputs import Deployment, find_deployment

__all__ = [
    "Deployment",
    "DifferentOrder",
    "NoStack",
    "Order",
    "OrderNotFound",
    "OrderStatus",
    "OrderSummary",
    "OrderflowClient",
    "OrderflowError",
    "Problem",
    "Rejected",
    "Started",
    "Step",
    "canonical_json",
    "check_order",
    "find_deployment",
    "read_orders",
]

_HOMES = {
    "orderflow.client": ("OrderflowClient", "OrderStatus", "OrderSummary", "Started"),
    "orderflow.errors": ("DifferentOrder", "NoStack", "OrderflowError", "OrderNotFound"),
    "orderflow.history": ("Step",),
    "orderflow.orders": ("Order", "Problem", "Rejected", "canonical_json", "check_order", "read_orders"),
    "orderflow.outputs": ("Deployment", "find_deployment"),
}


def __getattr__(name: str) -> object:
    for home, names in _HOMES.items():
        if name in names:
            found: object = getattr(import_module(home), name)
            globals()[name] = found
            return found
    raise AttributeError(f"module 'orderflow' has no attribute '{name}'")
