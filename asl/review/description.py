"""A machine as a program would deploy it: what a preview writes into a file, and a review compares."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from asl.analysis.promises import MustReach
from asl.pricing import Assumptions
from asl.review.masking import Masks
from asl.rules import RULES
from asl.rules.findings import Finding
from asl.syntax.shapes import Object, as_list, as_object, as_text

FOLDER = "ORDERFLOW_DESCRIBE_TO"
"""The environment variable that names the folder into which a preview writes them. Unset, nothing is written."""


@dataclass(frozen=True, slots=True)
class Description:
    """One machine. `definition` and `permissions` hold `${name}` for what is known after a deployment only.

    `findings` are the errors, or else the warnings that nobody accepted. Where permissions cannot be derived
    `permissions` is None, and `refused` says why unless errors do.
    """

    name: str
    type: str
    definition: Object
    assumed: Assumptions = field(default_factory=Assumptions)
    findings: tuple[Finding, ...] = ()
    permissions: Object | None = None
    refused: tuple[str, ...] = ()
    promises: tuple[MustReach, ...] = ()

    @property
    def errors(self) -> tuple[str, ...]:
        """Why the machine cannot be deployed, one text for each reason."""
        return (*(str(one) for one in self.findings if one.rule.severity == "error"), *self.refused)

    def to_json(self) -> str:
        """The description as the text of a file."""
        findings = [{"rule": one.rule.id, "path": one.path, "message": one.message} for one in self.findings]
        document = {
            "name": self.name,
            "type": self.type,
            "definition": self.definition,
            "assumed": asdict(self.assumed),
            "findings": findings,
            "permissions": self.permissions,
            "refused": self.refused,
            "promises": [
                {"state": one.state, "ends": sorted(one.ends), "unless": sorted(one.unless)} for one in self.promises
            ],
        }
        return json.dumps(document, indent=2) + "\n"


@dataclass(frozen=True, slots=True)
class Stack:
    """The machines of one stack by name. Where its program `stopped`, the text says why: then more may exist."""

    machines: Mapping[str, Description]
    stopped: str = ""


def read(text: str, masks: Masks) -> Description:
    """What `Description.to_json` wrote, here or in another version of this package; masked, for it is published.

    Raises:
        ValueError: when `text` is no JSON object.
    """
    document: Any = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("expected the description of a machine, a JSON object")
    given = as_object(document)  # pyright: ignore[reportUnknownArgumentType]
    return Description(
        as_text(given.get("name")),
        as_text(given.get("type")),
        masks.definition(as_object(given.get("definition"))),
        _assumed(as_object(given.get("assumed"))),
        tuple(_findings(as_list(masks.document(given.get("findings"))))),
        masks.document(given["permissions"]) if given.get("permissions") else None,
        tuple(masks.text(str(one)) for one in as_list(given.get("refused"))),
        tuple(_promise(as_object(one)) for one in as_list(given.get("promises"))),
    )


def _promise(given: Object) -> MustReach:
    ends, unless = (frozenset(map(as_text, as_list(given.get(name)))) for name in ("ends", "unless"))
    return MustReach(as_text(given.get("state")), ends, unless)


def _assumed(given: Object) -> Assumptions:
    known: dict[str, Any] = {one.name: given[one.name] for one in fields(Assumptions) if one.name in given}
    return Assumptions(**known)


def _findings(given: Iterable[object]) -> Iterator[Finding]:
    rules = {rule.id: rule for rule in RULES}
    for one in map(as_object, given):
        rule = rules.get(as_text(one.get("rule")))
        if rule is not None:  # another version may know other rules
            yield Finding(rule, as_text(one.get("path")), as_text(one.get("message")))
