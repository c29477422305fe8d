"""What a Map iterates over, what each iteration is given, and the Map's bounds.

https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemspath.html,
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html,
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html#contextobject-map
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from asl.running.data import path, wanted
from asl.running.failures import QUERY, REFERENCE_PATH, RUNTIME, Broken, Failure
from asl.running.frames import Frame
from asl.running.paths import lacking
from asl.running.sizes import text
from asl.syntax.expressions import is_expression
from asl.syntax.shapes import Object, as_object, as_text, is_integer, is_number

if TYPE_CHECKING:
    from asl.running.steps import Step

PERCENT = 100
STATE_DATA = "STATE_DATA"
"""The source of items that do not lie in S3."""


class Found(NamedTuple):
    """An item that a reader found, with what the context object tells of it."""

    value: object
    source: str
    """The object that it lies in, `s3://bucket/key`, or the bucket of a listed one."""
    is_pair: bool = False
    """Whether it is the Key and the Value of an object's field."""


def processor_config(step: Step) -> Object:
    """How a Map's iterations run; an `Iterator` can say so, too."""
    processor = as_object(step.node.get("ItemProcessor") or step.node.get("Iterator"))
    return as_object(processor.get("ProcessorConfig"))


def is_distributed(step: Step) -> bool:
    """Whether a Map's iterations are executions of their own."""
    return processor_config(step).get("Mode") == "DISTRIBUTED"


def iterable(value: object) -> Sequence[object] | None:
    """The items of an array, or of an object its pairs; None for anything else."""
    if isinstance(value, list):
        return value  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return [{"Key": key, "Value": one} for key, one in as_object(value).items()]  # pyright: ignore[reportUnknownArgumentType]
    return None


class Items:
    """The items of one attempt of a Map.

    Raises, when made:
        Broken: where there is no array to iterate over.
    """

    def __init__(self, frame: Frame, effective: object, read: Sequence[Found] | None = None) -> None:
        self._frame = frame
        self._effective = effective
        self._read = read
        self._are_pairs = False
        self.values: Sequence[object] = self._of_state() if read is None else [one.value for one in read]

    def item(self, number: int) -> dict[str, object]:
        """What the context object has in `Map.Item` for an iteration. An inline Map was recorded to tell no Source."""
        value = self.values[number]
        if not is_distributed(self._frame.step):
            return {"Index": number, "Value": value}
        found = self._read[number] if self._read is not None else Found(value, STATE_DATA, self._are_pairs)
        told = as_object(value) if found.is_pair else {"Value": value}
        return {"Index": number, **told, "Source": found.source}

    def given(self, number: int) -> object:
        """The input of an iteration: the item, or what the ItemSelector makes of it."""
        frame, select = self._frame, self._frame.step.select
        if select is None:
            return self.values[number]
        frame.item = self.item(number)
        try:
            return select(frame, self._effective)
        finally:
            frame.item = None

    def _of_state(self) -> Sequence[object]:
        frame = self._frame
        value = _given(frame, self._effective)
        self._are_pairs = isinstance(value, dict)
        # The page has it for both modes. AWS was recorded to refuse an object inline.
        values = iterable(value) if is_distributed(frame.step) or not self._are_pairs else None
        if values is not None:
            return values
        # In the history this comes before the state.
        if frame.thread.previous == frame.entered_id:
            frame.thread.previous = frame.entered_from
        raise _not_iterable(frame.step, value)


def _given(frame: Frame, effective: object) -> object:
    """What the state says that its items are."""
    if frame.step.jsonata:
        field = frame.step.data.field("Items")
        return field(frame, effective) if field else effective
    written = _items_path(frame.step)
    try:
        return path(written)(frame, effective)
    except Broken:
        conflict = lacking(written, effective)
        if conflict is None:
            raise
        raise Failure(REFERENCE_PATH, conflict) from None


def _items_path(step: Step) -> str:
    return as_text(step.node.get("ItemsPath")) or "$"


def _not_iterable(step: Step, value: object) -> Broken:
    if not step.jsonata:
        # Of a path into the context object AWS tells one dollar sign alone.
        return Broken(RUNTIME, f'Reference path "{_items_path(step).replace("$$", "$", 1)}" must point to array.')
    if is_expression(step.node.get("Items")):
        return wanted("Items", step.node["Items"], value, "array")
    return Broken(QUERY, f"Map state input must be an array but was: {text(value)}", "")


def whole_number(frame: Frame, name: str, effective: object) -> int | None:
    """A field that has to be a whole number, literal or computed; None where it is not set.

    What a path finds may also be a number written as text, by what AWS was recorded to take.

    Raises:
        Broken: where it is something else, or negative.
    """
    field = frame.step.data.field(name)
    if field is None:
        return None
    value = field(frame, effective)
    found = as_whole(value) if not frame.step.jsonata or is_number(value) else None
    if found is None:
        raise not_whole(name, frame.step.node.get(name), frame.step.node.get(f"{name}Path"), value)
    if found < 0:
        detail = f"{name} cannot be negative."
        raise Broken(QUERY, detail, name) if frame.step.jsonata else Broken(RUNTIME, detail)
    return found


def as_whole(value: object) -> int | None:
    """A whole number, also one written as text; None for anything else."""
    if is_integer(value):
        return value
    if is_number(value):
        return int(value) if value == int(value) else None
    return int(value) if isinstance(value, str) and value.lstrip("-").isdecimal() else None


def not_whole(name: str, written: object, from_path: object, value: object) -> Broken:
    """What is wrong with a field that gives no whole number."""
    if is_expression(written):
        return wanted(name, written, value, "number")
    shown = value if isinstance(value, str) else text(value)
    detail = f'The {name}Path field refers to value "{shown}" which is not a valid integer: {from_path}'
    return Broken(RUNTIME, detail)


def most_at_once(frame: Frame, effective: object) -> int | None:
    """MaxConcurrency; None where it is not limited."""
    return whole_number(frame, "MaxConcurrency", effective) or None


def tolerated(frame: Frame, effective: object, items: int) -> float:
    """How many of `items` may fail: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html"""
    count = whole_number(frame, "ToleratedFailureCount", effective)
    percentage = whole_number(frame, "ToleratedFailurePercentage", effective)
    if percentage is not None and percentage > PERCENT:
        detail = f"ToleratedFailurePercentage must be between 0 and {PERCENT}."
        raise Broken(QUERY, detail, "ToleratedFailurePercentage") if frame.step.jsonata else Broken(RUNTIME, detail)
    shares = [count, None if percentage is None else items * percentage / PERCENT]
    return min((share for share in shares if share is not None), default=0)
