"""What a machine costs, as Standard and as Express. A public list price and stated assumptions; no bill."""

from asl.pricing.assumptions import Assumptions
from asl.pricing.bill import Bill, Cost, Item, cost
from asl.pricing.visits import EndlessError

__all__ = ["Assumptions", "Bill", "Cost", "EndlessError", "Item", "cost"]
