"""What was found, for people, for programs, and for code scanning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from rich.text import Text

from asl.cli.sources import Source
from asl.rules import RULES
from asl.rules.check import check

UNREADABLE = "ASL000"
_STYLES = {"error": "bold red", "warning": "yellow"}
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Report:
    """A finding and where it stands in its file."""

    file: str
    line: int
    rule: str
    severity: str
    path: str
    message: str
    fix: str

    def json_line(self) -> str:
        """One object on one line, in ASCII."""
        fields = ("file", "line", "rule", "severity", "path", "message", "fix")
        return json.dumps({name: getattr(self, name) for name in fields})

    def text(self) -> Text:
        """One line, as editors and terminals link it. What comes from the file cannot steer the terminal."""
        return Text.assemble(
            one_line(f"{self.file}:{self.line}: "),
            (self.severity, _STYLES[self.severity]),
            (f" {self.rule} ", "bold"),
            (one_line(self.path or "definition"), "cyan"),
            one_line(f": {self.message}. {self.fix}"),
        )


def one_line(text: str) -> str:
    """`text` without what would end the line or reach the terminal as a command."""
    return _CONTROL.sub(" ", text)


def reports(source: Source, type: str) -> Iterator[Report]:
    """All findings in one file."""
    if source.problem:
        fix = f"Mend the file at column {source.problem.column}."
        yield Report(source.name, source.problem.line, UNREADABLE, "error", "", source.problem.message, fix)
        return
    for finding in check(source.definition, type=type):
        if not source.is_open(finding.path):
            rule, line = finding.rule, source.line(finding.path)
            yield Report(source.name, line, rule.id, rule.severity, finding.path, finding.message, rule.fix)


def summary(found: Sequence[Report], files: int) -> str:
    """How much was found in how many files."""
    counts = [(sum(report.severity == kind for report in found), kind) for kind in ("error", "warning")]
    told = ", ".join(f"{count} {kind}{'s' * (count != 1)}" for count, kind in counts)
    return f"{told} in {files} file{'s' * (files != 1)}"


def sarif(found: Sequence[Report]) -> str:
    """SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html"""
    ids = [UNREADABLE, *(rule.id for rule in RULES)]
    driver = {"name": "asl", "rules": [_unreadable_rule(), *map(_sarif_rule, range(len(RULES)))]}
    run = {"tool": {"driver": driver}, "results": [_result(report, ids.index(report.rule)) for report in found]}
    document = {"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "version": "2.1.0", "runs": [run]}
    return json.dumps(document, indent=2)


def _unreadable_rule() -> dict[str, object]:
    return {
        "id": UNREADABLE,
        "shortDescription": {"text": "A definition is JSON or YAML"},
        "defaultConfiguration": {"level": "error"},
    }


def _sarif_rule(index: int) -> dict[str, object]:
    rule = RULES[index]
    return {
        "id": rule.id,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.fix},
        "helpUri": rule.source,
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(report: Report, index: int) -> dict[str, object]:
    place = {"artifactLocation": {"uri": _uri(report.file)}, "region": {"startLine": report.line}}
    location: dict[str, object] = {"physicalLocation": place}
    if report.path:
        location["logicalLocations"] = [{"fullyQualifiedName": report.path}]
    return {
        "ruleId": report.rule,
        "ruleIndex": index,
        "level": report.severity,
        "message": {"text": f"{report.message}. {report.fix}"},
        "locations": [location],
    }


def _uri(file: str) -> str:
    """Relative to where the command ran, which code scanning takes for the repository's root."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix().encode("utf-8", "replace"))
