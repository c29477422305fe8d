"""Faults that only leave a mark: what the function's process was given."""

from __future__ import annotations

import os


def install(address: str) -> None:
    if address == "nowhere":
        raise FileNotFoundError("there are no faults to install")
    os.environ["MARKED_BY"] = address
