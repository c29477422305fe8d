"""What intrinsic functions give, by AWS's recordings and the page with their examples.

https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html
"""

from __future__ import annotations

import json
from random import Random
from typing import Any
from uuid import UUID

import pytest

from asl.running.intrinsics import IntrinsicError, caller
from asl.running.paths import Data, PathError
from tests.steps import steps

CONTEXT = {"Execution": {"Name": "execution0"}, "StateMachine": {"Id": "arn:1", "Name": "machine"}}


def called(text: str, document: object = None, random: Random | None = None) -> Any:
    return caller(text)(Data(document or {}, CONTEXT, {"more": {"n": 2}}), random or Random(1))


@pytest.mark.parametrize(
    ("call", "document", "given"),
    [
        ("States.Array()", {}, []),
        ("States.Array($.Id)", {"Id": 123456}, [123456]),
        ("States.Array($.a, 'b', true, null, 1.5, $more.n)", {"a": {}}, [{}, "b", True, None, 1.5, 2]),
        ("States.Array($.items[*])", {"items": [1, 2]}, [[1, 2]]),
        ("States.ArrayPartition($.a,4)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
        ("States.ArrayPartition($.a,4)", {"a": []}, []),
        ("States.ArrayContains($.a, $.x)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9], "x": 5}, True),
        ("States.ArrayRange(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
        ("States.ArrayRange(9, 1, -2)", {}, [9, 7, 5, 3, 1]),
        ("States.ArrayRange(3, 1, 1)", {}, []),
        ("States.ArrayGetItem($.a, $.i)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9], "i": 5}, 6),
        ("States.ArrayLength($.a)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, 9),
        ("States.ArrayUnique($.a)", {"a": [1, 2, 3, 3, 3, 3, 3, 3, 4]}, [1, 2, 3, 4]),
        ("States.Base64Encode($.x)", {"x": "Data to encode"}, "RGF0YSB0byBlbmNvZGU="),
        ("States.Base64Decode($.x)", {"x": "RGF0YSB0byBlbmNvZGU="}, "Data to encode"),
        ("States.Base64Decode($.x)", {"x": ""}, ""),
        ("States.Hash($.x, $.by)", {"x": "input data", "by": "SHA-1"}, "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        ("States.JsonMerge($.a, $.b, false)", {"a": {"a": {"a1": 1, "a2": 2}, "b": 2}, "b": {"a": {"a3": 1}, "c": 3}},
         {"a": {"a3": 1}, "b": 2, "c": 3}),
        ("States.MathAdd($.n, $.by)", {"n": 111, "by": -1}, 110),
        ("States.MathAdd(1.6, 2.7)", {}, 5),
        ("States.MathAdd(1.5, 2)", {}, 4),
        ("States.StringSplit($.x, $.by)", {"x": "1,2,3,4,5", "by": ","}, ["1", "2", "3", "4", "5"]),
        ("States.StringSplit($.x, $.by)", {"x": "This.is+a,test=string", "by": ".+,="},
         ["This", "is", "a", "test", "string"]),
    ],
)  # fmt: skip
def test_a_function_gives_what_its_page_shows(call: str, document: object, given: object) -> None:
    found = called(call, document)
    assert json.dumps(found) == json.dumps(given)


@pytest.mark.parametrize(
    ("array", "value", "found"),
    [([], None, False), ([], [], False), ([[1, 2, 3], 2], None, False), ([[1, 2, 3], 2], [1, 2, 3], True),
     ([{"1": 2, "2": []}], [], False), ([{"1": 2, "2": []}], {"1": 2, "2": []}, True), ([True, False], False, True),
     ([1, 0], True, False)],
)  # fmt: skip
def test_an_array_contains_what_is_the_same_json(array: list[object], value: object, found: bool) -> None:
    """The first seven as recorded."""
    assert called("States.ArrayContains($.a, $.x)", {"a": array, "x": value}) is found


@pytest.mark.parametrize(
    ("text", "delimiters", "parts"),
    [(" ", ",", [" "]), (" , ", ",", [" ", " "]), (", , ,", ",", [" ", " "]), (",,,,", ",", []),
     ("split on T and \nnew line", "T\n", ["split on ", " and ", "new line"]), ("a\0b,c", ",", ["a\0b", "c"])],
)  # fmt: skip
def test_a_split_text_has_no_empty_parts(text: str, delimiters: str, parts: list[str]) -> None:
    """All but the last as recorded."""
    assert called("States.StringSplit($.x, $.by)", {"x": text, "by": delimiters}) == parts


@pytest.mark.parametrize(
    ("text", "value"),
    [("", None), (" ", None), ("null", None), ("-0", 0), ("1.1", 1.1), ("true", True), ('"HelloWorld"', "HelloWorld"),
     ('[1, 2, "HelloWorld"]', [1, 2, "HelloWorld"]), ('{"Arg1": 1, "Arg2": []}', {"Arg1": 1, "Arg2": []})],
)  # fmt: skip
def test_a_text_is_read_as_json_as_recorded(text: str, value: object) -> None:
    assert called("States.StringToJson($.x)", {"x": text}) == value


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "null"), (0, "0"), (1.1, "1.1"), (True, "true"), ("HelloWorld", '"HelloWorld"'),
     ([1, 2, "HelloWorld"], '[1,2,"HelloWorld"]'), ({"Arg1": 1, "Arg2": []}, '{"Arg1":1,"Arg2":[]}'), ("ä€", '"ä€"')],
)  # fmt: skip
def test_json_is_written_without_blanks_as_recorded(value: object, text: str) -> None:
    """The last one is not recorded; AWS's histories hold such letters unescaped."""
    assert called("States.JsonToString($.x)", {"x": value}) == text


def test_a_format_writes_values_as_java_does() -> None:
    """An object was recorded as {Id=..., Name=...}; strings have no quotes."""
    call = "States.Format('fst={} and snd={}.', $$.Execution.Name, $$.StateMachine)"
    assert called(call) == "fst=execution0 and snd={Id=arn:1, Name=machine}."
    values = {"a": None, "b": True, "c": 1.5, "d": ["p", [1]]}
    assert called("States.Format('{} {} {} {}', $.a, $.b, $.c, $.d)", values) == "null true 1.5 [p, [1]]"


def test_escapes_in_a_format_stand_for_what_is_behind_them() -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/intrinsic-functions.html has the four that there are."""
    assert called(r"States.Format('\{\} {} \' \\', 1)") == r"{} 1 ' " + "\\"
    assert called(r"States.Array('it\'s', '{}')") == ["it's", "{}"]


@pytest.mark.parametrize(
    "text", ["States.StringToJson($.text)", "States.ArrayLength($.text)", "States.ArrayGetItem($.list, 3)",
             "States.ArrayGetItem($.list, -1)", "States.ArrayPartition($.list, $.zero)",
             "States.ArrayRange(0, $.thousand, 1)", "States.ArrayRange(1, 2, $.zero)",
             "States.Base64Encode($.long)", "States.Base64Decode($.long)", "States.Hash($.long, 'MD5')",
             "States.Hash($.text, $.text)", "States.JsonMerge($.text, $.text, false)",
             "States.JsonMerge($.object, $.object, $.yes)", "States.MathAdd($.text, 1)", "States.MathAdd($.large, 1)",
             "States.MathRandom(5, 5)", "States.StringSplit($.list, ',')", "States.Format($.places, 1)",
             "States.StringToJson($.not_a_number)", "States.Array(States.ArrayLength($.text))"],
)  # fmt: skip
def test_what_a_function_cannot_be_applied_to_is_an_intrinsic_failure_that_tells_the_call(text: str) -> None:
    """Limits of the page: 1,000 elements of a range, 10,000 characters, numbers of 32 bits."""
    document = {
        "text": "no list", "list": [1, 2, 3], "zero": 0, "thousand": 1_000, "long": "A" * 10_001, "object": {},
        "yes": True, "large": 2**31, "places": "{} {}", "not_a_number": "NaN",
    }  # fmt: skip
    with pytest.raises(IntrinsicError, match="had the following error") as failed:
        called(text, document)
    assert str(failed.value).startswith(f"The function '{text}' ")


def test_what_is_just_within_the_limits_is_taken() -> None:
    assert called("States.ArrayRange(1, $.n, 1)", {"n": 1_000}) == list(range(1, 1_001))
    assert len(called("States.Base64Encode($.x)", {"x": "A" * 10_000})) == 13_336
    assert called("States.MathAdd($.n, 0)", {"n": 2**31 - 1}) == 2**31 - 1


def test_halves_are_rounded_upwards() -> None:
    """AWS's page says no more than to the nearest; what it formats is Java's, whose Math.round goes upwards."""
    assert called("States.MathAdd(2.5, 0)") == 3
    assert called("States.MathAdd(-1.5, 0)") == -1


def test_an_argument_that_finds_nothing_is_told_with_the_input() -> None:
    with pytest.raises((IntrinsicError, PathError)) as failed:
        called("States.Format('{}', $.missing)", {"there": 1})
    assert "'$.missing' could not be found in the input '{\"there\":1}'" in str(failed.value)


def test_chance_comes_from_the_execution_unless_a_call_has_its_own_seed() -> None:
    call, seeded = "States.MathRandom(1, 1000000)", "States.MathRandom(1, 1000000, 5)"
    assert called(call, random=Random(7)) == called(call, random=Random(7))
    assert called(call, random=Random(7)) != called(call, random=Random(8))
    assert called(seeded, random=Random(7)) == called(seeded, random=Random(8))
    found = {called("States.MathRandom(1, 4)", random=Random(n)) for n in range(100)}
    assert found == {1, 2, 3}, "the last number is not among them"
    one, other = (called("States.UUID()", random=Random(n)) for n in (1, 2))
    assert one != other
    assert UUID(one).version == 4


def test_calls_are_nested_ten_deep_and_no_deeper() -> None:
    assert called("States.Array(" * 10 + ")" * 10) == [[[[[[[[[[]]]]]]]]]]
    with pytest.raises(IntrinsicError):
        called("States.Array(" * 11 + ")" * 11)


def test_the_input_stays_as_it_is() -> None:
    document = {"a": {"x": {"y": 1}}, "b": {"x": {"z": 2}}, "list": [3, 3]}
    before = json.dumps(document)
    called("States.JsonMerge($.a, $.b, false)", document)
    called("States.ArrayUnique($.list)", document)
    assert json.dumps(document) == before


@pytest.mark.parametrize("call", ["States.Format('{}', $.x)", "States.JsonToString($.x)", "States.ArrayUnique($.x)"])
def test_depth_needs_no_recursion(call: str) -> None:
    deep: object = []
    for _ in range(20_000):
        deep = [deep]
    assert called(call, {"x": deep})


def test_text_that_is_json_nested_too_deep_to_be_read_is_an_intrinsic_failure() -> None:
    with pytest.raises(IntrinsicError):
        called("States.StringToJson($.x)", {"x": "[" * 100_000 + "]" * 100_000})


@pytest.mark.parametrize("function", ["ArrayUnique", "ArrayLength", "JsonToString"])
def test_many_elements_are_worked_off_in_proportion(function: str) -> None:
    few, many = ({"x": [str(n) for n in range(count)]} for count in (500, 2_000))
    call = f"States.{function}($.x)"
    assert steps(lambda: called(call, many)) < 5 * steps(lambda: called(call, few))
