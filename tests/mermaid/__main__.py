"""Records anew what Mermaid shows: `python -m tests.mermaid`. It needs Node and npm, and takes a minute.

The tests read the record alone, so that they need neither. They say so when pictures are written in another way than
Mermaid was asked about.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.mermaid import NAMES, RECORD, drawings

PACKAGES = ("mermaid@11.12.0", "jsdom@26.1.0")


def main() -> None:
    texts = [text for name in NAMES for text in drawings(name)]
    with tempfile.TemporaryDirectory() as folder:
        install = ["npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL)
        shutil.copy(Path(__file__).parent / "render.mjs", folder)
        render = ["node", str(Path(folder, "render.mjs"))]
        answer = subprocess.run(render, input=json.dumps(texts), capture_output=True, text=True, check=True)
    shown = dict(zip(texts, json.loads(answer.stdout), strict=True))
    record = json.dumps({"packages": PACKAGES, "shown": shown}, indent=1, ensure_ascii=False)
    RECORD.write_text(record + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
