"""The page: one HTML file that asks for nothing, made of the modules, the style and the frame in `page_files/`."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from functools import cache
from pathlib import Path

from asl.viewer.data import Page
from asl.viewer.encoding import encoded

_FILES = Path(__file__).parent / "page_files"
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+\.js)";\n', re.MULTILINE)
_TYPES = re.compile(r"/\*\*.*?\*/\s*", re.DOTALL)
"""What only those who check the script read."""
_EXPORT = re.compile(r"^export (?:const|function|class) (\w+)", re.MULTILINE)


def page(shown: Page) -> str:
    """The page as HTML. Whatever is shown is inert in it: markup, scripts, and characters that steer terminals."""
    script, style = _script(), _read("style.css")
    allowed = f"script-src '{_hash(script)}'; style-src '{_hash(style)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    # In a script element only `<` could end it, or begin a comment that does.
    data = json.dumps(encoded(shown), separators=(",", ":"), default=str).replace("<", "\\u003c")
    # Half of a surrogate pair is no text that a file can hold.
    title = shown.title.encode("utf-8", "replace").decode()
    parts = {"POLICY": policy, "TITLE": html.escape(title), "STYLE": style, "DATA": data, "SCRIPT": script}
    return re.sub(r"<!--(\w+)-->", lambda match: parts[match[1]], _read("frame.html"))


def _hash(text: str) -> str:
    """https://www.w3.org/TR/CSP3/#grammardef-hash-source"""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


@cache
def _read(name: str) -> str:
    return (_FILES / name).read_text("utf-8")


@cache
def _script() -> str:
    """All modules, each after those that it imports, and in a scope of its own as in a browser."""
    order: list[str] = []
    _add("main.js", order)
    return '"use strict";\n' + "".join(map(_scoped, order))


def _add(module: str, order: list[str]) -> None:
    if module not in order:
        for needed in _IMPORT.findall(_read(module)):
            _add(needed[1], order)
        order.append(module)


def _scoped(module: str) -> str:
    text = _TYPES.sub("", _read(module))
    given = ", ".join(_EXPORT.findall(text))
    body = _IMPORT.sub(lambda match: f"const {{{match[1]}}} = {_variable(match[2])};\n", f"\n{text}")
    body = body.replace("\nexport ", "\n")
    return f"const {_variable(module)} = (() => {{{body}return {{ {given} }};\n}})();\n"


def _variable(module: str) -> str:
    return f"module_{module.removesuffix('.js')}"
