"""What a page of an execution leaves out: secrets and what is about a person, wherever they stand."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from orderflow.masking import Masking
from tests.unit.orderflow.histories import Told


def masked(*documents: Any, **fields: Any) -> str:
    """All that an execution's page would hold of such inputs, and of fields of a failure."""
    told = Told()
    for document in documents:
        told.happens("TaskStateEntered", stateEnteredEventDetails={"name": "A", "input": json.dumps(document)})
    told.happens("TaskFailed", taskFailedEventDetails=fields)
    return json.dumps(Masking().events(told.events)[1:], default=str, ensure_ascii=False)


@pytest.mark.parametrize(
    ("document", "secret"),
    [
        ({"taskToken": "AQB4-token"}, "AQB4-token"),
        ({"headers": {"Authorization": "Bearer abcd"}}, "abcd"),
        ({"db_password": "$ecret"}, "$ecret"),
        ({"note": "key AKIAABCDEFGHIJKLMNOP was used"}, "AKIAABCD"),
        ({"note": "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"}, "MIIE"),
        ({"log": ["sk_live_0123456789abc"]}, "sk_live_0"),
        ({"shipTo": {"name": "Ada", "postcode": "98101", "floor": 3}}, "Ada"),
        ({"shipTo": {"lines": ["12 Elm Street"]}}, "12 Elm Street"),
        ({"customerId": "c-1"}, "c-1"),
        ({"paymentMethodId": "pm_card_visa"}, "pm_card_visa"),
        ({"said": "write to ada@example.com"}, "ada@example.com"),
        ({"body": json.dumps({"order": json.dumps({"email": "a@b.io", "phone": 49_30_123})})}, "4930123"),
    ],
)
def test_secrets_and_personal_fields_are_left_out(document: Any, secret: str) -> None:
    assert secret not in masked(document)
    assert ("SECRET-" in masked(document)) != ("PERSONAL-" in masked(document)) or "body" in document


def test_what_stood_in_such_a_field_is_left_out_of_causes_and_of_earlier_events_too() -> None:
    shown = masked(
        {"note": "for Ada Lovelace"}, {"shipTo": {"name": "Ada Lovelace"}}, cause="no street of Ada Lovelace's"
    )
    assert "Lovelace" not in shown
    name = re.findall(r"for (PERSONAL-\d+)", shown)[0]
    assert shown.count(name) == 3, "equal values have equal names"


def test_ids_amounts_states_and_arns_stay() -> None:
    document = {"orderId": "order-1", "amountCents": 1_895, "sku": "tea-1", "secretArn": "arn:aws:x", "inputTokens": 12}
    shown = masked(document, error="OutOfStock", cause="not enough in stock of tea-1")
    assert json.loads(json.loads(shown)[0]["stateEnteredEventDetails"]["input"]) == document
    assert "not enough in stock of tea-1" in shown
    assert '"name": "A"' in shown


def test_a_short_word_or_a_part_of_a_word_is_not_taken_for_a_persons() -> None:
    shown = masked({"customerId": "the", "shipTo": {"name": "Bond"}}, cause="the Bonded goods of Bond")
    assert "the Bonded goods of PERSONAL-2" in shown.replace("PERSONAL-1", "PERSONAL-2")
