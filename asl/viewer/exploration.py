"""What exploration found of a machine, as a page shows it."""

from __future__ import annotations

from collections.abc import Iterator

from asl.review.explored import Explored, ways
from asl.testing.exploring import Exploration, Way
from asl.viewer.data import ShownEnd, ShownExploration


def shown_exploration(explored: Explored) -> ShownExploration:
    """Outcomes and problems with a way to each, and what would have to be given to try more."""
    found = explored.found
    if found is None:
        return ShownExploration(refused=explored.refused)
    return ShownExploration(
        told=f"{ways(found)} tried: the combinations of what tasks may come to",
        ends=tuple(ShownEnd(end.state, end.status, end.shortest) for end in found.ends),
        problems=tuple(_problems(found)),
        unreached=found.unreached,
        cut=found.cut,
    )


def in_words(way: Way) -> str:
    """A way from its first visit to its end."""
    return " › ".join([*map(str, way.visits), way.end])


def _problems(found: Exploration) -> Iterator[tuple[str, str]]:
    """What goes wrong beside broken promises, which are told with the promises."""
    yield from ((one.told, in_words(one.way)) for one in found.uncaught)
    yield from (("It runs into the machine's timeout", in_words(way)) for way in found.out_of_time)
    yield from (("It runs into the limit of 25,000 events", in_words(way)) for way in found.too_long)
