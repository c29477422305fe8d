from typing import Any


def handler(order: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"label": f"{order['orderId']}, {order['grams']} g"}
