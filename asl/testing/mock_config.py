"""Files that say what tasks come to: our own short form, and Step Functions Local's MockConfigFile.json.

    {"ChargePayment": [{"Throw": {"Error": "Lambda.ServiceException"}}, {"Return": {"paymentId": "p-1"}}],
     "AwaitApproval": {"Return": {"verdict": "APPROVED"}, "After": "1d", "Heartbeats": ["6h", "12h"]},
     "WaitForShipping": {"Never": true}}

is one outcome for each attempt of a state, or one for all of them, by the state's name or path, or by its Resource;
what is neither a Return, a Throw nor a Never is the result itself, and so is an array in which none of them stands.
The other form stands at
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object, as_text, kind
from asl.testing.outcomes import Never, Outcome, Raises, Returns
from asl.testing.spans import seconds

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_SECTIONS = {"StateMachines", "MockedResponses"}
_KINDS = ("Return", "Throw", "Never")
_TIMES = ("After", "Heartbeats")
_MISSPELT = 0.8
"""From how alike on a result's one key counts as a misspelt kind of outcome: `Retrun`, but not `returned`."""


class MockError(ValueError):
    """What is wrong in a file of mocks: where, and what is wanted there."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.place = place
        """The path of what is wrong, as far as it is in the short form."""


def is_mock_config(written: object) -> bool:
    """Whether a file's value is a MockConfigFile."""
    return as_object(written).keys() >= _SECTIONS


def outcomes(
    written: object, machine: str | None = None, case: str | None = None
) -> Mapping[str, Outcome | list[Outcome]]:
    """What each task comes to: one outcome for each attempt, or one for all.

    `machine` and `case` choose a test case of a MockConfigFile; where it has one alone they can be left out.

    Raises:
        MockError: naming the place.
    """
    if not isinstance(written, Mapping):
        raise MockError(f"the file holds {kind(written)}, and has to hold an object with an outcome for each state")
    whole = as_object(written)  # pyright: ignore[reportUnknownArgumentType]
    if is_mock_config(whole):
        return _of_config(whole, machine, case)
    if case:
        raise MockError("--case chooses one of a MockConfigFile's test cases, and the file has none")
    return {name: outcome(name, given) for name, given in whole.items()}


def outcome(place: str, given: object) -> Outcome | list[Outcome]:
    """What a task comes to in the short form: one outcome for all attempts, or a list with one for each.

    Raises:
        MockError: naming the place inside `place`.
    """
    elements = as_list(given)
    # An array without any is a result that happens to be an array.
    if any(_is_outcome(one) for one in elements):
        return [_outcome(f"{place}[{index}]", one) for index, one in enumerate(elements)]
    return _outcome(place, given)


def _is_outcome(given: object) -> bool:
    return not as_object(given).keys().isdisjoint(_KINDS)


def _outcome(place: str, given: object) -> Outcome:
    fields = as_object(given)
    if not _is_outcome(given):
        if len(fields) == 1 and (meant := get_close_matches(written := next(iter(fields)), _KINDS, 1, _MISSPELT)):
            hint = f"(did you mean '{meant[0]}'?)"
            raise MockError(f"{place} has '{written}' {hint}; a result of that shape is {{\"Return\": …}}", place)
        return Returns(given)
    kinds = [name for name in _KINDS if name in fields]
    if len(kinds) > 1:
        raise MockError(f"{place} has {' and '.join(kinds)}, and one outcome is one of them", place)
    allowed = (kinds[0], *_TIMES) if kinds[0] != "Never" else ("Never", "Heartbeats")
    for name in fields:
        if name not in allowed:
            hint = nearest(name, allowed)
            raise MockError(f"{place} has '{name}'{hint}, where {', '.join(allowed)} may stand", f"{place}.{name}")
    heartbeats = _heartbeats(f"{place}.Heartbeats", fields.get("Heartbeats", []))
    after = _seconds(f"{place}.After", fields.get("After", 0))
    if "Return" in fields:
        return Returns(fields["Return"], after, heartbeats=heartbeats)
    if "Throw" in fields:
        error, cause = _thrown(f"{place}.Throw", fields["Throw"])
        return Raises(error, cause, after, heartbeats=heartbeats)
    if fields["Never"] is not True:
        raise MockError(f"{place}.Never has to be true: nobody answers", f"{place}.Never")
    return Never(heartbeats)


def _thrown(place: str, given: object) -> tuple[str, str | None]:
    thrown = as_object(given)
    error, cause = thrown.get("Error"), thrown.get("Cause")
    if not isinstance(error, str) or not error:
        raise MockError(f"{place} has to have an 'Error', the name of what the task fails with", place)
    if unknown := next((name for name in thrown if name not in ("Error", "Cause")), None):
        hint = nearest(unknown, ("Error", "Cause"))
        raise MockError(f"{place} has '{unknown}'{hint}, where Error and Cause may stand", f"{place}.{unknown}")
    if cause is not None and not isinstance(cause, str):
        raise MockError(
            f"{place}.Cause has to be a string, as AWS passes it on, and is {kind(cause)}", f"{place}.Cause"
        )
    return error, cause


def _seconds(place: str, given: object) -> float:
    found = seconds(given)
    if found is None:
        raise MockError(f"{place} has to be a time in seconds, or one like '90s', '6h' or '1d12h'", place)
    return found


def _heartbeats(place: str, given: object) -> list[float]:
    if kind(given) != "an array":
        raise MockError(f"{place} has to be an array of times after the task was scheduled", place)
    return [_seconds(f"{place}[{index}]", one) for index, one in enumerate(as_list(given))]


def _of_config(whole: Object, machine: str | None, case: str | None) -> Mapping[str, Outcome | list[Outcome]]:
    machines = as_object(whole["StateMachines"])
    name = _chosen("StateMachines", machines, machine, "--machine")
    cases = as_object(as_object(machines[name]).get("TestCases"))
    chosen = _chosen(f"StateMachines.{name}.TestCases", cases, case, "--case")
    responses = as_object(whole["MockedResponses"])
    found: dict[str, Outcome | list[Outcome]] = {}
    for state, response in as_object(cases[chosen]).items():
        place = f"StateMachines.{name}.TestCases.{chosen}.{state}"
        if as_text(response) not in responses:
            hint = nearest(as_text(response), responses)
            raise MockError(
                f"{place} names the response '{as_text(response)}', which MockedResponses does not have{hint}"
            )
        found[state] = _attempts(f"MockedResponses.{as_text(response)}", as_object(responses[as_text(response)]))
    return found


def _chosen(place: str, there: Object, wanted: str | None, option: str) -> str:
    if wanted is not None:
        if wanted not in there:
            raise MockError(f"{place} has no '{wanted}'{nearest(wanted, there)}")
        return wanted
    if len(there) != 1:
        raise MockError(f"{place} has {', '.join(there) or 'nothing'}: choose one by {option}")
    return next(iter(there))


def _attempts(place: str, written: Object) -> list[Outcome]:
    """The outcomes of `"0"`, `"1-3"`, …, in turn."""
    by_attempt: dict[int, Outcome] = {}
    for key, given in written.items():
        match = _RANGE.fullmatch(key)
        if match is None or (match[2] and int(match[2]) < int(match[1])):
            raise MockError(f"{place} has '{key}', where attempts stand: '0', or '1-3' for several")
        if not _is_outcome(given):
            raise MockError(f'{place}.{key} has to be {{"Return": …}} or {{"Throw": …}}')
        first = int(match[1])
        for attempt in range(first, int(match[2] or first) + 1):
            by_attempt[attempt] = _outcome(f"{place}.{key}", given)
    missing = next((attempt for attempt in range(len(by_attempt)) if attempt not in by_attempt), None)
    if missing is not None or not by_attempt:
        raise MockError(f"{place} has no '{missing or 0}': attempts are counted from 0, without a gap")
    return [by_attempt[attempt] for attempt in sorted(by_attempt)]
