"""Intrinsic functions: what they give, and what AWS says where they cannot.

The values are those of AWS's page on intrinsic functions and of recordings, else of what people saw their executions
give, who tried the functions one by one against the service.
"""

from __future__ import annotations

from random import Random

import pytest

from asl.running.intrinsics import IntrinsicError, call
from asl.running.paths import Data, NoInputError, PathError

CONTEXT = {"Execution": {"Name": "run"}, "StateMachine": {"Id": "arn:1", "Name": "orders"}}


def given(text: str, document: object = None, seed: int = 1) -> object:
    return call(text, Data({} if document is None else document, CONTEXT, {"rate": 2}), Random(seed))


BY_AWS_PAGE = [
    ("States.Array($.Id)", {"Id": 123456}, [123456]),
    ("States.ArrayPartition($.a, 4)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, [[1, 2, 3, 4], [5, 6, 7, 8], [9]]),
    ("States.ArrayContains($.a, $.it)", {"a": [1, 2, 3, 4, 5], "it": 5}, True),
    ("States.ArrayRange(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
    ("States.ArrayGetItem($.a, $.index)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9], "index": 5}, 6),
    ("States.ArrayLength($.a)", {"a": [1, 2, 3, 4, 5, 6, 7, 8, 9]}, 9),
    ("States.ArrayUnique($.a)", {"a": [1, 2, 3, 3, 3, 3, 3, 3, 4]}, [1, 2, 3, 4]),
    ("States.Base64Encode($.in)", {"in": "Data to encode"}, "RGF0YSB0byBlbmNvZGU="),
    ("States.Base64Decode($.in)", {"in": "RGF0YSB0byBlbmNvZGU="}, "Data to encode"),
    ("States.Hash($.data, $.algorithm)", {"data": "input data", "algorithm": "SHA-1"},
     "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    ("States.JsonMerge($.a, $.b, false)", {"a": {"a": {"a1": 1, "a2": 2}, "b": 2}, "b": {"a": {"a3": 1}, "c": 3}},
     {"a": {"a3": 1}, "b": 2, "c": 3}),
    ("States.StringToJson($.text)", {"text": '{"foo": "bar"}'}, {"foo": "bar"}),
    ("States.JsonToString($.json)", {"json": {"foo": "bar"}}, '{"foo":"bar"}'),
    ("States.MathAdd($.value1, $.step)", {"value1": 111, "step": -1}, 110),
    ("States.StringSplit($.in, $.at)", {"in": "1,2,3,4,5", "at": ","}, ["1", "2", "3", "4", "5"]),
    ("States.StringSplit($.in, $.at)", {"in": "This.is+a,test=string", "at": ".+,="},
     ["This", "is", "a", "test", "string"]),
    ("States.Format('Hello, my name is {}.', $.name)", {"name": "Arnav"}, "Hello, my name is Arnav."),
    ("States.Format($.template, $.name)", {"template": "Hello, my name is {}.", "name": "Arnav"},
     "Hello, my name is Arnav."),
    ("States.Format('{}.{}', States.ArrayGetItem(States.StringSplit($.arn, '/'), 2), $rate)", {"arn": "a/b/c"}, "c.2"),
]  # fmt: skip
BY_RECORDINGS = [
    ("States.Array()", {}, []),
    ("States.ArrayContains($.a, $.it)", {"a": [[1, 2, 3], 2], "it": [1, 2, 3]}, True),
    ("States.ArrayContains($.a, $.it)", {"a": [[1, 2, 3], 2], "it": None}, False),
    ("States.ArrayContains($.a, $.it)", {"a": [{"1": 2, "2": []}], "it": {"1": 2, "2": []}}, True),
    ("States.ArrayContains($.a, $.it)", {"a": [], "it": []}, False),
    ("States.Base64Decode($.in)", {"in": ""}, ""),
    ("States.Format('{} {}', $$.Execution.Name, $$.StateMachine)", {}, "run {Id=arn:1, Name=orders}"),
    ("States.JsonToString($.in)", {"in": 1.1}, "1.1"),
    ("States.JsonToString($.in)", {"in": None}, "null"),
    ("States.JsonToString($.in)", {"in": [1, 2, "HelloWorld"]}, '[1,2,"HelloWorld"]'),
    ("States.StringToJson($.in)", {"in": " "}, None),
    ("States.StringToJson($.in)", {"in": "-0"}, 0),
    ("States.StringSplit($.in, ',')", {"in": ", , ,"}, [" ", " "]),
    ("States.StringSplit($.in, ',')", {"in": ",,,,"}, []),
    ("States.StringSplit($.in, $.at)", {"in": "split on T and \nnew line", "at": "T\n"},
     ["split on ", " and ", "new line"]),
]  # fmt: skip
BY_EXECUTIONS = [
    # Fractions are cut off, but for MathAdd.
    ("States.ArrayPartition($.a, 2.6)", {"a": [1, 2, 3, 4, 5]}, [[1, 2], [3, 4], [5]]),
    ("States.ArrayRange(1.6, 1.4, 1)", {}, [1]),
    ("States.ArrayRange(5.4, -0.6, -2.4)", {}, [5, 3, 1]),
    ("States.ArrayRange(5, 1, 1)", {}, []),
    ("States.ArrayGetItem($.a, 1.2)", {"a": [10, 20, 30]}, 20),
    ("States.MathAdd($.a, $.b)", {"a": 1.6, "b": 2.7}, 5),
    # By how values read.
    ("States.ArrayContains($.a, true)", {"a": ["true", "maybe"]}, True),
    ("States.ArrayContains($.a, $.it)", {"a": [{"a": 1, "b": 2}], "it": {"b": 2, "a": 1}}, False),
    ("States.ArrayContains($.a, false)", {"a": [0, 1]}, False),
    ("States.ArrayGetItem($.a, 999)", {"a": []}, None),
    # In the order of Java's hash codes.
    ("States.ArrayUnique($.a)", {"a": [True, False, True]}, [False, True]),
    ("States.ArrayUnique($.a)", {"a": [[1, 2], [1, 2], [2, 1]]}, [[2, 1], [1, 2]]),
    ("States.ArrayUnique($.a)", {"a": [1, "1", 1, "01"]}, [1, "1", "01"]),
    ("States.ArrayUnique($.a)", {"a": [{"a": 1, "b": 3}, {"b": 3, "a": 1}, None]}, [None, {"a": 1, "b": 3}]),
    ("States.ArrayUnique($.a)", {"a": list(range(19, -1, -1))}, list(range(20))),
    # Double.hashCode and Long.hashCode: both halves of the 64 bits, one on the other.
    ("States.ArrayUnique($.a)", {"a": [1.5, 2.5, 0.5]}, [0.5, 2.5, 1.5]),
    ("States.ArrayUnique($.a)", {"a": [3 * 2**32, 2**33, 2**32]}, [2**32, 2**33, 3 * 2**32]),
    # What is no Base64 is passed over.
    ("States.Base64Decode($.in)", {"in": " YWJjZA== "}, "abcd"),
    ("States.Base64Decode($.in)", {"in": "YWI"}, "ab"),
    ("States.Format('{}|{}|{}|{}', $.a, $.b, $.c, $.d)", {"a": None, "b": False, "c": 3.5, "d": 9007199254740991},
     "null|false|3.5|9007199254740991"),
    (r"States.Format('Name: \'{}\', \{braces\}, \\', $.name)", {"name": "x"}, r"Name: 'x', {braces}, \ ".rstrip()),
    ("States.Hash($.data, 'SHA-256')", {"data": "✓"},
     "1dabba21cdad44541f6b15796f8d22978fc7ea10c46aeceeeeb66c23b3ac7604"),
    ("States.JsonMerge($.a, $.b, $.deep)", {"a": {"x": 1}, "b": {}, "deep": "false"}, {"x": 1}),
    ("States.ArrayLength($.a[*].no)", {"a": [1, 2]}, 0),
]  # fmt: skip
AS_JAVA_WRITES = [  # Double.toString and Map.toString
    ("States.Format('{}', $.in)", {"in": 12345678.5}, "1.23456785E7"),
    ("States.Format('{}', $.in)", {"in": 0.00012}, "1.2E-4"),
    ("States.Format('{}', $.in)", {"in": -1e21}, "-1.0E21"),
    ("States.Format('{}', $.in)", {"in": [1.0, {"a": ["b", None]}, True]}, "[1.0, {a=[b, null]}, true]"),
    ("States.JsonToString($.in)", {"in": {"ä": [1e7, "1e+7", 0.001]}}, '{"ä":[1.0E7,"1e+7",0.001]}'),
]


@pytest.mark.parametrize(("text", "document", "value"), [*BY_AWS_PAGE, *BY_RECORDINGS, *BY_EXECUTIONS, *AS_JAVA_WRITES])
def test_a_function_gives(text: str, document: object, value: object) -> None:
    result = given(text, document)
    assert result == value
    assert type(result) is type(value)


@pytest.mark.parametrize(
    ("text", "document"),
    [
        ("States.ArrayContains($.a, 'x')", {"a": "no array"}),
        ("States.ArrayGetItem($.a, 3)", {"a": [10, 20, 30]}),
        ("States.ArrayGetItem($.a, -1)", {"a": [10, 20, 30]}),
        ("States.ArrayPartition($.a, 0.6)", {"a": [1, 2]}),
        ("States.ArrayRange(1, $.a, 1)", {"a": 1001}),
        ("States.ArrayRange($.a, 10, 0.49)", {"a": 1}),
        ("States.ArrayUnique($.a)", {"a": {}}),
        ("States.Base64Encode($.a)", {"a": "x" * 10_001}),
        ("States.Base64Encode($.a)", {"a": "🚀" * 5_001}),
        ("States.Hash($.a, 'SHA-256')", {"a": "x" * 10_001}),
        ("States.Hash('x', $.a)", {"a": "sha-256"}),
        ("States.JsonMerge($.a, $.b, $.deep)", {"a": {}, "b": {}, "deep": True}),
        ("States.JsonMerge($.a, $.b, false)", {"a": {}, "b": []}),
        ("States.MathAdd($.a, 1)", {"a": "NOT A NUMBER"}),
        ("States.MathAdd($.a, 1)", {"a": True}),
        ("States.MathAdd(2147483647, 1)", {}),
        ("States.MathRandom(1.4, 1.6)", {}),
        ("States.MathRandom(10, 5)", {}),
        ("States.StringSplit($.a, ',')", {"a": 123}),
        ("States.StringToJson($.a)", {"a": {"a": 1}}),
    ],
)
def test_arguments_that_do_not_fit_fail_naming_the_function(text: str, document: object) -> None:
    name = text.partition("(")[0]
    with pytest.raises(IntrinsicError) as told:
        given(text, document)
    assert str(told.value) == (
        f"There was an error while evaluating the intrinsic function: {text}. Invalid arguments in {name}"
    )


@pytest.mark.parametrize("written", ['{"a":1', "NaN", "[" * 100_000], ids=["cut off", "no number", "deep"])
def test_a_text_that_is_no_json_is_told_to_be_none(written: str) -> None:
    """The words up to those of AWS's own parser."""
    with pytest.raises(IntrinsicError, match=r"\. Cannot convert String to Json in States\.StringToJson, caused by: "):
        given("States.StringToJson($.a)", {"a": written})


@pytest.mark.parametrize(("template", "values"), [("{} {}", "$.t"), ("{}", "$.t, $.t")])
def test_a_format_has_a_value_for_each_place(template: str, values: str) -> None:
    with pytest.raises(IntrinsicError, match=r"Invalid arguments in States\.Format: "):
        given(f"States.Format($.t, {values})", {"t": template})


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        ("Hello {", "matching '}' not found for '{'."),
        ("Hello {{}}", "matching '}' not found for '{'."),
        ("}", "matching '{' not found for '}'."),
    ],
)
def test_a_format_has_no_lone_braces(template: str, problem: str) -> None:
    """As executions ended at AWS."""
    with pytest.raises(IntrinsicError) as told:
        given("States.Format($.t, $.t)", {"t": template})
    assert str(told.value) == (
        "There was an error while evaluating the intrinsic function: States.Format($.t, $.t). "
        f"Invalid template in States.Format: {problem}"
    )


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("States.Format('{}', $.nope)", "$.nope"),
        ("States.Format('{}',States.ArrayLength( $.a.b ))", "$.a.b"),
        ("States.Array(1, $.items[5])", "$.items[5]"),
        ("States.JsonToString($$.Nope.Deep)", "$.Nope.Deep"),
    ],
)
def test_an_argument_that_finds_nothing_is_told_with_the_call_as_it_is_written(text: str, argument: str) -> None:
    # Quoted from executions: an index past the end is null in a field, but nothing for a function.
    with pytest.raises(PathError) as told:
        given(text, {"items": [1, 2]})
    assert str(told.value) == (
        f"The function '{text}' had the following error: The JsonPath argument for the field '{argument}' "
        "could not be found in the input '{\"items\":[1,2]}'"
    )


def test_null_is_no_input() -> None:
    with pytest.raises(NoInputError):
        call("States.JsonToString($)", Data(None, CONTEXT, {}), Random(1))


def test_a_call_that_cannot_be_read_fails_when_it_is_made() -> None:
    with pytest.raises(IntrinsicError, match=r"there is no intrinsic function States\.Compare"):
        given("States.Compare($.a, $.b)")


def test_chance_is_the_executions_own_unless_it_has_a_seed() -> None:
    text = "States.MathRandom(-5, 5)"
    thrown = [given(text, seed=seed) for seed in range(200)]
    assert set(thrown) == set(range(-5, 5))
    assert thrown == [given(text, seed=seed) for seed in range(200)]
    seeded = "States.MathRandom(1, 1000, 42)"
    assert given(seeded, seed=1) == given(seeded, seed=2)
    first, second = given("States.Array(States.UUID(), States.UUID())")  # type: ignore[misc]
    assert first != second
    assert first[14] == "4"


def test_a_large_array_and_deep_values_are_no_trouble() -> None:
    document: dict[str, object] = {"a": [{"x": number % 50_000} for number in range(100_000)]}
    deep: object = 1
    for _ in range(20_000):
        deep = {"in": [deep, 1]}
    document["deep"] = [deep, deep]
    assert len(given("States.ArrayUnique($.a)", document)) == 50_000  # type: ignore[arg-type]
    assert given("States.ArrayContains($.a, $.a[99999])", document) is True
    assert len(given("States.ArrayUnique($.deep)", document)) == 1  # type: ignore[arg-type]
    written = '{"in":[' * 20_000 + "1" + ",1]}" * 20_000
    assert given("States.JsonToString($.deep)", document) == f"[{written},{written}]"
    assert len(given("States.Format('{}', $.deep)", document)) > 100_000  # type: ignore[arg-type]
