"""Tables with indexes, and functions that read nothing but an index."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from orderflow.testing.stack import Stack
from tests.infra.conftest import Run

Reading: TypeAlias = Callable[[str], Stack]

PROGRAM = """
from pathlib import Path

from components import Function, FunctionArgs, IndexArgs, Logs, Table, TableArgs, Use

by_day = IndexArgs("by-day", "day", "at", holds=("cents",))
by_shop = IndexArgs("by-shop", "shop", "at", holds=())
sales = Table("sales", TableArgs("id", keep=False, indexes=[by_day, by_shop]))
uses = [Use("SALES", sales.index("INDEX"), ("dynamodb:query", "dynamodb:scan"))]
Function("counts", FunctionArgs("counts", None, uses, Logs(7), tracing=False, sources=Path("SOURCES")))
"""


@pytest.fixture
def reading(run: Run, tmp_path: Path) -> Reading:
    """The stack of a program with a function that reads the index that is named."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "counts.py").write_text("def handler(event, context): ...\n")
    return lambda index: run(PROGRAM.replace("INDEX", index).replace("SOURCES", str(tmp_path / "sources")))


def test_a_table_declares_the_keys_of_all_its_indexes_once_and_nothing_else(reading: Reading) -> None:
    """AWS refuses both a key that is not declared and one that is declared and no key."""
    table = reading("by-day").one("aws:dynamodb/table:Table", "sales").inputs
    assert [attribute["name"] for attribute in table["attributes"]] == ["id", "day", "at", "shop"]
    by_day, by_shop = table["globalSecondaryIndexes"]
    assert (by_day["projectionType"], by_day["nonKeyAttributes"]) == ("INCLUDE", ["cents"])
    assert (by_shop["projectionType"], by_shop.get("nonKeyAttributes")) == ("KEYS_ONLY", None)
    keys = [(key["attributeName"], key["keyType"]) for key in by_shop["keySchemas"]]
    assert keys == [("shop", "HASH"), ("at", "RANGE")]


def test_a_function_that_reads_an_index_knows_the_table_and_may_read_that_index_alone(
    reading: Reading,
) -> None:
    stack = reading("by-shop")
    function = stack.one("aws:lambda/function:Function", "counts").inputs
    assert function["environment"]["variables"]["SALES"] == "orderflow-dev-sales"
    statements = stack.role("counts").policy["Statement"]
    allowed = {(*one["Action"], *one["Resource"]) for one in statements if "dynamodb" in str(one["Action"])}
    index = "arn:aws:dynamodb:us-east-1:000000000000:table/orderflow-dev-sales/index/by-shop"
    assert allowed == {("dynamodb:Query", index), ("dynamodb:Scan", index)}


def test_an_index_that_a_table_does_not_have_stops_the_preview(reading: Reading) -> None:
    with pytest.raises(KeyError, match="sales has no index 'by-dya'; it has by-day, by-shop"):
        reading("by-dya")
