"""Zip files for Lambda: the same sources give the same bytes on any machine."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import subprocess
import tempfile
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Literal, TypeAlias

import pulumi

from .handler_files import NOTHING, PYTHON_VERSION, Held, files_of, module_name

PLATFORMS = {"arm64": "aarch64-manylinux2014", "x86_64": "x86_64-manylinux2014"}
"""Lambda's architectures, and what libraries have to be built for to run there."""
Architecture: TypeAlias = Literal["arm64", "x86_64"]
PROVIDED_BY_RUNTIME = ("botocore", "python-dateutil", "six", "urllib3")
"""What Lambda's Python already holds: https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html"""
_NOTES = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json", "uv_build.json", "uv_cache.json"})
"""What an installer notes beside a library: when, from where, and hashes of scripts that begin with a path."""
BOOTSTRAP = "bootstrap"
"""What Lambda runs of a function whose runtime is its own: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html"""
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Lock:
    """Libraries by the `uv.lock` of the project in `project`: its dependency `group`, without those of `left_out`."""

    project: Path
    group: str
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Requirements:
    """Libraries by a file as `pip` reads it, which pins each that is wanted, and what they need in turn."""

    file: Path


@dataclass(frozen=True)
class Package:
    """A zip file on disk; `digest` is its SHA-256 in the form that Lambda reports."""

    path: Path
    digest: str


@dataclass(frozen=True)
class Layer(Package):
    """A layer's zip, for Python's `version`; `mend` says how a library is added to it."""

    mend: str
    version: str = PYTHON_VERSION


UPLOADED_BYTES = 50 * 1024 * 1024
"""What Lambda takes of a zip with the call that makes a function: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class FolderRefusedError(ValueError, pulumi.RunError):
    """A folder that is no function as it is, which Pulumi shows as what the user has to mend."""


def handler_names(folder: Path) -> list[str]:
    """Every handler in `folder`, one for each function."""
    return sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")


def package_folder(name: str, folder: Path) -> Package:
    """The zip of a function that is all in `folder`, as it is there: a bundle, a jar's contents, a program.

    Raises:
        FolderRefusedError: when there is no such folder, nothing in it, or more than Lambda takes.
    """
    if not folder.is_dir():
        raise FolderRefusedError(f"function '{name}': `sources` is no folder: {folder}")
    files = [path for path in folder.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files)
    if not files or size > UPLOADED_BYTES:
        held = f"holds {size / 2**20:,.0f} MB, and Lambda takes {UPLOADED_BYTES // 2**20}" if files else "is empty"
        mend = "; leave out what is not needed, put libraries into a layer, or make it an image" if files else ""
        raise FolderRefusedError(f"function '{name}': {folder} {held}{mend}")
    inside = ((path.relative_to(folder).as_posix(), path) for path in files)
    return Package(*_zip(name, inside, folder.parent / ".build" / folder.name))


def package_handler(
    module: str, folder: Path, layer: Layer | None, *, version: str = PYTHON_VERSION, others: bool = False
) -> Package:
    """The zip of one function: its own file of `folder`, and what it imports of that folder.

    It runs on Python's `version`, and with `others` has layers beside `layer`, which nobody can look into.

    Raises:
        HandlerRefusedError: when a function with `layer` would not find what the handler imports, with what to do.
    """
    files = handler_files(module, folder, layer, version=version, others=others)
    inside = ((path.relative_to(folder.parent).as_posix(), path) for path in files)
    return Package(*_zip(module, inside, folder.parent / ".build" / folder.name))


def handler_files(
    module: str, folder: Path, layer: Layer | None, *, version: str = PYTHON_VERSION, others: bool = False
) -> list[Path]:
    """The files of one function; as `package_handler`."""
    held = _held(layer) if layer else NOTHING
    return files_of(module, folder, replace(held, open=others), version)


@functools.cache
def _held(layer: Layer) -> Held:
    """The modules and packages in a layer."""
    with zipfile.ZipFile(layer.path) as archive:
        paths = [PurePosixPath(name).relative_to("python") for name in archive.namelist()]
    modules = {module_name(path) for path in paths if path.suffix in (".py", ".so")}
    packages = {".".join(folder.parts) for path in paths for folder in path.parents if folder.parts}
    return Held(frozenset(modules | packages), layer.mend)


def package_dependencies(
    libraries: Lock | Requirements, architecture: Architecture = "arm64", version: str = PYTHON_VERSION
) -> Layer:
    """The layer with `libraries` beside boto3 for one version of Python, built again only when they change.

    Raises:
        RuntimeError: with uv's own words when it cannot resolve or download.
    """
    if isinstance(libraries, Lock):
        folder, wanted = libraries.project, _locked(libraries)
        mend = f"add the library that has it to the group `{libraries.group}` of pyproject.toml and run `uv lock`"
    else:
        if not libraries.file.is_file():
            raise FolderRefusedError(f"there is no file of requirements {libraries.file}")
        folder, wanted = libraries.file.resolve().parent, libraries.file.read_text()
        mend = f"add the library that has it to {libraries.file.name}"
    platform = ("--python-platform", PLATFORMS[architecture], "--python-version", version)
    named = hashlib.sha256(" ".join((*platform, wanted)).encode()).hexdigest()
    build = folder / ".build"
    target = build / f"layer-{named[:16]}"
    build.mkdir(exist_ok=True)
    if not target.exists():
        with tempfile.TemporaryDirectory(dir=build) as unfinished:
            requirements, installed = Path(unfinished, "requirements.txt"), Path(unfinished, "layer")
            requirements.write_text(wanted)
            source = ("--requirements", str(requirements), "--only-binary", ":all:", "--no-deps")
            _uv(folder, "pip", "install", "--quiet", *platform, *source, "--target", str(installed / "python"))
            try:
                installed.rename(target)
            except OSError:
                if not target.exists():  # else another run of the program was first
                    raise
    return Layer(*_packed(target, build / named[:16]), mend, version)


@functools.cache
def _packed(installed: Path, build: Path) -> tuple[Path, str]:
    """The zip of an installation, which is never changed, for all programs that run in this process."""
    files = ((path.relative_to(installed), path) for path in (installed / "python").rglob("*") if path.is_file())
    return _zip("dependencies", ((inside.as_posix(), path) for inside, path in files if _ships(inside)), build)


def _locked(lock: Lock) -> str:
    files = (lock.project / name for name in ("pyproject.toml", "uv.lock"))
    read = hashlib.sha256(b"\0".join(file.read_bytes() for file in files if file.is_file()))
    return _exported(lock, read.hexdigest())


@functools.cache
def _exported(lock: Lock, digest: str) -> str:
    """The requirements of a lock; `digest` is that of the files which uv reads them from."""
    left_out = [part for name in PROVIDED_BY_RUNTIME + lock.left_out for part in ("--no-emit-package", name)]
    return _uv(lock.project, "export", "--frozen", "--only-group", lock.group, "--no-header", *left_out)


def _ships(path: Path) -> bool:
    """Whether a file of an installation is the library's own; nothing runs a layer's scripts."""
    is_note = path.parent.suffix == ".dist-info" and path.name in _NOTES
    return not (is_note or path.parts[1] == "bin" or path.parts[1].startswith(".") or "__pycache__" in path.parts)


def _zip(name: str, files: Iterable[tuple[str, Path]], build: Path) -> tuple[Path, str]:
    """Stored, not deflated: what deflate writes depends on the machine's zlib, and Lambda unpacks once."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_STORED) as archive:
        for inside, path in sorted(files):
            entry = zipfile.ZipInfo(inside, _EPOCH)
            entry.create_system = 3  # Unix, also where this runs on Windows
            entry.external_attr = (0o755 if path.name == BOOTSTRAP else 0o644) << 16
            archive.writestr(entry, path.read_bytes())
    packed, file = content.getvalue(), build / f"{name}.zip"
    build.mkdir(exist_ok=True, parents=True)
    if not file.is_file() or file.read_bytes() != packed:
        # Two runs of the program may pack at the same time: each finishes a file of its own.
        with tempfile.TemporaryDirectory(dir=build) as folder:
            (unfinished := Path(folder, file.name)).write_bytes(packed)
            unfinished.replace(file)
    return file, base64.b64encode(hashlib.sha256(packed).digest()).decode()


def _uv(folder: Path, *arguments: str) -> str:
    run = subprocess.run(["uv", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if run.returncode:
        raise RuntimeError(f"uv {arguments[0]} could not prepare the functions' dependencies:\n{run.stderr.strip()}")
    return run.stdout
