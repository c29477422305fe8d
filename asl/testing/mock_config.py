"""Files that say what tasks come to: our own short form, and Step Functions Local's MockConfigFile.json.

    {"ChargePayment": [{"Throw": {"Error": "Lambda.ServiceException"}}, {"Return": {"paymentId": "p-1"}}]}

is one outcome for each attempt of a state, by the state's name or path, or by its Resource; what is neither a Return
nor a Throw is the result itself. The other form stands at
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from asl.syntax.hints import nearest
from asl.syntax.shapes import Object, as_list, as_object, as_text, kind
from asl.testing.outcomes import Outcome, Raises, Returns

_RANGE = re.compile(r"(\d+)(?:-(\d+))?")
_SECTIONS = {"StateMachines", "MockedResponses"}


class MockError(ValueError):
    """What is wrong in a file of mocks: where, and what is wanted there."""


def outcomes(written: object, machine: str | None = None, case: str | None = None) -> Mapping[str, list[Outcome]]:
    """What each task comes to, one outcome for each attempt.

    `machine` and `case` choose a test case of a MockConfigFile; where it has one alone they can be left out.

    Raises:
        MockError: naming the place.
    """
    if not isinstance(written, Mapping):
        raise MockError(f"the file holds {kind(written)}, and has to hold an object with an outcome for each state")
    whole = as_object(written)  # pyright: ignore[reportUnknownArgumentType]
    if whole.keys() >= _SECTIONS:
        return _of_config(whole, machine, case)
    if case:
        raise MockError("--case chooses one of a MockConfigFile's test cases, and the file has none")
    return {name: [_outcome(name, one) for one in _each(given)] for name, given in whole.items()}


def _each(given: object) -> list[object]:
    elements = as_list(given)
    # An array of anything else is a result that happens to be an array.
    return list(elements) if elements and all(_is_outcome(one) for one in elements) else [given]


def _is_outcome(given: object) -> bool:
    return len(fields := as_object(given)) == 1 and not fields.keys().isdisjoint(("Return", "Throw"))


def _outcome(place: str, given: object) -> Outcome:
    if not _is_outcome(given):
        return Returns(given)
    fields = as_object(given)
    if "Return" in fields:
        return Returns(fields["Return"])
    thrown = as_object(fields["Throw"])
    error = thrown.get("Error")
    if not isinstance(error, str) or not error:
        raise MockError(f"{place}.Throw has to have an 'Error', the name of what the task fails with")
    cause = thrown.get("Cause")
    return Raises(error, cause if isinstance(cause, str) else None)


def _of_config(whole: Object, machine: str | None, case: str | None) -> Mapping[str, list[Outcome]]:
    machines = as_object(whole["StateMachines"])
    name = _chosen("StateMachines", machines, machine, "--machine")
    cases = as_object(as_object(machines[name]).get("TestCases"))
    chosen = _chosen(f"StateMachines.{name}.TestCases", cases, case, "--case")
    responses = as_object(whole["MockedResponses"])
    found: dict[str, list[Outcome]] = {}
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
