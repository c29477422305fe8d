"""One browser for all tests, and pages that must ask for nothing and complain of nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from asl.viewer import Page as Shown
from asl.viewer import page as html
from tests.browser.tools import chromium, node_modules

WAIT_MS = 30_000
expect.set_options(timeout=WAIT_MS)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    own = (platform.system(), platform.machine()) == ("Linux", "x86_64") or "CHROMIUM" in os.environ
    path, environment = chromium() if own else (None, {})  # elsewhere `playwright install chromium`
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path, env={**os.environ, **environment}, chromium_sandbox=False
        )
        yield browser
        browser.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens what is to be shown, or a file; at the end, nothing may have been asked for, nor anything complained of."""
    complaints: list[str] = []
    asked: list[str] = []
    contexts: list[Any] = []

    def open_it(
        shown: Shown | Path, *, width: int = 1280, height: int = 800, scheme: Any = "light", at: str = ""
    ) -> Page:
        file = shown if isinstance(shown, Path) else tmp_path / f"{len(contexts)}.html"
        if isinstance(shown, Shown):
            file.write_text(html(shown), encoding="utf-8")
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        contexts.append(context)
        opened = context.new_page()
        opened.set_default_timeout(WAIT_MS)
        opened.on("console", lambda message: complaints.append(message.text))
        opened.on("pageerror", lambda error: complaints.append(str(error)))
        opened.on("dialog", lambda dialog: complaints.append(dialog.message))
        opened.on("request", lambda request: asked.append(request.url))
        opened.goto(file.as_uri() + at)
        opened.wait_for_selector("html[data-ready]", state="attached")
        return opened

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
    assert {url.partition("#")[0] for url in asked if not url.startswith(tmp_path.as_uri())} == set()


@pytest.fixture(scope="package")
def axe() -> str:
    """The script of axe-core: https://github.com/dequelabs/axe-core"""
    return (node_modules() / "axe-core" / "axe.min.js").read_text("utf-8")
