"""What a path finds, and where a value is put: by AWS's recordings, and where they are silent as Jayway's JsonPath.

What Jayway finds was seen of its versions 2.0.0 and 2.9.0 with Jackson's nodes, which agree in all that is asked here
but in a field that lacks before a wildcard, a slice or a filter: there 2.0.0 is as AWS was recorded, and in
`(@.length-1)`, which 2.9.0 no longer reads.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest

from asl.running.paths import Data, PathError, put, reader
from tests.steps import steps

ORDERS = [{"id": "a", "total": 5, "paid": True}, {"id": "b", "total": 12}, {"id": "c", "total": 30, "paid": True}]
DOCUMENT: dict[str, Any] = {
    "orders": ORDERS, "name": "x", "nothing": None, "numbers": [1, 2, 3], "empty": [],
    "customer": {"id": "z", "tags": ["p", "q"]}, "two words": 1, "größe": 2,
}  # fmt: skip


def read(path: str, document: object = DOCUMENT) -> object:
    context = {"Execution": {"Id": "arn:1"}, "Task": {"Token": "t"}}
    return reader(path)(Data(document, context, {"order": {"id": 7}, "list": [1, [2, 3]]}))


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", DOCUMENT),
        ("$.name", "x"),
        ("$['name']", "x"),
        ("$.nothing", None),
        ("$.numbers[0]", 1),
        ("$.orders[1].id", "b"),
        ("$['customer']['tags'][1]", "q"),
        ("$['two words']", 1),
        ("$.größe", 2),
        ("$.orders[(@.length-1)].id", "c"),
        ("$.orders[(@.length()-2)].id", "b"),
        ("$$.Execution.Id", "arn:1"),
        ("$$", {"Execution": {"Id": "arn:1"}, "Task": {"Token": "t"}}),
        ("$order.id", 7),
        ("$list[1][0]", 2),
        ("$list[1][*]", [2, 3]),
    ],
)
def test_a_path_to_one_place_gives_what_is_there(path: str, found: object) -> None:
    assert read(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$['name','nothing']", {"name": "x", "nothing": None}),
        ("$.orders[0]['id','total']", {"id": "a", "total": 5}),
        ("$['name','missing']", {"name": "x"}),
    ],
)
def test_several_names_in_one_bracket_are_one_object_of_those_that_are_there(path: str, found: object) -> None:
    assert read(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.orders[*].id", ["a", "b", "c"]),
        ("$.orders.*.id", ["a", "b", "c"]),
        ("$.customer.*", ["z", ["p", "q"]]),
        ("$.orders[0:2].id", ["a", "b"]),
        ("$.orders[1:].id", ["b", "c"]),
        ("$.orders[:1].id", ["a"]),
        ("$.orders[-1:].id", ["c"]),
        ("$.orders[:-1].id", ["a", "b"]),
        ("$.numbers[0,2]", [1, 3]),
        ("$.orders[1,0].id", ["b", "a"]),
        ("$.orders[*]['id','total']", [{"id": "a", "total": 5}, {"id": "b", "total": 12}, {"id": "c", "total": 30}]),
        ("$..id", ["a", "b", "c", "z"]),
        ("$..['id']", ["a", "b", "c", "z"]),
        ("$..['id','total']", [{"id": "a", "total": 5}, {"id": "b", "total": 12}, {"id": "c", "total": 30}]),
        ("$..tags", [["p", "q"]]),
        ("$..tags[0]", ["p"]),
        ("$.orders..id", ["a", "b", "c"]),
        ("$..orders[0].id", ["a"]),
        ("$..tags[*]", ["p", "q"]),
    ],
)
def test_a_path_to_several_places_gives_an_array_in_the_order_of_the_document(path: str, found: object) -> None:
    assert read(path) == found


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.orders[?(@.total > 10)].id", ["b", "c"]),
        ("$.orders[?(@.total>10)].id", ["b", "c"]),
        ("$.orders[?(@.total >= 12)].id", ["b", "c"]),
        ("$.orders[?(@.total <= 5)]", [ORDERS[0]]),
        ("$.orders[?(@.total == 12.0)].id", ["b"]),
        ("$.orders[?(@.paid)].id", ["a", "c"]),
        ("$.orders[?(!@.paid)].id", ["b"]),
        ("$.orders[?(@.paid == true)].id", ["a", "c"]),
        ("$.orders[?(@.paid == false)].id", []),
        ("$.orders[?(@.id == 'b')].total", [12]),
        ("$.orders[?(@['id'] == 'b')].total", [12]),
        ("$.orders[?('b' == @.id)].id", ["b"]),
        ("$.orders[?(@.id != 'b')].id", ["a", "c"]),
        ("$.orders[?(@.id > 'a')].id", ["b", "c"]),
        ("$.orders[?(@.total >= 5 && @.paid == true)].id", ["a", "c"]),
        ("$.orders[?(@.total < 6 || @.total > 20)].id", ["a", "c"]),
        ("$.orders[?(@.id =~ /[AB]/i)].id", ["a", "b"]),
        ("$.orders[?(@.total > $.customer.limit)]", []),
        ("$.numbers[?(@ > 1)]", [2, 3]),
        ("$.customer[?(@.id == 'z')]", [DOCUMENT["customer"]]),
        ("$..orders[?(@.paid)].id", ["a", "c"]),
        ("$..[?(@.total == 12)].id", ["b"]),
        ("$..[?(@.id)].id", ["a", "b", "c", "z"]),
    ],
)
def test_a_filter_gives_an_array_of_what_passes_also_of_one_or_none(path: str, found: object) -> None:
    assert read(path) == found


@pytest.mark.parametrize(
    "path",
    ["$[*]", "$.items[*]", "$.items[1:]", "$.items[:1]", "$.item.items[*]", "$.item.items[1:5]", "$.items[*].value",
     "$.items[1:].value", "$.items[:1].value", "$.item.items[1:5].value"],
)  # fmt: skip
def test_a_path_to_several_places_finds_an_empty_array_in_an_empty_input(path: str) -> None:
    """As AWS was recorded to do, also where the field before the bracket is not there."""
    assert read(path, {}) == []


@pytest.mark.parametrize(
    "path", ["$..missing", "$.orders[*].missing", "$.empty[?(@.x == 1)]", "$.missing[?(@.x == 1)]", "$.name[*]"]
)
def test_descent_wildcards_and_filters_that_find_nothing_give_an_empty_array(path: str) -> None:
    assert read(path) == []


def test_a_path_to_one_place_where_nothing_is_fails_in_aws_words() -> None:
    """The text was recorded for an InputPath whose field is not there."""
    with pytest.raises(PathError) as failed:
        read("$.NoSuchInputPath", {"there": 1})
    assert str(failed.value) == "Invalid path '$.NoSuchInputPath' : No results for path: $['NoSuchInputPath']"


@pytest.mark.parametrize(
    "path",
    ["$.missing", "$.missing.x", "$.orders[0].missing", "$.name.x", "$.name[0]", "$.nothing.x", "$.orders.id",
     "$.customer[0]", "$.missing[0]", "$.orders[9].id", "$.name['a','b']", "$$.Missing", "$unknown.id",
     "$.orders[?(@.total >)].id"],
)  # fmt: skip
def test_a_path_that_leads_through_nothing_or_is_none_fails(path: str) -> None:
    with pytest.raises(PathError):
        read(path)


@pytest.mark.parametrize(
    ("path", "document", "after"),
    [
        ("$", {"a": 1}, "new"),
        ("$.b", {"a": 1}, {"a": 1, "b": "new"}),
        ("$.a", {"a": 1, "b": 2}, {"a": "new", "b": 2}),
        ("$['a b']", {}, {"a b": "new"}),
        ("$.a.b.c", {}, {"a": {"b": {"c": "new"}}}),
        ("$.a.b", {"a": {"x": 1}}, {"a": {"x": 1, "b": "new"}}),
        ("$.list[1]", {"list": [1, 2]}, {"list": [1, "new"]}),
        ("$.list[0].b", {"list": [{"a": 1}]}, {"list": [{"a": 1, "b": "new"}]}),
    ],
)
def test_a_value_is_put_at_a_reference_path_and_objects_are_made_on_the_way(
    path: str, document: object, after: object
) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultpath.html"""
    before = copy.deepcopy(document)
    assert put(path, document, "new") == after
    assert document == before, "the input stays as it is"


def test_putting_a_value_copies_only_what_is_on_the_way() -> None:
    document = {"way": {"here": 1}, "beside": {"large": [1]}}
    after: Any = put("$.way.there", document, 2)
    assert after["beside"] is document["beside"]


@pytest.mark.parametrize(
    ("path", "document"),
    [("$.a.b", {"a": "text"}), ("$.a.b", {"a": [1]}), ("$.a.b.c", {"a": 1}), ("$.list[2]", {"list": [1, 2]}),
     ("$.a[0]", {"a": {}}), ("$.a", [1])],
)  # fmt: skip
def test_no_value_is_put_into_what_is_no_object_or_past_the_end_of_an_array(path: str, document: object) -> None:
    """https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html has ResultPathMatchFailure."""
    with pytest.raises(PathError):
        put(path, document, "new")


@pytest.mark.parametrize("path", ["$.items[*].id", "$..id", "$.items[?(@.id >= 0)].id", "$.items[0:].id"])
def test_many_items_are_read_in_proportion(path: str) -> None:
    few, many = ({"items": [{"id": n} for n in range(count)]} for count in (500, 2_000))
    assert steps(lambda: read(path, many)) < 5 * steps(lambda: read(path, few))
    found = read(path, {"items": [{"id": n} for n in range(100_000)]})
    assert isinstance(found, list)
    assert len(found) == 100_000  # pyright: ignore[reportUnknownArgumentType]


def test_depth_needs_no_recursion() -> None:
    deep: object = {"id": 1}
    for _ in range(20_000):
        deep = {"x": [deep]}
    assert read("$..id", deep) == [1]
    way = "$" + ".x[0]" * 20_000
    assert read(f"{way}.id", deep) == 1
    assert read(f"{way}.id", put(f"{way}.id", deep, 2)) == 2
