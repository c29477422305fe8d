"""How this package was installed: a project that is begun asks for the same one. PyPI has another by its name."""

from __future__ import annotations

import json
from importlib.metadata import distribution
from typing import Any


def requirement(extra: str) -> str:
    """`orderflow[EXTRA]`, from where it was installed from if that was no index.

    https://packaging.python.org/en/latest/specifications/direct-url-data-structure/
    """
    written = distribution("orderflow").read_text("direct_url.json")
    return f"orderflow[{extra}] @ {_url(json.loads(written))}" if written else f"orderflow[{extra}]"


def _url(found: dict[str, Any]) -> str:
    """The URL as pip takes it, of a repository with the revision."""
    if (vcs := found.get("vcs_info")) is None:
        return found["url"]
    return f"{vcs['vcs']}+{found['url']}@{vcs.get('requested_revision') or vcs['commit_id']}"
