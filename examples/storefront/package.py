"""The zip of the shop's function: the handler and the `orderflow` package, which checks orders as its stack does."""

import base64
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path

import orderflow

HERE = Path(__file__).parent
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Package:
    """A zip file, and its SHA-256 as Lambda reports it."""

    path: Path
    digest: str


def package() -> Package:
    """Write the zip. The same sources give the same bytes."""
    installed = Path(orderflow.__file__).parent
    files = {"shop.py": HERE / "shop.py", **{f"orderflow/{file.name}": file for file in installed.glob("*.py")}}
    target = HERE / ".build" / "shop.zip"
    target.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(target, "w") as archive:
        for name, file in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), file.read_bytes())
    return Package(target, base64.b64encode(hashlib.sha256(target.read_bytes()).digest()).decode())
