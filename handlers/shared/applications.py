"""Applications for an account: what an applicant gave, in a table of their own.

Everything personal stays there. Executions, messages and logs name an applicant by the id alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ADULT_YEARS = 18
_ID = re.compile(r"[0-9A-Za-z_-]{1,70}")
"""Short enough that a review's id has room beside it."""
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{1,63}")


@dataclass(frozen=True)
class Application:
    """`document_key` is where the scan of the passport or card is, in the bucket of documents; `birth_date` is written
    as 1990-12-31. `first_order` is the JSON text of an order, empty for none."""

    applicant_id: str
    name: str
    birth_date: str
    email: str
    document_key: str
    first_order: str

    @classmethod
    def of(cls, item: Mapping[str, Any]) -> Application:
        given = (str(item.get(field, "")) for field in ("name", "birthDate", "email", "documentKey", "firstOrder"))
        return cls(item["applicantId"], *given)


class Applications:
    """The table of applications, a row for each applicant."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, applicant_id: str) -> Application | None:
        """What the applicant gave."""
        found = self._client.get_item(TableName=self._table, Key={"applicantId": applicant_id}, ConsistentRead=True)
        return Application.of(found["Item"]) if "Item" in found else None

    def scanned(self, applicant_id: str, status: str) -> None:
        """Note what the scan of the document came to; a later scan takes its place."""
        self._client.update_item(
            TableName=self._table,
            Key={"applicantId": applicant_id},
            UpdateExpression="SET documentStatus = :status",
            ConditionExpression="attribute_exists(applicantId)",
            ExpressionAttributeValues={":status": status},
        )


def is_id(value: object) -> bool:
    """Whether it can be an applicant's id."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def problems(application: Application, today: date) -> Iterator[str]:
    """What is wrong with an application, by its fields: never what they hold, which is nothing for a log."""
    if not application.name.strip() or len(application.name) > 200:
        yield "name: must be 1 to 200 characters"
    if _EMAIL.fullmatch(application.email) is None:
        yield "email: must be an e-mail address"
    if not application.document_key:
        yield "documentKey: must name the scanned document"
    born = _date(application.birth_date)
    if born is None:
        yield "birthDate: must be a date such as 1990-12-31"
    elif not _is_of_age(born, today):
        yield f"birthDate: an account is for people of {ADULT_YEARS} years and more"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _is_of_age(born: date, today: date) -> bool:
    return (today.year - born.year) - ((today.month, today.day) < (born.month, born.day)) >= ADULT_YEARS
