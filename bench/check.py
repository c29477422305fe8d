"""The checker against its peers from npm (asl-validator, AWS's amazon-states-language-service) and from PyPI (cfn-lint,
and statelint, a port of AWS Labs' gem).

`python -m bench.check CORPUS` takes a folder with `valid/` and `invalid/`, by AWS's judgement, in it. Without one it
takes the rules' own examples, which were written for this checker: then only the times mean something.

An error in a valid definition is a false alarm, none in an invalid one a miss; warnings count for nobody. The peers
come from their registries, pinned, into a folder that goes away. Each runs with its default settings in one process,
warm; the reading of the text is not timed. cfn-lint checks machines in CloudFormation templates, so each gets one.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asl
from bench.large import large
from bench.report import Result, arguments, at_least, at_most, median_ms, no_more, report, shown

TITLE = "The checker, and others"
ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "asl" / "rules" / "examples"
CHECKERS = Path(__file__).with_name("checkers")
FROM_PYPI = {"cfn-lint": "1.58.0", "statelint": "3.1.0"}
FROM_NPM: dict[str, str] = json.loads((CHECKERS / "package.json").read_text())["dependencies"]

RUNS, PEER_RUNS, PEER_SECONDS = 15, 3, 20
PER_SECOND = 2_000
FEW, MANY, MANY_MS, TIMES = 1_000, 10_000, 1_000, 12

MISLABELLED = {
    "valid-assign.asl.json": "a variable named top-level, where names are Unicode identifiers: "
    "https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html",
    "valid-map-with-item-batcher-jsonata.asl.json": "a JSONPath state in a machine that is JSONata as a whole: "
    "https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html",
}
"""Definitions that asl-validator's tests take for valid, against AWS's pages. They are left out for everybody."""


@dataclass(frozen=True)
class Known:
    """A definition, and whether AWS takes it."""

    name: str
    valid: bool
    text: str


@dataclass(frozen=True)
class Verdicts:
    """The names of the definitions that a checker finds an error in, and its milliseconds a definition."""

    refused: frozenset[str]
    ms: float


def main() -> None:
    """Measure."""
    parser = arguments(TITLE)
    parser.add_argument(
        "corpus", type=Path, nargs="?", help="a folder with valid/ and invalid/; else the rules' examples"
    )
    given = parser.parse_args()
    known = list(from_folder(given.corpus) if given.corpus else from_examples())
    if not known:
        parser.error(f"there are no *.json in {given.corpus}/valid and {given.corpus}/invalid")
    report(TITLE, measured(known), given.json)


def from_folder(folder: Path) -> Iterator[Known]:
    """The definitions in `valid/` and `invalid/`, but for those that are known to be labelled wrongly."""
    for valid, name in ((True, "valid"), (False, "invalid")):
        for file in sorted((folder / name).glob("*.json")):
            if not (valid and file.name.endswith(tuple(MISLABELLED))):
                yield Known(f"{name}/{file.name}", valid, file.read_text())


def from_examples() -> Iterator[Known]:
    """The rules' examples of Standard machines; what breaks a rule that only warns is valid."""
    warnings = {rule.id for rule in asl.RULES if rule.severity == "warning"}
    for file in sorted(EXAMPLES.glob("*.json")):
        if ".express." not in file.name:
            valid = file.name.endswith(".good.json") or file.name.partition(".")[0] in warnings
            yield Known(file.name, valid, file.read_text())


def measured(known: list[Known]) -> Iterator[Result]:
    """Every figure; times are medians."""
    own = ours(known)
    valid = {one.name for one in known if one.valid}
    invalid = {one.name for one in known if not one.valid}
    others = peers(known)
    for peer, found in others.items():
        alarms = no_more("false alarms", len(own.refused & valid), f"of {len(valid)}", peer, len(found.refused & valid))
        misses = no_more("misses", len(invalid - own.refused), f"of {len(invalid)}", peer, len(invalid - found.refused))
        yield from (alarms, misses)
    for peer, found in others.items():
        yield shown("one definition", own.ms, peer, found.ms)
    yield at_least("definitions", 1000 / own.ms, "a second", PER_SECOND)
    few, many = (large(states) for states in (FEW, MANY))
    if any(finding.rule.id == "ASL016" for finding in asl.check(many)):
        raise RuntimeError(f"{MANY} states are more than AWS takes, so that nothing but the size is checked")
    # In turns, so that a slow minute of the machine hits both.
    taken = [(median_ms(lambda: asl.check(few), 1), median_ms(lambda: asl.check(many), 1)) for _ in range(RUNS)]
    of_few, of_many = (statistics.median(times) for times in zip(*taken, strict=True))
    yield at_most(f"a machine of {MANY:,} states", of_many, "ms", MANY_MS)
    yield at_most(f"from {FEW:,} to {MANY:,} states", of_many / of_few, "times", TIMES)


def ours(known: list[Known]) -> Verdicts:
    """This checker's verdicts, and its time."""
    read = {one.name: json.loads(one.text) for one in known}
    refused = frozenset(name for name, definition in read.items() if _has_error(definition))
    ms = median_ms(lambda: [asl.check(definition) for definition in read.values()], RUNS)
    return Verdicts(refused, ms / len(read))


def _has_error(definition: Any) -> bool:
    return any(finding.rule.severity == "error" for finding in asl.check(definition))


def peers(known: list[Known]) -> dict[str, Verdicts]:
    """The peers' verdicts and times, by name and version."""
    with tempfile.TemporaryDirectory() as home:
        folder = Path(home)
        shutil.copytree(CHECKERS, folder, dirs_exist_ok=True)
        (folder / "definitions.json").write_text(json.dumps([{"name": one.name, "text": one.text} for one in known]))
        subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
        wanted = [word for name, version in FROM_PYPI.items() for word in ("--with", f"{name}=={version}")]
        found = _run(["node", "npm.js"], folder)
        found |= _run(["uv", "run", "--quiet", "--no-project", *wanted, "python", "pypi.py"], folder)
    versions = FROM_NPM | FROM_PYPI
    return {f"{name} {versions[name]}": Verdicts(frozenset(one["refused"]), one["ms"]) for name, one in found.items()}


def _run(command: list[str], folder: Path) -> dict[str, Any]:
    command = [*command, "definitions.json", str(PEER_RUNS), str(PEER_SECONDS)]
    return json.loads(subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE, text=True).stdout)


if __name__ == "__main__":
    main()
