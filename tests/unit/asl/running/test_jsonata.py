"""Expressions come to what JSONata 2.0.6 makes of them, with AWS's own functions, limits and texts.

`jsonata/recorded.json` holds what JSONata from npm says of each line of `jsonata/expressions.txt`.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from threading import Thread
from typing import Any, NamedTuple

import pytest

from asl.running.jsonata import EvaluationError, calling, evaluate
from tests.hangs import HANG_SECONDS
from tests.unit.asl.running.recordings import recorded
from tests.unit.asl.running.test_growth import calls

HERE = Path(__file__).parent / "jsonata"
DOCUMENTS = (HERE / "documents.json").read_text()


def number(digits: str) -> int | float:
    """JavaScript's, which has no more digits."""
    return int(digits) if len(digits) < 16 else float(digits)


RECORDED = json.loads((HERE / "recorded.json").read_text(), parse_int=number)


class At(NamedTuple):
    now: float


NOW = At(RECORDED["now"] / 1000)


def value(expression: str, **names: Any) -> Any:
    return evaluate(f"{{% {expression} %}}", names, NOW, Random(1))


def failure(expression: str, **names: Any) -> str:
    with pytest.raises(EvaluationError) as caught:
        value(expression, **names)
    return str(caught.value).removeprefix("threw an error during evaluation")


def sections() -> Iterator[tuple[str, list[str]]]:
    for section in (HERE / "expressions.txt").read_text().split("# ")[1:]:
        title, *lines = section.split("\n")
        yield title, [line for line in lines if line]


def answer(expression: str, names: Any) -> dict[str, Any]:
    """The answer as it is recorded."""
    try:
        return {"result": evaluate(f"{{% {expression} %}}", names, NOW, Random(1))}
    except EvaluationError as error:
        if error.undefined:
            return {"undefined": True}
        text = str(error).removeprefix(f"threw an error during evaluation. {error.code}: ")
        return {"code": error.code, "message": text}


def differs(own: dict[str, Any], recorded: dict[str, Any]) -> bool:
    if recorded.get("code", "").startswith("S"):
        return "cannot be parsed" not in own.get("message", "")
    # A boolean is no number, as it is for Python.
    return own != recorded or json.dumps(own).count("true") != json.dumps(recorded).count("true")


SECTIONS = dict(sections())


@pytest.mark.parametrize("section", SECTIONS)
def test_expressions_come_to_what_jsonata_itself_makes_of_them(section: str) -> None:
    recorded = {
        case["expression"]: {key: case[key] for key in case if key != "expression"} for case in RECORDED["cases"]
    }
    names = json.loads(DOCUMENTS)
    different = [
        (expression, recorded[expression], own)
        for expression in SECTIONS[section]
        if "crash" not in recorded[expression] and differs(own := answer(expression, names), recorded[expression])
    ]
    assert different == []
    assert names == json.loads(DOCUMENTS)


def test_every_expression_is_recorded_with_the_version_that_aws_has() -> None:
    assert RECORDED["version"] == "2.0.6"
    assert [case["expression"] for case in RECORDED["cases"]] == [line for lines in SECTIONS.values() for line in lines]
    assert len(RECORDED["cases"]) > 1200


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]),
        ("$partition([1,2,3,4,5], 2.9)", [[1, 2], [3, 4], [5]]),
        ("$partition([1,2,3])", [[1, 2, 3]]),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(10, 0, -5)", [10, 5, 0]),
        ("$range(1, 9, 9)", 1),
        ("$range(-1.7, 2, 1)", [-1, 0, 1, 2]),
        ("$hash('Hello', 'MD5')", "8b1a9953c4611296a827abf8c47804d7"),
        ("$hash('Hello', 'SHA-1')", "f7ff9e8b7bb2e09b70935a5d785e0cc5d9d0abf0"),
        ("$hash('', 'SHA-256')", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("$random(42)", 0.7275636800328681),
        ("$random(7) = $random(7)", True),
        ("$random() = $random()", False),
        ("$parse('{\"a\": [1, 2.5, null]}')", {"a": [1, 2.5, None]}),
        ("$parse('{\"a\": 1}').a + 1", 2),
        ("$parse('-0')", 0),
        ("$parse('9007199254740993')", 9007199254740993),
        ("$uuid() = $uuid()", False),
        ("$contains($uuid(), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)", True),
    ],
)
def test_aws_has_functions_of_its_own(expression: str, expected: object) -> None:
    assert value(expression) == expected


@pytest.mark.parametrize(
    "expression",
    ["$partition([], 2)", "$partition([1], 0)", "$range(5, 1, 1)", "$range(1, 5, 0)", "$range(1, 5)", "$hash('a')",
     "$parse()"],
)  # fmt: skip
def test_what_aws_functions_cannot_do_comes_to_nothing(expression: str) -> None:
    assert failure(expression) == "returned nothing (undefined)."


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$eval('1')", ". T1006: Attempted to invoke a non-function"),
        ("$randomSeeded(1)", ". T1006: Attempted to invoke a non-function"),
        ("$partition([1], -1)", ". D3137: Second argument must be zero or greater"),
        ("$hash(1, 'MD5')", '. T0410: Argument 1 of function "hash" does not match function signature'),
        ("$uuid(1)", '. T0410: Argument 1 of function "uuid" does not match function signature'),
        ("1 + 'a'", '. T2002: The right side of the "+" operator must evaluate to a number'),
        ("$error('boom')", ". D3137: boom"),
        ("$states.input.nope", "returned nothing (undefined)."),
    ],
)
def test_failures_are_told_as_aws_tells_them(expression: str, expected: str) -> None:
    assert failure(expression, states={"input": {}}) == expected


STACK = ": Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
MEMORY = ": Expression evaluation memory limit exceeded: Check for excessive memory usage"
DEEP = "($f := function($n) { $n = 0 ? 0 : 1 + $f($n - 1) }; $f(%d))"


@pytest.mark.parametrize(
    ("fits", "too_much", "expected"),
    [
        ("+".join(["1"] * 100), "+".join(["1"] * 101), STACK),
        ("(" * 99 + "1" + ")" * 99, "(" * 100 + "1" + ")" * 100, STACK),
        ("($x := 1; " + "(" * 98 + "$x" + ")" * 99, "($x := 1; " + "(" * 99 + "$x" + ")" * 100, STACK),
        ("[1]." + "(" * 98 + "$" + ")" * 98, "[1]." + "(" * 99 + "$" + ")" * 99, STACK),
        ("[" * 99 + "1" + "]" * 99, "[" * 100 + "1" + "]" * 100, STACK),
        (DEEP % 31, DEEP % 32, STACK),
        ("$count([1..873782])", "$count([1..873783])", MEMORY),
        ("$count($range(1, 360145, 1))", "$range(1, 360146, 1)", MEMORY),
        ("$length($pad('', 1000))", "$pad('', 1000000000)", MEMORY),
        ("$string('x')", "($p := function($s, $n) { $n = 0 ? $s : $p($s & $s, $n - 1) }; $p('x', 31))", MEMORY),
    ],
)
def test_aws_limits_end_an_evaluation(fits: str, too_much: str, expected: str) -> None:
    assert value(fits)
    assert failure(too_much) == expected


def test_an_endless_loop_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "MAX_CALLS", 1000)
    assert failure("($f := function($n) { $f($n + 1) }; $f(1))").startswith(": Expression evaluation timeout")


def test_tail_calls_do_not_count_as_depth() -> None:
    assert value("($f := function($n, $sum) { $n = 0 ? $sum : $f($n - 1, $sum + $n) }; $f(5000, 0))") == 12502500


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """Python's own recursion limit, whatever was imported before."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("usual_depth")
def test_deep_data_is_no_error_of_python() -> None:
    data: Any = 1
    for _ in range(5000):
        data = {"a": data}
    assert value("$exists($x.a.a)", x=data) is True
    assert value("$count($x.**)", x=data) == 5001
    assert failure("$string($x)", x=data) == STACK


def test_the_recursion_limit_of_the_process_stays_as_it_is() -> None:
    """jsonata-python 0.7.1 raises it to 10,000 when it is imported."""
    code = (
        "import random, sys; before = sys.getrecursionlimit(); from asl.running.jsonata import evaluate; "
        "from types import SimpleNamespace as At; evaluate('{% $sum([1..3]) %}', {}, At(now=0), random.Random(1)); "
        "print(before == sys.getrecursionlimit())"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "True\n"


def test_time_stands_still_while_an_expression_is_evaluated() -> None:
    assert value("[$now(), $millis(), $now('[Y]')]") == ["2023-11-14T22:13:20.123Z", 1700000000123, "2023"]


def test_chance_comes_from_its_seed() -> None:
    draws = [evaluate("{% [$random(), $uuid(), $shuffle([1..9])] %}", {}, NOW, Random(seed)) for seed in (1, 1, 2)]
    assert draws[0] == draws[1] != draws[2]


def test_a_result_is_plain_json() -> None:
    result = value("{'a': $x.b, 'c': $map($x.b, function($v) { {'v': [$v]} }), 'd': [1..2]}", x={"b": [1, 2]})
    assert result == {"a": [1, 2], "c": [{"v": [1]}, {"v": [2]}], "d": [1, 2]}

    def kinds(part: Any) -> Iterator[type]:
        yield type(part)
        for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            yield from kinds(inner)

    assert set(kinds(result)) == {dict, list, int}


def test_a_workflows_variable_hides_a_function_of_its_name() -> None:
    assert value("$count + 1", count=1) == 2
    assert failure("$count([1])", count=1) == ". T1006: Attempted to invoke a non-function"


def test_threads_do_not_see_each_others_documents() -> None:
    wrong: list[object] = []

    def run(own: int) -> None:
        for _ in range(200):
            found = value("$map($x, function($v) { $v + $y })[0]", x=[own], y=own)
            if found != 2 * own:
                wrong.append(found)

    threads = [Thread(target=run, args=(own,)) for own in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=HANG_SECONDS)
    assert wrong == []


MANY: dict[str, str] = {
    "a path": "$x.k",
    "a filter": "$count($x[k > 3])",
    "order-by": "$x^(>k).k",
    "group-by": "$x{$string(k): v}",
    "one group": "$x{'all': v}",
    "a function for each": "$map($x, function($v, $i) { $v.k + $i })",
    "$reduce": "$reduce($x, function($a, $v) { $a + $v.k }, 0)",
    "$distinct": "$distinct($x)",
    "$spread": "$spread($x)",
    "$sort": "$sort($x.k)",
    "$merge": "$merge($x)",
    "a wildcard": "$x.*",
    "positions": "$x#$i.($i + k)",
    "$string": "$string($x)",
    "$partition": "$partition($x, 10)",
    "$zip": "$zip($x.k, $x.k)",
    "$join": "$join($x.$string(k), ',')",
}


@pytest.mark.parametrize("expression", MANY.values(), ids=MANY)
def test_many_elements_take_work_in_proportion(expression: str) -> None:
    def needed(size: int) -> int:
        data = [{"k": index * 7919 % size, "v": [index]} for index in range(size)]
        return calls(lambda: value(expression, x=data))

    needed(10)  # what is read once
    # Eight times as many in no more than 16 times the calls: 64 times would be quadratic.
    assert needed(4_000) < 16 * needed(500) + 1_000


def test_expressions_recorded_at_aws_can_be_evaluated() -> None:
    found: set[str] = set()

    def walk(node: Any) -> None:
        if isinstance(node, str) and node.startswith("{%") and node.endswith("%}"):
            found.add(node)
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
            walk(inner)

    for kind in "abce":
        for case in recorded(kind):
            walk(case)
    assert len(found) > 50
    told = {text: answer(text[2:-2], {"states": {"input": {}}}).get("message", "") for text in found}
    assert [text for text, message in told.items() if "cannot be parsed" in message] == []
