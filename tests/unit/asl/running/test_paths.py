"""Paths: what they find, what AWS says where they find nothing, and where they put a value.

Recordings hold few paths. The rest is by AWS's page on paths, by what people quote from their executions, and by
Jayway's JsonPath 2.0.0 (with Jackson's nodes), whose behaviour all of these show.
"""

from __future__ import annotations

import pytest

from asl.running.paths import Data, NoInputError, PathError, put, read, reader

STORE = {
    "foo": 123,
    "bar": ["a", "b", "c"],
    "car": {"cdr": True, "list": None},
    "jar": [{"a": 1}, {"a": 5}, {"a": 2}, {"a": 7}, {"a": 3}],
    "orders": [
        {"id": "x", "price": 9.5, "tags": ["new"]},
        {"id": "y", "price": "10", "gift": True},
        {"id": None, "gift": False},
    ],
    "deep": {"box": {"rows": [{"g": 1}, {"g": 2}]}},
    "id": "y",
    "a key": 1,
}


def found(path: str, document: object = STORE) -> object:
    return read(path, Data(document, {"Execution": {"Id": "run"}}, {"total": {"sum": [1, 2]}, "none": None}))


def refused(path: str, document: object = STORE) -> str:
    with pytest.raises(PathError) as told:
        found(path, document)
    return str(told.value)


BY_AWS_PAGE = [
    ("$.foo", 123),
    ("$.bar", ["a", "b", "c"]),
    ("$.car.cdr", True),
    ("$.jar[?(@.a >= 5)]", [{"a": 5}, {"a": 7}]),
    ("$.['a key']", 1),
]
BY_RECORDINGS = [  # of an object without items, and of array access
    ("$.no.items[*]", []),
    ("$.no.items[1:5].itemValue", []),
    ("$.no[:1].itemValue", []),
    ("$.jar[4]", {"a": 3}),
]
BY_EXECUTIONS = [  # as people tell of theirs
    ("$.bar[(@.length-1)]", "c"),
    ("$.bar[9]", None),
    ("$.orders[*].price", [9.5, "10"]),
]
BY_JAYWAY = [
    ("$", STORE),
    ("$$.Execution.Id", "run"),
    ("$total.sum[1]", 2),
    ("$none", None),
    ("$['bar'][-1]", None),
    ("$.bar[0,2,7]", ["a", "c", None]),
    ("$.bar[1:]", ["b", "c"]),
    ("$.bar[:-1]", ["a", "b"]),
    ("$.bar[-2:]", ["b", "c"]),
    ("$.bar[1:-1]", []),
    ("$.bar[-2:-1]", [None]),
    ("$['foo','id','lacks']", {"foo": 123, "id": "y"}),
    ("$.orders[*]['id','gift']", [{"id": "x"}, {"id": "y", "gift": True}, {"id": None, "gift": False}]),
    ("$.deep.*.rows[*].g", [1, 2]),
    ("$..g", [1, 2]),
    ("$..rows[0]", [{"g": 1}]),
    ("$.deep..[?(@.g == 2)]", [{"g": 2}]),
    ("$.deep..[0].g", [1, 2]),
    ("$.foo.*", []),
    ("$.deep.box[?(@.rows)]", [{"rows": [{"g": 1}, {"g": 2}]}]),
]
FILTERS = [
    ("@.id", ["x", "y"]),  # null is nothing
    ("!@.id", [None]),
    ("@.id == null", [None]),
    ("@.id != 'x'", ["y", None]),
    ("@.price == '10'", ["y"]),
    ("@.price < 10", ["x"]),
    ("@.price > 10", []),
    ("@.price >= 9.50", ["x"]),  # a string of digits is compared as a string: "10" comes before "9.50"
    ("@.gift == true", ["y"]),
    ("@.gift != true", [None]),  # what lacks meets no criterion
    ("@.id == $.id", ["y"]),
    ("'y' == @.id", ["y"]),
    ("@.id =~ /[X-Z]/i", ["x", "y"]),
    ("@.id =~ /X/", []),
    ("@.tags[0] == 'new'", ["x"]),
    ("@.gift && @.id == 'y'", ["y"]),
    ("@.id == 'x' || @.gift == true && @.price == '10'", ["x", "y"]),
    ("(@.id == 'x' || @.id == 'y') && @.gift == true", ["x", "y"]),  # parentheses mean nothing
    ('@.id == "y"', []),  # its quotes belong to it
]


@pytest.mark.parametrize(("path", "value"), [*BY_AWS_PAGE, *BY_RECORDINGS, *BY_EXECUTIONS, *BY_JAYWAY])
def test_a_path_finds(path: str, value: object) -> None:
    assert found(path) == value


@pytest.mark.parametrize(("criteria", "ids"), FILTERS)
def test_a_filter_lets_through(criteria: str, ids: list[object]) -> None:
    if "@.tags[0]" in criteria:
        assert found(f"$.orders[0:1][?({criteria})].id") == ids
    else:
        assert found(f"$.orders[?({criteria})].id") == ids


@pytest.mark.parametrize(
    ("path", "cause"),
    [
        # Recorded, of InputPath, OutputPath and TimeoutSecondsPath.
        ("$.NoSuch", "No results for path: $['NoSuch']"),
        # Quoted by people from their executions.
        ("$.bar.length()", "Property ['length()'] not found in path $['bar']"),
        ("$.bar[-1].name", "Property ['name'] not found in path $['bar'][-1]"),
        ("$.foo[0]", "Filter: [0] can only be applied to arrays. Current context is: 123"),
        # Jayway's words in other places.
        ("$.no.such", "Missing property in path $['no']"),
        ("$.car.no", "No results for path: $['car']['no']"),
        ("$.foo.x", "Property ['x'] not found in path $['foo']"),
        ("$.car.list[0]", "The path $['car']['list'] is null"),
        ("$.bar[9].x", "Property ['x'] not found in path $['bar'][9]"),
        ("$.bar[(@.length-1)].x", "Property ['x'] not found in path $['bar'][2]"),
        ("$.jar[0:2].b", "No results for path: $['jar'][0]['b']"),
        ("$.jar[?(@.a == 5)].b", "No results for path: $['jar'][1]['b']"),
        ("$.deep..rows[0].x", "No results for path: $['deep']['box']['rows'][0]['x']"),
        ("$.foo[?(@.x)]", "Filter: [?] can not be applied to primitives. Current context is: 123"),
        ("$.jar[?(@.a == 5)][0]", 'Filter: [0] can only be applied to arrays. Current context is: {"a":5}'),
        ("$['foo','id'].x", "Multi properties can only be used as path leafs: $['foo', 'id']"),
    ],
)
def test_a_path_that_finds_nothing_says_so_as_aws_does(path: str, cause: str) -> None:
    assert refused(path) == f"Invalid path '{path}' : {cause}"


def test_a_variable_that_is_not_assigned_is_named() -> None:
    assert "'rest'" in refused("$rest.sum")


def test_null_has_no_paths_not_even_to_itself() -> None:
    with pytest.raises(NoInputError, match=r"Unable to apply Path transformation to null or empty input\."):
        found("$", None)
    assert found("$$.Execution.Id", None) == "run"


@pytest.mark.parametrize("path", ["$.a[?(@.b in ['x'])]", "$.a[?()]", "$.a[?(@.b[*] == 1)]", "$.a[(1+1)]", "$.a["])
def test_what_step_functions_does_not_know_fails_when_it_is_read(path: str) -> None:
    read_it = reader(path)
    with pytest.raises(PathError, match="Invalid path"):
        read_it(Data({"a": [{"b": 1}]}, {}, {}))


def test_no_document_and_no_path_is_too_large() -> None:
    rows = [{"x": number, "y": str(number)} for number in range(100_000)]
    deep: object = {"x": 1}
    for _ in range(20_000):
        deep = {"in": [deep]}
    document = {"rows": rows, "deep": deep}
    assert found("$.rows[?(@.y == '77')].x", document) == [77]
    assert len(found("$.rows[*].x", document)) == 100_000  # type: ignore[arg-type]
    assert len(found("$..x", document)) == 100_001  # type: ignore[arg-type]
    for path in ("$" + ".a" * 20_000, "$" + "[0]" * 20_000, "$" + "[*]" * 20_000, "$" + "['rows']" * 20_000):
        refused(path)


def test_a_value_is_put_where_a_reference_path_leads() -> None:
    document = {"a": {"b": 1}, "list": [{"x": 1}, 2]}
    assert put("$", document, 5) == 5
    assert put("$.a.c", document, 5) == {"a": {"b": 1, "c": 5}, "list": [{"x": 1}, 2]}
    assert put("$.new.deep.er", {}, 5) == {"new": {"deep": {"er": 5}}}
    assert put("$.list[0].x", document, 5) == {"a": {"b": 1}, "list": [{"x": 5}, 2]}
    assert put("$['a']['b']", document, None)["a"] == {"b": None}  # type: ignore[index]
    assert document == {"a": {"b": 1}, "list": [{"x": 1}, 2]}
    assert put("$.a.b", document, 2)["list"] is document["list"]  # type: ignore[index]
    assert put("$" + ".n" * 5_000, {}, 1)


@pytest.mark.parametrize(
    ("path", "document", "told"),
    [
        ("$.total", [1, 2], 'step "total" to input [1,2]'),
        ("$.a.b.c", {"a": {"b": "text"}}, 'step "c" to input {"a":{"b":"text"}}'),
        ("$.a", "text", 'ReferencePath $.a to input "text"'),
        ("$.a", None, "ReferencePath $.a to input null"),
        ("$.list[2]", {"list": [1, 2]}, 'step "[2]" to input {"list":[1,2]}'),
        ("$.list[0]", {}, 'step "[0]" to input {}'),
    ],
)
def test_nothing_is_put_into_what_is_no_object(path: str, document: object, told: str) -> None:
    # The words are quoted from executions that failed.
    with pytest.raises(PathError) as raised:
        put(path, document, 1)
    assert str(raised.value) == f"Unable to apply {told}"
