"""The way that an execution took, short enough to look at: what went alike is told once, with how often it was so.

A history may have 25,000 events, and a Map thousands of items. Rounds of a loop are one leg, and so are items that took
the same way; what failed is told before what did not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import groupby
from typing import Any, Literal, TypeAlias

from orderflow.history import ENDS, History, Line, Try, Visit
from orderflow.map_runs import MapRun, counted

Status: TypeAlias = Literal["done", "caught", "failed", "aborted", "open"]
"""What became of a stay: `caught` where its failure led to another state, `open` where it goes on."""

MOST = 120
"""How many legs a way has at most, as long as its states can be told so shortly."""

ROOMS = (40, 12, 6, 3)
"""How many legs may follow one another, or lie side by side: the first that makes few enough in all."""

FEW_TRIES = 5
"""So many attempts are told one by one, also where they failed alike."""

LONGEST_LOOP = 12
"""How many states may lie in a round of a loop that is told once."""

_WORST: Sequence[Status] = ("failed", "open", "aborted", "caught", "done")


@dataclass(frozen=True, slots=True)
class Leg:
    """A stay in a state, or `times` of them told as one: `title` names it, `at` is in seconds after the start.

    `took` is how many seconds passed in it, None where it is not over. `kind` is a state's (`Task`), and empty for what
    is none: an attempt, a branch, an item, rounds of a loop. `failure` is on one line, `detail` what else is to be
    told. `input` and `output` are those of a state, where they were asked for. `legs` are its attempts, branches and
    items.
    """

    title: str
    status: Status
    at: float
    took: float | None
    kind: str = ""
    times: int = 1
    detail: str = ""
    failure: str = ""
    input: Any = field(default=None, compare=False)
    output: Any = field(default=None, compare=False)
    legs: tuple[Leg, ...] = ()


def way(history: History, now: datetime, runs: Mapping[str, MapRun] | None = None, most: int = MOST) -> tuple[Leg, ...]:
    """The way that a history tells, in about `most` legs. `runs` are the Map Runs to tell of, by their ARNs.

    What is not over lasts until the execution ended, or until `now` while it runs.
    """
    legs: tuple[Leg, ...] = ()
    for room in ROOMS:
        legs = _Way(history, now, runs or {}, room).legs
        if sum(map(_size, legs)) <= most:
            break
    return legs


class _Way:
    def __init__(self, history: History, now: datetime, runs: Mapping[str, MapRun], room: int) -> None:
        self._runs, self._room = runs, room
        self._start = history.steps[0].at if history.steps else now
        ended = [step for step in history.steps[-1:] if step.state is None and step.event in ENDS]
        self._end, self._error = (ended[0].event, ended[0].detail) if ended else ("", "")
        self._last = history.visits[-1] if history.visits else None
        self._now = ended[0].at if ended else now
        self._inside: dict[int, list[Visit]] = {}
        for visit in history.visits:
            self._inside.setdefault(visit.inside[-1].event_id if visit.inside else 0, []).append(visit)
        self.legs = tuple(self._one_after_another(self._inside.get(0, [])))

    def _one_after_another(self, visits: Sequence[Visit]) -> list[Leg]:
        """The states of one line: loops are told once, and of what is still too many the first and the last."""
        return self._few(_rounds([self._stay(visit) for visit in visits]))

    def _few(self, legs: list[Leg]) -> list[Leg]:
        ends = self._room // 2
        if len(legs) <= self._room + 1:
            return legs
        return [*legs[:ends], _as_one("more", legs[ends:-ends]), *legs[-ends:]]

    def _stay(self, visit: Visit) -> Leg:
        status = self._status(visit)
        run, inside = self._runs.get(visit.began or ""), self._inside.get(visit.event_id, [])
        return Leg(
            visit.name,
            status,
            self._seconds(visit.since),
            None if status == "open" else (self._over(visit) - visit.since).total_seconds(),
            visit.kind,
            detail=f"{run.status}, items {counted(run.items)}" if run else visit.began or "",
            failure=visit.failure or (self._error if visit is self._last and visit.left is None else ""),
            input=visit.input,
            output=visit.output,
            legs=tuple(self._tries(visit) if len(visit.tries) > 1 else self._lines(visit, inside)),
        )

    def _over(self, visit: Visit) -> datetime:
        """When the stay was over, one way or the other."""
        if visit.failure and not visit.exit and visit.failed_at:
            return visit.failed_at
        return visit.left or (visit.since if visit.kind == "Fail" else self._now)

    def _status(self, visit: Visit) -> Status:
        if visit.exit:
            return "caught" if visit.exit == "caught" else "done"
        if visit.kind == "Fail" or (visit.failure and not visit.aborted):
            return "failed"
        # AWS writes TaskStateAborted also of that branch whose failure aborts the others.
        if visit.tries and visit.tries[-1].failure and self._end != "aborted":
            return "failed"
        if visit.left or self._end:
            return "failed" if visit is self._last and self._end != "aborted" else "aborted"
        return "open"

    def _tries(self, visit: Visit) -> Iterator[Leg]:
        """An attempt each; those that failed alike one after another as one, unless something went on inside."""
        tries = [self._try(visit, number, one) for number, one in enumerate(visit.tries, 1)]
        if len(tries) <= FEW_TRIES:
            yield from tries
            return
        runs = [list(same) for _, same in groupby(tries, key=lambda leg: (leg.failure, leg.legs))]
        yield from self._few([_attempts(same) for same in runs])

    def _try(self, visit: Visit, number: int, one: Try) -> Leg:
        is_last = number == len(visit.tries)
        status: Status = "failed" if one.failure or not is_last else self._status(visit)
        inside = [inner for inner in self._inside.get(visit.event_id, ()) if inner.line.round == number]
        over = self._over(visit) if is_last else max(map(self._over, inside), default=one.began)
        ended = one.ended or over
        return Leg(
            f"attempt {number}",
            status,
            self._seconds(one.began),
            None if status == "open" else (ended - one.began).total_seconds(),
            failure=one.failure,
            legs=tuple(self._lines(visit, inside)),
        )

    def _lines(self, visit: Visit, inside: Sequence[Visit]) -> Iterator[Leg]:
        """What went on inside a Parallel or Map: a leg for each branch, and one for items that went alike.

        A branch of one state is that state.
        """
        lines: dict[Line, list[Visit]] = {}
        for inner in inside:
            lines.setdefault(inner.line, []).append(inner)
        if visit.kind == "Map":
            yield from self._items(lines)
            return
        branches = [self._line("branch", visits) for visits in lines.values()]
        yield from self._few([branch.legs[0] if len(branch.legs) == 1 else branch for branch in branches])

    def _line(self, title: str, visits: Sequence[Visit]) -> Leg:
        legs = tuple(self._one_after_another(visits))
        return replace(_as_one(title, legs), times=1, detail="", legs=legs)

    def _items(self, lines: Mapping[Line, Sequence[Visit]]) -> Iterator[Leg]:
        ways: dict[Hashable, list[tuple[int, Leg]]] = {}
        for line, visits in lines.items():
            leg = self._line("item", visits)
            ways.setdefault(_likeness(leg), []).append((line.item or 0, leg))
        legs = sorted((_alike(items) for items in ways.values()), key=lambda leg: _WORST.index(leg.status))
        shown, rest = legs[: self._room // 2], legs[self._room // 2 :]
        yield from shown if len(rest) > 1 else legs
        if len(rest) > 1:
            yield _as_one("other ways of items", rest)

    def _seconds(self, at: datetime) -> float:
        return (at - self._start).total_seconds()


def _rounds(legs: list[Leg]) -> list[Leg]:
    """The same legs, with three rounds and more of the same states one after another as one leg."""
    likes, found, here = [_likeness(leg) for leg in legs], list[Leg](), 0
    while here < len(legs):
        length, times = max(
            ((length, _times(likes, here, length)) for length in range(1, LONGEST_LOOP + 1)),
            key=lambda loop: (loop[1] > 2 and loop[0] * loop[1], -loop[0]),
        )
        if times > 2:
            whole, last = legs[here : here + length * times], legs[here + length * (times - 1) : here + length * times]
            is_plain = length == 1 and not last[0].legs and not last[0].failure
            found.append(replace(_as_one("rounds", whole), times=times, legs=() if is_plain else tuple(last)))
        else:
            whole = legs[here : here + 1]
            found += whole
        here += len(whole)
    return found


def _times(likes: Sequence[Hashable], here: int, length: int) -> int:
    """How often the `length` legs that begin at `here` come one after another."""
    first, times = likes[here : here + length], 1
    while first and likes[here + length * times : here + length * (times + 1)] == first:
        times += 1
    return times


def _likeness(leg: Leg) -> Hashable:
    """What two legs have in common that are told as one: not their times."""
    said = leg.detail if leg.times > 1 else leg.failure
    return (leg.title, leg.status, said, tuple(_likeness(inner) for inner in leg.legs))


def _as_one(title: str, legs: Sequence[Leg]) -> Leg:
    """Many legs as one without its parts; the detail says which states, and how often where that differs."""
    status = _WORST[min((_WORST.index(leg.status) for leg in legs), default=-1)]
    counts = Counter(leg.title for leg in legs)
    differ = len(set(counts.values())) > 1
    names = ", ".join(f"{name} ({count:,})" if differ else name for name, count in counts.most_common(LONGEST_LOOP))
    names += f" and {len(counts) - LONGEST_LOOP:,} others" if len(counts) > LONGEST_LOOP else ""
    ends = [None if leg.took is None else leg.at + leg.took for leg in legs]
    known = [end for end in ends if end is not None]
    begin = min((leg.at for leg in legs), default=0.0)
    took = None if len(known) < len(ends) else max(known, default=begin) - begin
    failure = next((leg.failure for leg in reversed(legs) if leg.failure and leg.status == status), "")
    return Leg(title, status, begin, took, times=len(legs), detail=names, failure=failure)


def _attempts(same: Sequence[Leg]) -> Leg:
    first, last = same[0], same[-1]
    if len(same) == 1:
        return first
    title = f"attempts {first.title.removeprefix('attempt ')} to {last.title.removeprefix('attempt ')}"
    return replace(_as_one(title, same), times=1, detail="", legs=last.legs)


def _alike(items: Sequence[tuple[int, Leg]]) -> Leg:
    """The items that took one way, as the first of them did."""
    number, leg = items[0]
    if len(items) == 1:
        return replace(leg, title=f"item {number}")
    others = f"item {number} and {len(items) - 1:,} alike"
    took = [one.took for _, one in items if one.took is not None]
    least, most = (f"{find(took, default=0):.1f}" for find in (min, max))
    detail = f"{least if least == most else f'{least} to {most}'} s each"
    return replace(leg, title=others, detail=detail)


def _size(leg: Leg) -> int:
    return 1 + sum(map(_size, leg.legs))
