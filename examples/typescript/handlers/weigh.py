from typing import Any


def handler(order: dict[str, Any], context: Any) -> dict[str, Any]:
    return {**order, "grams": 400 * order["pieces"]}
