"""Every rule, in the order of its id. A new rule goes into the file of its subject and into no other place.

A file is loaded, and its rules are asked, only where a definition holds what they are about: see `SUBJECTS` for files,
and `Rule.about` for a rule that is about less than its file.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from asl.rules.findings import Rule

    RULES: tuple[Rule, ...]

ALWAYS: frozenset[str] = frozenset()


def _of(*words: str) -> frozenset[str]:
    return frozenset(words)


SUBJECTS: Mapping[str, frozenset[str]] = {
    "choices": _of("Choice", "Wait"),
    "data": ALWAYS,
    "dynamodb": _of("dynamodb"),
    "endless": ALWAYS,
    "errors": _of("Catch", "Retry"),
    "expressions": _of("JSONata"),
    "fields": ALWAYS,
    "functions": _of("JSONata"),
    "http": _of("http"),
    "integrations": _of("Map", "Task"),
    "iterations": ALWAYS,
    "kinds": ALWAYS,
    "languages": ALWAYS,
    "loops": _of("Wait"),
    "machine_type": ALWAYS,
    "maps": _of("Map"),
    "missing_data": ALWAYS,
    "money": _of("Task"),
    "pagination": _of("Task"),
    "parameters": _of("Task"),
    "paths": ALWAYS,
    "promises": _of("MustReach"),
    "raised": _of("Catch", "Retry"),
    "readers": _of("Map"),
    "resources": ALWAYS,
    "sizes": ALWAYS,
    "spelling": ALWAYS,
    "structure": ALWAYS,
    "tasks": _of("Task"),
    "tasks_in_time": _of("Catch", "Retry", "Task"),
    "timing": ALWAYS,
    "together": _of("Task"),
    "variables": ALWAYS,
    "waiting": ALWAYS,
}
"""The files, and what each is about: types and fields of states, query languages, services. One of them has to be among
`Machine.words`. Promises stand beside a definition, and are proven by `rules.promises.prove`."""


def rules_for(words: frozenset[str]) -> tuple[Rule, ...]:
    """The rules that can find something in a definition with `words`."""
    files = _files_for(words & _SUBJECTS_WORDS)
    return _rules_about(files, words & _words_of(files))


_SUBJECTS_WORDS = frozenset(word for about in SUBJECTS.values() for word in about)


@lru_cache(maxsize=1024)
def _files_for(words: frozenset[str]) -> tuple[str, ...]:
    return tuple(file for file, about in SUBJECTS.items() if not about or not about.isdisjoint(words))


@cache
def _words_of(files: tuple[str, ...]) -> frozenset[str]:
    """What the rules in `files` are about."""
    return frozenset(word for rule in _rules_in(files) for word in rule.about)


@lru_cache(maxsize=1024)
def _rules_about(files: tuple[str, ...], words: frozenset[str]) -> tuple[Rule, ...]:
    return tuple(rule for rule in _rules_in(files) if not rule.about or not rule.about.isdisjoint(words))


@cache
def _rules_in(files: tuple[str, ...]) -> tuple[Rule, ...]:
    rules: list[Rule] = [rule for file in files for rule in import_module(f"asl.rules.{file}").RULES]
    return tuple(sorted(rules, key=lambda rule: rule.id))


def __getattr__(name: str) -> object:
    if name == "RULES":
        return _rules_in(tuple(SUBJECTS))
    raise AttributeError(f"module 'asl.rules' has no attribute '{name}'")


__all__ = ["ALWAYS", "RULES", "SUBJECTS", "rules_for"]
