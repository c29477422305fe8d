"""What ships with a handler: what it imports, found without running it; and what would not be there is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.handler_files import HandlerRefusedError, Held, files_of

LAYER = Held(frozenset({"stripe", "stripe.checkout", "aws_lambda_powertools"}), "add it to the lock")
DEFINES = "def handler(event, context): ...\n"


@pytest.fixture
def handlers(tmp_path: Path) -> Path:
    """A folder of handlers in a project, in which each file imports nothing yet."""
    folder = tmp_path / "handlers"
    for file in ("__init__.py", "other.py", "shared/__init__.py", "shared/a.py", "shared/b.py", "shared/deep/c.py"):
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"NAME_{Path(file).stem} = 1\n")
    (folder / "shared/deep/__init__.py").write_text("")
    (folder / "shared/bare").mkdir()
    (folder / "shared/bare/d.py").write_text("")
    (folder / "other.py").write_text(DEFINES)
    (tmp_path / "asl").mkdir()
    return folder


def shipped(handlers: Path, source: str) -> set[str]:
    """The files that ship with a handler of this source, beside the handler and the package that it is in."""
    (handlers / "one.py").write_text(source + "\n" + DEFINES)
    found = {path.relative_to(handlers).as_posix() for path in files_of("one", handlers, LAYER)}
    assert {"__init__.py", "one.py"} <= found
    return found - {"__init__.py", "one.py"}


SHARED, A, B, C = "shared/__init__.py", "shared/a.py", "shared/b.py", "shared/deep/c.py"
DEEP = "shared/deep/__init__.py"


@pytest.mark.parametrize(
    ("source", "files"),
    [
        ("", set()),
        ("import handlers.shared.a", {SHARED, A}),
        ("import handlers.shared.a as x, handlers.shared.b", {SHARED, A, B}),
        ("from handlers.shared import a", {SHARED, A}),
        ("from handlers.shared import a as x, NAME___init__", {SHARED, A}),
        ("from handlers.shared.a import NAME_a", {SHARED, A}),
        ("from handlers.shared.a import *", {SHARED, A}),
        ("from handlers import shared", {SHARED}),
        ("from handlers.other import handler", {"other.py"}),
        ("from .shared import a", {SHARED, A}),
        ("from .shared.deep.c import NAME_c", {SHARED, DEEP, C}),
        ("from . import other", {"other.py"}),
        ("from handlers.shared.deep import c", {SHARED, DEEP, C}),
        ("from handlers.shared.bare import d", {SHARED, "shared/bare/d.py"}),
        ("import handlers.shared.bare.d", {SHARED, "shared/bare/d.py"}),
        ("def f():\n    from handlers.shared import a", {SHARED, A}),
        ("class X:\n    async def f(self):\n        import handlers.shared.a", {SHARED, A}),
        ("if True:\n    import handlers.shared.a\nelse:\n    import handlers.shared.b", {SHARED, A, B}),
        ("try:\n    import handlers.shared.a\nexcept ImportError:\n    import handlers.shared.b", {SHARED, A, B}),
        ("if TYPE_CHECKING:\n    import handlers.shared.a, mypy_boto3_sqs", set()),
        ("if typing.TYPE_CHECKING:\n    import handlers.shared.a\nelse:\n    import handlers.shared.b", {SHARED, B}),
        ("if not TYPE_CHECKING:\n    import handlers.shared.a\nelse:\n    import handlers.shared.b", {SHARED, A}),
        ("if TYPE_CHECKING and x:\n    import handlers.shared.a", set()),
        ("if x:\n    pass\nelif TYPE_CHECKING:\n    import handlers.shared.a", set()),
        ("import json, boto3.session, stripe.checkout, urllib3", set()),
        ("from stripe import StripeClient", set()),
        ("try:\n    import orjson\nexcept ImportError:\n    orjson = None", set()),
        ("with contextlib.suppress(ModuleNotFoundError):\n    import orjson", set()),
    ],
)
def test_what_is_imported_ships(handlers: Path, source: str, files: set[str]) -> None:
    assert shipped(handlers, source) == files


def test_what_is_imported_by_what_is_imported_ships_also_around_in_a_circle(handlers: Path) -> None:
    (handlers / "shared/a.py").write_text("from . import b\n")
    (handlers / "shared/b.py").write_text("from .deep import c\nfrom ..shared import a\n")
    (handlers / "shared/__init__.py").write_text("from handlers import other\n")
    assert shipped(handlers, "from handlers.shared import a") == {SHARED, A, B, DEEP, C, "other.py"}


@pytest.mark.parametrize(
    ("source", "told"),
    [
        (
            "import requests",
            "one.py:1 imports requests, which is not in handlers/, Python 3.13's library, the layer or",
        ),
        ("\n\ndef f():\n    import numpy.linalg", "one.py:4 imports numpy.linalg, which is not in"),
        ("import numpy", "the layer or beside boto3: add it to the lock, or import it under `if TYPE_CHECKING:`"),
        ("import mypy_boto3_sqs", "import it under `if TYPE_CHECKING:` where only types need it"),
        ("import cgi", "one.py:1 imports cgi, which is not in handlers/, Python 3.13's library"),
        ("from asl import check", "one.py:1 imports asl, which does not ship: move what it needs to handlers/shared/"),
        ("import stripe.chekout", "which the layer's stripe does not have (did you mean stripe.checkout?)"),
        (
            "from handlers.shared import aa",
            "shared.aa, which does not exist (did you mean handlers.shared.a?)",
        ),
        ("import handlers.sharde.a", "handlers.sharde.a, which does not exist (did you mean handlers.shared.a?)"),
        (
            "from handlers.shared.a import NAME_A",
            "which does not exist (did you mean handlers.shared.a.NAME_a?)",
        ),
        ("from .shard import a", "one.py:1 imports handlers.shard, which does not exist"),
        ("from handlers.shared import *", "* from the package handlers.shared, which does not say what: name it"),
        ("from .. import asl", "one.py:1 imports ..asl, which is above handlers/"),
        ("import importlib\nimportlib.import_module(x)", "one.py:2 loads a module by import_module, which cannot be"),
        ("from importlib import import_module as load", "one.py:1 loads a module by import_module"),
        ("__import__('handlers.shared.a')", "write an import statement, inside a function where it is to load late"),
        ("def (", "handlers/one.py:1 is no Python: "),
        ("try:\n    import orjson\nexcept ValueError:\n    pass", "one.py:2 imports orjson, which is not in"),
    ],
)
def test_what_a_function_would_not_find_is_refused_with_its_line(handlers: Path, source: str, told: str) -> None:
    with pytest.raises(HandlerRefusedError) as refused:
        shipped(handlers, source)
    assert told in str(refused.value)


def test_everything_wrong_is_told_at_once_also_in_shared_files(handlers: Path) -> None:
    (handlers / "shared/b.py").write_text("\nimport numpy\n")
    with pytest.raises(HandlerRefusedError) as refused:
        shipped(handlers, "import pandas\nfrom handlers.shared import b")
    lines = str(refused.value).splitlines()
    assert lines[0] == "the function one would not run"
    assert [line.split(" imports")[0].strip() for line in lines[1:]] == ["handlers/one.py:1", "handlers/shared/b.py:2"]


def test_a_name_that_only_running_makes_is_believed(handlers: Path) -> None:
    (handlers / "shared/a.py").write_text("from json import *\n")
    (handlers / "shared/b.py").write_text("def __getattr__(name): ...\n")
    assert shipped(handlers, "from handlers.shared.a import dumps\nfrom .shared.b import x") == {SHARED, A, B}


def test_a_file_without_a_handler_is_refused(handlers: Path) -> None:
    (handlers / "one.py").write_text("def handle(event, context): ...\n")
    with pytest.raises(HandlerRefusedError, match=r"handlers/one\.py defines no `handler`, which Lambda calls"):
        files_of("one", handlers, LAYER)
