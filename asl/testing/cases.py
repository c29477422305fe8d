"""Cases as files: what a definition is given, what its tasks come to, and how it has to end.

    definition: order.asl.json
    mocks:                              # of all cases; a case's own come before them
      ChargePayment: {Return: {paymentId: p-1}}
    cases:
      declined:
        input: {orderId: "1001"}
        mocks: {ChargePayment: {Throw: {Error: PaymentDeclined}}}
        expect: {ends_in: OrderDeclined, calls: {RefundPayment: 0}}

Mocks are written as `mock_config` reads them. A MockConfigFile.json of Step Functions Local is read, too: its test
cases state no end, so each passes that comes to one with the responses it names.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, TypeAlias

from asl.reading import Text
from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object, as_text, is_integer, kind
from asl.syntax.walk import TYPES, Machine
from asl.testing.mock_config import MockError, is_mock_config, outcome, outcomes
from asl.testing.outcomes import Given
from asl.testing.runs import task_names
from asl.testing.spans import seconds

_FILE = ("definition", "machine", "type", "input", "mocks", "cases")
_CASE = ("name", "input", "mocks", "expect")
STATUSES = ("SUCCEEDED", "FAILED", "TIMED_OUT")
"""How an execution can end that nobody stops."""

Written: TypeAlias = "Callable[[str], object]"
"""Reads another file that cases name, by its name: gives what it holds."""


class Problem(NamedTuple):
    """What is wrong in a file of cases, and in which line."""

    line: int
    message: str


class CasesError(ValueError):
    """A file of cases is not as it has to be: `problems` has all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(f"line {problem.line}: {problem.message}" for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Case:
    """One run of a definition: `expect` holds what is said of its end, by the names of `asl.testing.expectations`."""

    name: str
    line: int
    input: object = field(default_factory=dict[str, object])
    mocks: Mapping[str, Given] = field(default_factory=dict[str, Given])
    expect: Object = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True)
class Named:
    """Where the definition is that cases are for: a file or `module:function`, the one beside them where it is empty.

    `machine` chooses one of a template's, and `type` is what it is where the template does not say it.
    """

    definition: str = ""
    machine: str | None = None
    type: Literal["STANDARD", "EXPRESS"] | None = None


def named(text: Text) -> list[Named]:
    """The definitions that a file of cases is for: one, or those of a MockConfigFile's machines.

    Raises:
        CasesError: for a file that holds no cases.
    """
    whole = as_object(text.value)
    if is_mock_config(whole):
        return [Named(machine=name) for name in as_object(whole["StateMachines"])]
    if not whole.keys() & {*_FILE}:
        raise CasesError([Problem(1, "holds no cases: 'cases' has an input, mocks and what to expect, by each name")])
    problems = list(_misnamed(text, "", whole, _FILE, "a file of cases"))
    if "cases" not in whole:
        problems.append(Problem(1, "has no 'cases', with an input, mocks and what to expect by each name"))
    for name in ("definition", "machine"):
        if name in whole and not as_text(whole[name]):
            problems.append(Problem(text.line(name), f"{name} has to be a name, and is {kind(whole[name])}"))
    type = whole.get("type", "STANDARD")
    if type not in TYPES:
        problems.append(Problem(text.line("type"), f"type is {' or '.join(TYPES)}{nearest(as_text(type), TYPES)}"))
    if problems:
        raise CasesError(problems)
    found: Literal["STANDARD", "EXPRESS"] | None = "EXPRESS" if type == "EXPRESS" else None
    return [Named(as_text(whole.get("definition")), as_text(whole.get("machine")) or None, found)]


def cases(text: Text, of: Named, machine: Machine, other: Written) -> list[Case]:
    """The cases of a file for the `machine` that `of` names, in their order.

    `other` reads the file that a case's `mocks: FILE#TESTCASE` names, and raises ValueError where it cannot.

    Raises:
        CasesError: saying all that is wrong, each with its line.
    """
    if is_mock_config(text.value):
        return list(_test_cases(text, of.machine or ""))
    return _Reading(text, machine, other).cases()


def _test_cases(text: Text, machine: str) -> Iterator[Case]:
    """A MockConfigFile's, which say nothing of an input and of an end."""
    path = f"StateMachines.{machine}.TestCases"
    machines = as_object(as_object(text.value)["StateMachines"])
    for name in as_object(as_object(machines[machine]).get("TestCases")):
        line = text.line(f"{path}.{name}")
        try:
            yield Case(f"{machine}/{name}", line, mocks=outcomes(text.value, machine, name))
        except MockError as wrong:
            raise CasesError([Problem(line, str(wrong))]) from wrong


class _Reading:
    """One file's cases being read."""

    def __init__(self, text: Text, machine: Machine, other: Written) -> None:
        self._text = text
        self._machine = machine
        self._other = other
        self._names = {name for state in machine.states for name in (state.name, state.path)}
        self._mocked = task_names(machine)
        self._problems: list[Problem] = []

    def cases(self) -> list[Case]:
        whole = as_object(self._text.value)
        shared = self._mocks("mocks", whole.get("mocks", {}))
        found = [self._case(path, name, fields, whole, shared) for path, name, fields in self._each(whole["cases"])]
        first: dict[str, int] = {}
        for case in found:
            if case.name in first:
                self._wrong_line(case.line, f"the case '{case.name}' stands twice, first in line {first[case.name]}")
            first.setdefault(case.name, case.line)
        if not found and not self._problems:
            self._wrong("cases", "cases holds no case")
        if self._problems:
            raise CasesError(sorted(self._problems))
        return found

    def _each(self, written: object) -> Iterator[tuple[str, str, Object]]:
        """Each case with its path, its name and its fields."""
        if kind(written) == "an object":
            for name, fields in as_object(written).items():
                yield f"cases.{name}", name, as_object(fields)
            return
        if kind(written) != "an array":
            self._wrong("cases", f"cases has to be an object with a case by each name, and is {kind(written)}")
        for index, one in enumerate(as_list(written)):
            path, fields = f"cases[{index}]", as_object(one)
            name = as_text(fields.get("name"))
            if not name:
                self._wrong(path, f"{path} has no 'name'")
            yield path, name, fields

    def _case(self, path: str, name: str, fields: Object, whole: Object, shared: Mapping[str, Given]) -> Case:
        self._problems += _misnamed(self._text, path, fields, _CASE, f"the case '{name}'")
        expect = as_object(fields.get("expect"))
        if not expect:
            self._wrong(path, f"the case '{name}' expects nothing: say in 'expect' how it ends")
        for key, value in expect.items():
            self._expectation(f"{path}.expect.{key}", key, value)
        mocks = {**shared, **self._mocks(f"{path}.mocks", fields.get("mocks", {}))}
        return Case(name, self._text.line(path), fields.get("input", whole.get("input", {})), mocks, expect)

    def _mocks(self, path: str, written: object) -> dict[str, Given]:
        if isinstance(written, str):
            return self._from_config(path, written)
        if kind(written) != "an object":
            self._wrong(path, f"{path} has to be an object with an outcome for each state, and is {kind(written)}")
        found: dict[str, Given] = {}
        for name, given in as_object(written).items():
            place = f"{path}.{name}"
            if name not in self._mocked:
                self._wrong(place, f"{path} has '{name}', which is no task{nearest(name, self._mocked)}")
            try:
                found[name] = outcome(place, given)
            except MockError as wrong:
                self._wrong(wrong.place, str(wrong))
        return found

    def _from_config(self, path: str, written: str) -> dict[str, Given]:
        """The mocks of `FILE#TESTCASE` or `FILE#MACHINE/TESTCASE`."""
        file, _, chosen = written.partition("#")
        machine, _, case = chosen.rpartition("/")
        try:
            return dict(outcomes(self._other(file), machine or None, case or None))
        except ValueError as wrong:
            self._wrong(path, f"{path}: {wrong}")
        return {}

    def _expectation(self, path: str, name: str, value: object) -> None:
        check = _EXPECTATIONS.get(name)
        if check is None:
            allowed = ", ".join(_EXPECTATIONS)
            self._wrong(path, f"{path} is unknown{nearest(name, _EXPECTATIONS)}; there are {allowed}")
        elif wrong := check(self, value):
            self._wrong(path, f"{path} {wrong}")

    def _state(self, value: object) -> str:
        name = as_text(value)
        return "" if name in self._names else f"names no state of the definition: '{name}'{nearest(name, self._names)}"

    def ends_in(self, value: object) -> str:
        outer = self._machine.scopes[0].states
        if as_text(value) in outer:
            return ""
        inner = f"names '{value}', which is inside another state; the end is one of the machine's own states"
        return inner if value in self._names else self._state(value)

    def way(self, value: object) -> str:
        states = as_list(value)
        if not states:
            return "has to be an array with names of states"
        return next((wrong for state in states if (wrong := self._state(state))), "")

    def calls(self, value: object) -> str:
        counts = as_object(value)
        if not counts or not all(is_integer(count) and count >= 0 for count in counts.values()):
            return "has to be an object with a number of calls for each state"
        return next((wrong for state in counts if (wrong := self._state(state))), "")

    def _wrong(self, path: str, message: str) -> None:
        self._wrong_line(self._text.line(path), message)

    def _wrong_line(self, line: int, message: str) -> None:
        self._problems.append(Problem(line, message))


def _text(reading: _Reading, value: object) -> str:
    return "" if isinstance(value, str) else f"has to be a string, and is {kind(value)}"


def _anything(reading: _Reading, value: object) -> str:
    return ""


def _status(reading: _Reading, value: object) -> str:
    return "" if value in STATUSES else f"is one of {', '.join(STATUSES)}{nearest(as_text(value), STATUSES)}"


def _within(reading: _Reading, value: object) -> str:
    return "" if seconds(value) is not None else "has to be a time in seconds, or one like '90s', '6h' or '1d12h'"


_EXPECTATIONS: Mapping[str, Callable[[_Reading, object], str]] = {
    "ends_in": _Reading.ends_in,
    "status": _status,
    "output": _anything,
    "output_has": _anything,
    "error": _text,
    "cause": _text,
    "cause_has": _text,
    "way": _Reading.way,
    "calls": _Reading.calls,
    "within": _within,
}
"""What can be expected, each with what is wrong with a value for it."""


def _misnamed(text: Text, path: str, fields: Object, allowed: tuple[str, ...], told: str) -> Iterator[Problem]:
    for name in fields:
        if name not in allowed:
            line = text.line(f"{path}.{name}" if path else name)
            yield Problem(line, f"{told} has '{name}'{nearest(name, allowed)}; there may be {', '.join(allowed)}")
