"""Registers a customer, once for each id."""

import os
from typing import Any

import boto3

customers = boto3.client("dynamodb")


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    row = {"customer": {"S": event["customer"]}, "at": {"N": str(event["at"])}, "status": {"S": "new"}}
    customers.put_item(TableName=os.environ["CUSTOMERS"], Item=row)
    return {"registered": event["customer"]}
