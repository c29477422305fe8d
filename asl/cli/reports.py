"""What was found, for people, for programs, and for code scanning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from asl.cli.printing import Segments
from asl.cli.sources import Source, Sources
from asl.rules.check import check
from asl.rules.findings import Harm, Rule

UNREADABLE = "ASL000"
_STYLES = {"error": "bold red", "warning": "yellow"}


class Report(NamedTuple):
    """A finding and where it stands in its file."""

    source: Source
    rule: str
    severity: str
    path: str
    message: str
    fix: str
    harm: Harm = "execution"

    @property
    def file(self) -> str:
        """The file's name."""
        return self.source.name

    @property
    def line(self) -> int:
        """Looked for when it is told: advice mostly is not."""
        return self.source.line(self.path)

    @property
    def machine(self) -> str:
        """The machine's name in its template; empty for a definition in a file of its own."""
        return self.source.label

    @property
    def is_advice(self) -> bool:
        """As `Rule.is_advice`."""
        return self.severity == "warning" and self.harm == "none"

    @property
    def place(self) -> str:
        """The path, and whose it is."""
        return f"{self.machine}: {self.path or 'definition'}" if self.machine else self.path

    def json_line(self) -> str:
        """One object on one line, in ASCII."""
        fields = ("file", "line", "rule", "severity", "harm", "machine", "path", "message", "fix")
        return json.dumps({name: getattr(self, name) for name in fields})

    def segments(self) -> Segments:
        """One line, as editors and terminals link it, in its parts with their styles."""
        return [
            (f"{self.file}:{self.line}: ", ""),
            (self.severity, _STYLES[self.severity]),
            (f" {self.rule} ", "bold"),
            (self.place or "definition", "cyan"),
            (f": {self.message}. {self.fix}", ""),
        ]


def reports(source: Source, type: str) -> Iterator[Report]:
    """All findings in one definition, as a machine of `type` if no template says which."""
    if source.problem:
        problem = source.problem
        fix = "Mend the template." if source.name == source.template else f"Mend the file at column {problem.column}."
        yield Report(source, UNREADABLE, "error", "", problem.message, fix)
        return
    for finding in check(source.definition, type=source.type or type):
        if not source.is_open(finding.path):
            rule = finding.rule
            yield Report(source, rule.id, rule.severity, finding.path, finding.message, rule.fix, rule.harm)


def told_once(found: Iterable[Report]) -> list[Report]:
    """The reports without those of the same place: several machines can have one definition."""
    first: dict[tuple[object, ...], Report] = {}
    for one in found:
        # A file that is no template has one machine, whose paths are places.
        line = one.line if one.machine else 0
        first.setdefault((one.file, line, one.rule, one.path, one.message), one)
    return list(first.values())


def where(given: Sources) -> Iterator[str]:
    """How many machines were found in which template, and what was passed over."""
    for template, machines in given.templates().items():
        named = dict.fromkeys(map(_named, machines))
        yield f"{template}: {_counted(len({one.machine for one in machines}), 'machine')}: {', '.join(named)}"
    for one in given.skipped:
        yield f"{one.name} passed over: {one.why}"


def _named(source: Source) -> str:
    known = [word for word in (source.type, source.definition.get("QueryLanguage")) if isinstance(word, str)]
    return f"{source.machine} ({', '.join(known)})" if known else source.machine


def summary(found: Sequence[Report], given: Sources, *, all: bool) -> str:
    """How much was found in how many files; what is advice alone is counted apart unless `all` of it was shown."""
    told = [report for report in found if all or not report.is_advice]
    kinds = ", ".join(_counted(sum(report.severity == kind for report in told), kind) for kind in ("error", "warning"))
    left = len(found) - len(told)
    more = f"; {_counted(left, 'piece')} of advice not shown: --all shows them" if left else ""
    return f"{kinds} in {_counted(len({one.name for one in given.found}), 'file')}{more}"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count != 1)}"


def sarif(found: Sequence[Report]) -> str:
    """SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
    from asl.rules import RULES  # no other format needs all of them

    ids = [UNREADABLE, *(rule.id for rule in RULES)]
    driver = {"name": "asl", "rules": [_unreadable_rule(), *map(_sarif_rule, RULES)]}
    run = {"tool": {"driver": driver}, "results": [_result(report, ids.index(report.rule)) for report in found]}
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2)


def _unreadable_rule() -> dict[str, object]:
    return {
        "id": UNREADABLE,
        "shortDescription": {"text": "A definition is JSON or YAML"},
        "defaultConfiguration": {"level": "error"},
    }


def _sarif_rule(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "helpUri": rule.source,
        "defaultConfiguration": {"level": "note" if rule.is_advice else rule.severity},
        "properties": {"harm": rule.harm},
    }


def _result(report: Report, index: int) -> dict[str, object]:
    place = {"artifactLocation": {"uri": _uri(report.file)}, "region": {"startLine": report.line}}
    location: dict[str, object] = {"physicalLocation": place}
    if report.place:
        location["logicalLocations"] = [{"fullyQualifiedName": report.place}]
    return {
        "ruleId": report.rule,
        "ruleIndex": index,
        "level": "note" if report.is_advice else report.severity,
        "message": {"text": f"{report.message}. {report.fix}"},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Relative to where the command ran, which code scanning takes for the repository's root."""
    from urllib.parse import quote

    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "replace"))
