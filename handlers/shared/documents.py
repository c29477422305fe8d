"""Identity documents: what a scan of one says, held against what the applicant has given.

The sandbox's scans are texts as a reader of passports gives them, a field a line:

    NAME: Ada Lovelace
    BORN: 1990-12-10
    EXPIRES: 2031-05-01
"""

from __future__ import annotations

from datetime import date
from typing import Literal, TypeAlias

from handlers.shared.applications import Application

Status: TypeAlias = Literal["CLEAR", "EXPIRED", "MISMATCH", "UNREADABLE"]
LARGEST_BYTES = 1_000_000
"""What a scan may have; a longer one is read no further."""


def examine(scan: bytes, application: Application, today: date) -> Status:
    """What the document says: nothing of what stands in it leaves this function."""
    fields = _fields(scan)
    try:
        name, born, expires = fields["NAME"], date.fromisoformat(fields["BORN"]), date.fromisoformat(fields["EXPIRES"])
    except (KeyError, ValueError):
        return "UNREADABLE"
    if expires < today:
        return "EXPIRED"
    is_theirs = _plain(name) == _plain(application.name) and born.isoformat() == application.birth_date
    return "CLEAR" if is_theirs else "MISMATCH"


def _fields(scan: bytes) -> dict[str, str]:
    if len(scan) > LARGEST_BYTES:
        return {}
    try:
        lines = scan.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name.strip().upper(): value.strip() for name, _, value in pairs}


def _plain(name: str) -> str:
    """A name as documents compare it: without the case of its letters, and with single spaces."""
    return " ".join(name.casefold().split())
