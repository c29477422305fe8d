"""Tables with indexes, and functions that read nothing but an index."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emulator.program import run_program
from tests.infra.conftest import Recorder

PROGRAM = """
from pathlib import Path

from components import Function, FunctionArgs, IndexArgs, Logs, Table, TableArgs, Use

by_day = IndexArgs("by-day", "day", "at", holds=("cents",))
by_shop = IndexArgs("by-shop", "shop", "at", holds=())
sales = Table("sales", TableArgs("id", keep=False, indexes=[by_day, by_shop]))
uses = [Use("SALES", sales.index("INDEX"), ("dynamodb:query", "dynamodb:scan"))]
Function("counts", FunctionArgs("counts", None, uses, Logs(7), tracing=False, sources=Path("SOURCES")))
"""


def run(tmp_path: Path, index: str) -> Recorder:
    """The stack of a program with a function that reads `index`."""
    program = tmp_path / "program.py"
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "counts.py").write_text("def handler(event, context): ...\n")
    program.write_text(PROGRAM.replace("INDEX", index).replace("SOURCES", str(tmp_path / "sources")))
    recorder = Recorder()
    run_program(recorder, "dev", program=program)
    return recorder


def test_a_table_declares_the_keys_of_all_its_indexes_once_and_nothing_else(tmp_path: Path) -> None:
    """AWS refuses both a key that is not declared and one that is declared and no key."""
    table = run(tmp_path, "by-day").one("aws:dynamodb/table:Table", "sales").inputs
    assert [attribute["name"] for attribute in table["attributes"]] == ["id", "day", "at", "shop"]
    by_day, by_shop = table["globalSecondaryIndexes"]
    assert (by_day["projectionType"], by_day["nonKeyAttributes"]) == ("INCLUDE", ["cents"])
    assert (by_shop["projectionType"], by_shop.get("nonKeyAttributes")) == ("KEYS_ONLY", None)
    keys = [(key["attributeName"], key["keyType"]) for key in by_shop["keySchemas"]]
    assert keys == [("shop", "HASH"), ("at", "RANGE")]


def test_a_function_that_reads_an_index_knows_the_table_and_may_read_that_index_alone(tmp_path: Path) -> None:
    stack = run(tmp_path, "by-shop")
    function = stack.one("aws:lambda/function:Function", "counts").inputs
    assert function["environment"]["variables"]["SALES"] == "orderflow-dev-sales"
    policy = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", "counts").inputs["policy"])
    reading = {(*one["Action"], *one["Resource"]) for one in policy["Statement"] if "dynamodb" in str(one["Action"])}
    index = "arn:aws:dynamodb:us-east-1:000000000000:table/orderflow-dev-sales/index/by-shop"
    assert reading == {("dynamodb:Query", index), ("dynamodb:Scan", index)}


def test_an_index_that_a_table_does_not_have_stops_the_preview(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="sales has no index 'by-dya'; it has by-day, by-shop"):
        run(tmp_path, "by-dya")
