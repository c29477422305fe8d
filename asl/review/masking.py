"""What a published text must not hold: numbers of accounts, and secrets that were written into a definition."""

from __future__ import annotations

import json
import re
from typing import Any

from asl.rules import RULES
from asl.syntax.shapes import Object, as_list, as_object
from asl.syntax.walk import walk

_ACCOUNT = re.compile(r"(?<=[:/])\d{12}(?=[:/\"\s]|$)")
"""In an ARN and in a queue's URL."""
_SECRETS = next(rule for rule in RULES if rule.id == "ASL065")


class Masks:
    """Names for what is masked: two values stay two, so that a change of one is still seen.

    Without `accounts` their numbers stay: for who may see them anyway.
    """

    def __init__(self, *, accounts: bool = True) -> None:
        self._accounts = accounts
        self._names: dict[str, str] = {}

    def text(self, text: str) -> str:
        """`text` without numbers of accounts."""
        if not self._accounts:
            return text
        return _ACCOUNT.sub(lambda match: self._name(match[0], "ACCOUNT"), text)

    def document(self, document: Any) -> Any:
        """A JSON document without numbers of accounts."""
        return json.loads(self.text(json.dumps(document)))

    def definition(self, definition: Object) -> Object:
        """A definition without numbers of accounts, and without what rule ASL065 takes for a secret."""
        secret = {path for path, _ in _SECRETS.problems(walk(definition))}
        return self.document(self._without(definition, "", secret))

    def _without(self, value: object, path: str, secret: set[str]) -> object:
        if isinstance(value, str):
            return self._name(value, "SECRET") if path in secret else value
        fields, items = as_object(value), as_list(value)
        if fields:
            return {
                name: self._without(inner, f"{path}.{name}" if path else name, secret) for name, inner in fields.items()
            }
        return [self._without(inner, f"{path}[{index}]", secret) for index, inner in enumerate(items)] or value

    def _name(self, value: str, kind: str) -> str:
        return self._names.setdefault(value, f"{kind}-{len(self._names) + 1}")
