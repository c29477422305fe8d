"""What a page of an execution leaves out, unless it is asked to show all: secrets, and what is about a person.

A field is known by its name, as the orders' own: `shipTo` and all in it, `customerId`, `paymentMethodId`; a task token
is as good as a decision. What stood in such a field is left out wherever else it stands: in a cause, in another
field, in JSON inside a text. Equal values have equal names, so that one still sees what stays the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from orderflow.documents import is_list, is_object

Kind: TypeAlias = Literal["SECRET", "PERSONAL"]

_SECRET_KEY = re.compile(
    "password|passwd|passphrase|secret|token|apikey|privatekey|accesskey|credential|authorization|cookie|signature"
)
_PERSONAL_KEY = re.compile(
    "(?:first|last|full|given|family|middle|user|customer|display)?name|surname|.*e?mail|.*phone(?:number)?|mobile|fax"
    "|.*address|street.*|post(?:al)?code|zip(?:code)?|city|birth.*|dateofbirth|dob|ssn|passport.*|nationalid|taxid|iban"
    "|bic|(?:account|card)number|paymentmethod(?:id)?|(?:ship|bill|deliver)to|(?:customer|applicant|recipient|person)(?:id)?"
    "|document(?:number|url)|latitude|longitude"
)
_SECRET = re.compile(
    r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"
    r"|\b(?:sk|rk|whsec)_\w{8,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
"""Keys of AWS, private keys, Stripe's keys, and JSON Web Tokens, wherever they stand."""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_WORD = re.compile(r"\w+")

LEARNED_FROM = 4
"""How long a value has to be to be left out where its field's name does not say so: shorter ones are also words."""

DATA = ("input", "output", "parameters", "cause", "error", "assignedVariables")
"""The fields of an event's details that hold what others wrote. https://docs.aws.amazon.com/step-functions/latest/apireference/API_HistoryEvent.html"""


class Masking:
    """Names for what is left out: `SECRET-1`, `PERSONAL-2`. What it has learned it knows from then on."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._learned: set[str] = set()
        self._by_word: dict[str, set[tuple[int, int]]] = {}

    def events(self, events: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The events of a history without secrets and personal fields; what one has is left out of all."""
        known = list(events)
        for details in (inner for event in known for inner in event.values() if is_object(inner)):
            for name in DATA:
                self._learn(_opened(details.get(name)), None)
        return [
            {key: self._details(value) if is_object(value) else value for key, value in one.items()} for one in known
        ]

    def text(self, text: str) -> str:
        """`text` without what has been learned, and without what looks like a secret or an address of mail."""
        text = _SECRET.sub(lambda match: self._name(match[0], "SECRET"), text)
        text = _EMAIL.sub(lambda match: self._name(match[0], "PERSONAL"), text)
        parts, end = list[str](), 0
        for start, value in self._found(text):
            if start >= end:
                parts += [text[end:start], self._names[value]]
                end = start + len(value)
        return "".join([*parts, text[end:]])

    def _found(self, text: str) -> Iterator[tuple[int, str]]:
        """Where what was learned stands, at borders of words; by first words and lengths, as there may be thousands."""
        for word in _WORD.finditer(text) if self._by_word else ():
            for length, offset in sorted(self._by_word.get(word[0], ()), reverse=True):
                start = word.start() - offset
                value, after = text[start : start + length], text[start + length : start + length + 1]
                if start >= 0 and value in self._learned and not (after.isalnum() and value[-1].isalnum()):
                    yield start, value
                    break

    def _details(self, details: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._masked(value, None) if key in DATA else value for key, value in details.items()}

    def _masked(self, value: Any, kind: Kind | None) -> Any:
        if is_object(value):
            return {self.text(key): self._masked(inner, kind or _kind(key)) for key, inner in value.items()}
        if is_list(value):
            return [self._masked(inner, kind) for inner in value]
        if isinstance(value, str):
            inner = _opened(value)
            if inner is not value:
                return json.dumps(self._masked(inner, kind), ensure_ascii=False)
            return self._name(value, kind) if kind and value else self.text(value)
        return self._name(str(value), kind) if kind == "PERSONAL" and type(value) in (int, float) else value

    def _learn(self, value: Any, kind: Kind | None) -> None:
        if is_object(value):
            for key, inner in value.items():
                self._learn(_opened(inner), kind or _kind(key))
        elif is_list(value):
            for inner in value:
                self._learn(_opened(inner), kind)
        elif kind and isinstance(value, str) and len(value) >= LEARNED_FROM and value not in self._names:
            self._name(value, kind)
            if word := _WORD.search(value):
                self._learned.add(value)
                self._by_word.setdefault(word[0], set()).add((len(value), word.start()))

    def _name(self, value: str, kind: Kind) -> str:
        return self._names.setdefault(value, f"{kind}-{len(self._names) + 1}")


@lru_cache(maxsize=8192)
def _kind(key: str) -> Kind | None:
    plain = key.replace("_", "").replace("-", "").lower()
    if _SECRET_KEY.search(plain) and "arn" not in plain and plain != "secretid":
        return "SECRET"
    return "PERSONAL" if _PERSONAL_KEY.fullmatch(plain) else None


def _opened(value: Any) -> Any:
    """The JSON object or array in a text; else `value` itself."""
    if not isinstance(value, str) or value[:1] not in ("{", "["):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value
