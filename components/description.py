"""What a preview writes about each machine, for whoever reviews the change of the program."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import quote

import pulumi

from asl.review.description import FOLDER, Description


def describe(description: Description) -> None:
    """Write `description` into the folder that the environment names, as `python -m asl review` reads it.

    In a preview and nowhere else: a deployment leaves no files behind.
    """
    folder = os.environ.get(FOLDER)
    if folder and pulumi.runtime.is_dry_run():
        Path(folder).mkdir(parents=True, exist_ok=True)
        file = Path(folder, f"{quote(description.name, safe='')}.json")
        file.write_text(description.to_json(), encoding="utf-8")
