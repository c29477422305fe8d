"""Start orders on a deployed Orderflow stack and follow them.

deployment = find_deployment(stack="dev")
client = OrderflowClient(deployment.machine("order-fulfillment"), deployment.connect())
client.status("order-1001").outcome
"""

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
