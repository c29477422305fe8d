"""What came of a sample: which breaks no test noticed, which of these are known not to matter, and the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.mutants.breaks import Break

ACCEPTED = Path(__file__).with_name("accepted.txt")
WANTED = 0.95
BEGIN, END = "<!-- the sample: written by `make mutants MARKDOWN=docs/mutants.md` -->\n", "<!-- end -->\n"


@dataclass(frozen=True)
class Result:
    """The breaks that were drawn with `seed`, and those that no test noticed."""

    seed: int
    drawn: Sequence[Break]
    survivors: Sequence[Break]
    taken_over: int = 0
    """How many an earlier run has noticed, and this one has not tried again."""

    @property
    def accepted(self) -> list[Break]:
        """Survivors that are known not to matter."""
        known = reasons()
        return [one for one in self.survivors if one.place in known]

    @property
    def open(self) -> list[Break]:
        """Survivors that nobody has looked at."""
        known = reasons()
        return [one for one in self.survivors if one.place not in known]

    @property
    def share(self) -> float:
        """How much of the sample is noticed, or known not to matter."""
        return 1 - len(self.open) / len(self.drawn)

    def json(self) -> str:
        """{"seed", "breaks", "survivors", "accepted", "noticed"}: the noticed by name, the others as printed."""
        survivors, accepted = list(map(str, self.open)), list(map(str, self.accepted))
        noticed = sorted({one.name for one in self.drawn} - {one.name for one in self.survivors})
        found = {"seed": self.seed, "breaks": len(self.drawn), "survivors": survivors, "accepted": accepted}
        found["noticed"] = noticed
        return json.dumps(found, indent=2) + "\n"

    def markdown(self) -> str:
        """The sample by folder as a table, and the survivors below it, each with its reason where it has one."""
        folders = sorted({_folder(one) for one in self.drawn})
        before = f", {self.taken_over} of them noticed in an earlier run and not tried again" if self.taken_over else ""
        lines = [f"Seed {self.seed}, {len(self.drawn)} breaks{before}:", ""]
        lines += ["| | breaks | noticed | known not to matter | survive |", "|---|---:|---:|---:|---:|"]
        for name, own in [*((f"`{folder}`", {folder}) for folder in folders), ("all", set(folders))]:
            drawn, survivors, accepted, left = (
                sum(_folder(one) in own for one in breaks)
                for breaks in (self.drawn, self.survivors, self.accepted, self.open)
            )
            lines.append(f"| {name} | {drawn} | {drawn - survivors} | {accepted} | {left} |")
        known = reasons()
        told = [f"- `{one.file}`: ``{one.change}``: {known.get(one.place, 'open')}" for one in self.survivors]
        return "\n".join([*lines, "", *(told or ["None survives."]), ""])

    def write_into(self, file: Path) -> None:
        """Put the table between its marks in a page."""
        before, _, rest = file.read_text().partition(BEGIN)
        file.write_text(f"{before}{BEGIN}\n{self.markdown()}\n{END}{rest.partition(END)[2]}")


def reasons() -> dict[str, str]:
    """By place: why a break there need not be noticed."""
    lines = [line.rpartition("  # ") for line in ACCEPTED.read_text().splitlines() if line.strip()]
    return {place.strip(): reason for place, _, reason in lines}


def _folder(one: Break) -> str:
    return one.file.parts[0]
