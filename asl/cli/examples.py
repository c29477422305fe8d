"""A bad and a good definition for each rule: the same files that the rules are tested with."""

from __future__ import annotations

from importlib.resources import files


def example(rule: str, kind: str) -> str:
    """The text of the first definition of `kind`, `bad` or `good`, for a rule's id; empty where it has no file.

    A rule on sheer size is tested without one.
    """
    found = sorted(
        (file for file in files("asl.rules").joinpath("examples").iterdir() if _is(file.name, rule, kind)),
        key=lambda file: file.name,
    )
    return found[0].read_text(encoding="utf-8").strip() if found else ""


def _is(name: str, rule: str, kind: str) -> bool:
    return name.startswith(f"{rule}.") and name.endswith(f".{kind}.json")
