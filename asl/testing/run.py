"""Running a definition without AWS: in this process, in virtual time."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from asl.rules.check import require
from asl.running.execution import Execution, Names
from asl.running.loop import Loop
from asl.running.objects import GivenObjects
from asl.running.steps import Program
from asl.syntax.shapes import as_object
from asl.testing.outcomes import Given, Outcomes

STARTS_AT = 1_735_689_600.0
"""When executions start that nobody says it of: 2025-01-01T00:00:00Z. Each run of the same thing is the same."""

_ONE_RUN = "00000000-0000-4000-8000-000000000000"


def run(
    definition: object,
    input: object = None,
    tasks: Mapping[str, Given] | None = None,
    *,
    type: str = "STANDARD",
    objects: Mapping[tuple[str, str], bytes] | None = None,
    seed: int = 0,
    now: float = STARTS_AT,
    names: Names | None = None,
) -> Execution:
    """Run `definition` with `input` to its end, and give the execution.

    `tasks` says what each task comes to, by the name of its state, its path or its Resource: a result, an `Outcome`,
    a list of them for one attempt after the other, or a function of the task's arguments and the context object.
    `objects` are what lies in S3, by bucket and key. `now` is in seconds since 1970; `seed` decides jitter, tokens
    and random numbers. The same arguments give the same history.

    Raises:
        DefinitionError: where `check` finds errors.
        MissingOutcomeError: for a task that nothing is given for.
        MisshapenResultError: for a result that contradicts the service's model.
        ValueError: for a `type` that no machine has.
    """
    require((names or Names()).machine, as_object(definition), type=type)
    chance = Random(seed)  # noqa: S311 nothing secret comes of it
    execution = prepared(Program.read(definition, type=type), input, tasks, objects, chance, now, names)
    execution.loop.run(lambda: execution.status != "RUNNING")
    return execution


def prepared(
    program: Program,
    input: object,
    tasks: Mapping[str, Given] | None,
    objects: Mapping[tuple[str, str], bytes] | None,
    random: Random,
    now: float,
    names: Names | None,
) -> Execution:
    """An execution at its first state, for a program that is run more than once."""
    execution = Execution(
        program,
        {} if input is None else input,
        loop=Loop(now),
        perform=Outcomes(tasks or {}).perform,
        names=names or Names(express=_ONE_RUN if program.type == "EXPRESS" else ""),
        random=random,
        objects=GivenObjects(objects or {}),
    )
    execution.begin()
    return execution
