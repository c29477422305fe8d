"""The packages' audit: what it makes of sources of advisories that answer, know nothing, or are not there."""

from __future__ import annotations

import json
import runpy
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.forked import forked

SCRIPT = Path(__file__).parents[2] / ".github" / "scripts" / "audit_packages.py"
OLD_HOLE, NEW_HOLE = ("urllib3", "1.26.4"), ("leaky", "1.0")
UNANSWERED = "unanswered"


@pytest.fixture
def advisories() -> Iterator[Callable[[set[tuple[str, str]]], str]]:
    """Starts a source that tells of the given releases, in OSV's form: https://google.github.io/osv.dev/post-v1-query/"""
    servers: list[ThreadingHTTPServer] = []

    def start(known: set[tuple[str, str]]) -> str:
        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                package, version = asked["package"], asked["version"]
                hole = {"id": f"HOLE-{package['name']}", "affected": [{"package": package}]}
                answer = json.dumps({"vulns": [hole]} if (package["name"], version) in known else {}).encode()
                self.send_response(500 if package["name"] == UNANSWERED else 200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: object) -> None:
                pass

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Answers))
        threading.Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()


Audit: TypeAlias = Callable[..., int]


@pytest.fixture(scope="module")
def pip_audit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The command, which loads for four tenths of a second before it asks anybody."""
    spec, folder = find_spec("pip_audit.__main__"), tmp_path_factory.mktemp("bin")
    assert spec
    assert spec.origin
    with forked(folder, {"pip-audit": Path(spec.origin)}, ["pip_audit._cli"]):
        yield folder / "pip-audit"


@pytest.fixture
def audit(tmp_path: Path, pip_audit: Path) -> Audit:
    """The exit code for these packages, with sources at `urls`."""

    def audit(pinned: str, *urls: str) -> int:
        requirements = tmp_path / "requirements.txt"
        requirements.write_text(pinned)
        script: dict[str, Any] = runpy.run_path(str(SCRIPT))
        known = script["main"].__globals__
        python, _, of_pip_audit, *options = known["PIP_AUDIT"]
        assert (python, of_pip_audit) == (sys.executable, "pip_audit")
        known["PIP_AUDIT"] = (str(pip_audit), *options)
        known["SOURCES"] = {url: ("--vulnerability-service", "osv", "--osv-url", url) for url in urls}
        return script["main"](str(requirements))

    return audit


NOWHERE = "http://127.0.0.1:9"
PINNED = "sound==2.0\nleaky==1.1\n"


def test_packages_without_a_known_hole_pass_and_the_output_says_how_many(
    audit: Audit, advisories: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit(PINNED, advisories({OLD_HOLE, NEW_HOLE})) == 0
    said = capfd.readouterr()
    assert "about 2 packages" in said.out
    assert "No known vulnerabilities found" in said.err


def test_a_package_with_a_known_hole_fails_and_is_named(
    audit: Audit, advisories: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit("leaky==1.0\n", NOWHERE, advisories({OLD_HOLE, NEW_HOLE})) == 1
    assert "HOLE-leaky" in capfd.readouterr().out


def test_an_audit_of_nothing_fails(audit: Audit, advisories: Any, capfd: pytest.CaptureFixture[str]) -> None:
    assert audit("# nothing\n", advisories({OLD_HOLE})) == 1
    assert "there is nothing to audit" in capfd.readouterr().err


@pytest.mark.parametrize(("required", "code"), [("", 0), ("1", 1)])
def test_without_a_source_that_is_said_and_fails_where_it_must_not_be(
    required: str,
    code: int,
    audit: Audit,
    advisories: Any,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One cannot be reached, and the other answers that nothing is known of anything."""
    monkeypatch.setenv("REQUIRE_AUDIT", required)
    assert audit("leaky==1.0\n", NOWHERE, advisories(set())) == code
    said = capfd.readouterr().err
    assert "NOT AUDITED" in said
    assert "looked for holes in 1 packages" in said
    assert "https://pypi.org" in said


def test_a_package_that_the_source_does_not_answer_for_fails(
    audit: Audit, advisories: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    assert audit(f"sound==2.0\n{UNANSWERED}==1.0\n", advisories({OLD_HOLE})) != 0
    assert "No known vulnerabilities found" not in capfd.readouterr().err
