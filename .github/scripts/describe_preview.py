"""Describe one stack's preview as Markdown: a row of the comment's table, and a section.

Reads `outcome.txt`, `preview.txt` and `preview.json` where they are there, writes `row.md` and `section.md`. Whatever
stands in them was written by the pull request's own code: none of it can end its place in the text, or fill it. Runs on
the standard library alone, because it also has to run when nothing could be installed.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SECTION_BYTES = 13_000
"""Three of them, the machines' and the table have to fit into the 65,536 characters that GitHub takes for a comment."""
CALLED_OUT = 20
"""Replacements and deletions that are listed by name before the rest is a number."""
NAME_LENGTH = 120
"""What is shown of a name, a type or a property."""

REPLACED = ("replace", "create-replacement", "delete-replaced", "import-replacement", "read-replacement")
KINDS = dict.fromkeys(REPLACED, "replaced") | {
    "delete": "deleted",
    "create": "created",
    "import": "created",
    "update": "updated",
}
ORDER = ("replaced", "deleted", "created", "updated")
SIGNS = {"replaced": "±", "deleted": "-", "created": "+", "updated": "~"}


@dataclass(frozen=True)
class Change:
    """One resource that would not stay as it is; `because` names the properties that force a replacement."""

    kind: str
    type: str
    name: str
    because: tuple[str, ...]

    def __str__(self) -> str:
        forced = f" because of {', '.join(f'`{_plain(key)}`' for key in self.because[:3])}" if self.because else ""
        return f"**{self.kind}**: `{_plain(self.type)}` `{_plain(self.name)}`{forced}"


def changes_of(preview: Any) -> list[Change]:
    """The changes in what `pulumi preview --json` wrote, most dangerous first.

    Raises:
        KeyError, TypeError, ValueError, AttributeError: when Pulumi did not write it.
    """
    found: dict[str, Change] = {}
    for step in preview["steps"]:
        kind, urn = KINDS.get(step["op"]), step["urn"]
        types, name = urn.split("::", 3)[2:]
        type_ = types.rpartition("$")[2]
        # The stack and the providers are Pulumi's own bookkeeping.
        if kind is None or type_.startswith("pulumi:"):
            continue
        reasons = (str(reason) for reason in step.get("replaceReasons") or ())
        because = tuple(reasons) if kind == "replaced" else ()
        change = Change(kind, type_, name, because)
        # A replacement may come as several steps of one resource; it stays a replacement.
        if urn not in found or ORDER.index(kind) < ORDER.index(found[urn].kind):
            found[urn] = change
    return sorted(found.values(), key=lambda change: (ORDER.index(change.kind), change.type, change.name))


def row(stack: str, outcome: str, changes: Sequence[Change] | None) -> str:
    """One line of the table at the top of the comment."""
    if outcome == "not set up":
        return f"| {stack} | not set up | | | | |\n"
    if outcome != "success" or changes is None:
        return f"| {stack} | ❌ failed | | | | |\n"
    counts = _counts(changes)
    dangerous = counts["replaced"] + counts["deleted"]
    verdict = "⚠️ look closely" if dangerous else "✅" if changes else "✅ no changes"
    cells = [f"**{counts[kind]}**" if counts[kind] and kind in ORDER[:2] else str(counts[kind]) for kind in ORDER]
    return f"| {stack} | {verdict} | {' | '.join(cells)} |\n"


def section(stack: str, outcome: str, text: str, changes: Sequence[Change] | None) -> str:
    """A stack's part of the comment, at most SECTION_BYTES long."""
    if outcome == "not set up":
        return f"### {stack}\n\nNot set up: the repository variable `PREVIEW_ROLE_ARN_{stack.upper()}` is empty.\n"
    if outcome != "success" or changes is None:
        start = f"### {stack}: ❌ the preview failed\n\n"
        # What went wrong stands at the end.
        return start + _folded("What Pulumi said", text, SECTION_BYTES - len(start.encode()), keep_end=True, open_=True)
    if not changes:
        start = f"### {stack}: no changes\n\n"
        return start + _folded("What Pulumi said", text, SECTION_BYTES - len(start.encode()))
    counts = _counts(changes)
    summary = ", ".join(f"{counts[kind]} {kind}" for kind in ORDER if counts[kind])
    dangerous = [change for change in changes if change.kind in ORDER[:2]]
    start = f"### {stack}: {'⚠️ ' if dangerous else ''}{summary}\n\n"
    if dangerous:
        lines = [f"> - {change}" for change in dangerous[:CALLED_OUT]]
        while len("\n".join(lines).encode()) > SECTION_BYTES // 2:
            lines.pop()
        if len(dangerous) > len(lines):
            lines.append(f"> - and {len(dangerous) - len(lines)} more")
        start += "> [!CAUTION]\n" + "\n".join(lines) + "\n\n"
    listed = _visible("\n".join(f"{SIGNS[change.kind]} {change.type} {change.name}" for change in changes))
    start += _folded(f"Resources: {summary}", listed, SECTION_BYTES // 4) + "\n"
    return start + _folded("Diff", text, SECTION_BYTES - len(start.encode()))


def _counts(changes: Sequence[Change]) -> dict[str, int]:
    return {kind: sum(change.kind == kind for change in changes) for kind in ORDER}


def _folded(title: str, text: str, room: int, *, keep_end: bool = False, open_: bool = False) -> str:
    """`text` in a block that opens on a click, cut to `room` bytes in all, with a word that says so."""
    # Longer than any fence inside, so that nothing in the text can end the block.
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    head = f"<details{' open' if open_ else ''}><summary>{title}</summary>\n\n{fence}diff\n"
    tail = f"\n{fence}\n\n</details>\n"
    said = f"\nCut: {len(text.encode()):,} bytes are too long for a comment. The job's log has all of it.\n"
    room -= len((head + tail).encode())
    raw = text.strip("\n").encode()
    if len(raw) > room:
        keep = max(0, room - len(said.encode()))
        kept = (raw[len(raw) - keep :] if keep_end else raw[:keep]).decode(errors="ignore")
        text = said + kept if keep_end else kept + said
    return head + text.strip("\n") + tail


def _plain(text: str) -> str:
    """Nothing that ends a code span, a table's cell or a line, or goes on for long."""
    shown = _visible(re.sub(r"[`|\n\t]", "'", text))
    return shown if len(shown) <= NAME_LENGTH else f"{shown[:NAME_LENGTH]}…"


def _visible(text: str) -> str:
    """`text` without what turns the writing around, moves the cursor or cannot be seen."""
    return "".join(one if one.isprintable() or one in "\n\t" else "\N{REPLACEMENT CHARACTER}" for one in text)


def described(stack: str, source: Path) -> tuple[str, str]:
    """The row and the section for what a preview left in `source`."""
    outcome = _read(source / "outcome.txt", "skipped").strip()
    text = _read(source / "preview.txt", "The preview did not start. The job's log says why.")
    changes = None
    if outcome == "success":
        try:
            changes = changes_of(json.loads(_read(source / "preview.json", "")))
        except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
            text += "\npreview.json is not what Pulumi writes."
    text = _visible(text)
    return row(stack, outcome, changes), section(stack, outcome, text, changes)


def _read(file: Path, otherwise: str) -> str:
    return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else otherwise


def main(stack: str, source: str, target: str) -> None:
    into = Path(target)
    into.mkdir(parents=True, exist_ok=True)
    for name, text in zip(("row.md", "section.md"), described(stack, Path(source)), strict=True):
        (into / name).write_text(text)


if __name__ == "__main__":
    main(*sys.argv[1:])
