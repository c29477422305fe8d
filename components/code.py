"""What a function runs: a handler of Python with what it imports, a folder of another language, or an image."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import pulumi

from asl import Account
from asl.permissions.roles import repository_arn

from .handler_files import HandlerRefusedError
from .images import advise_digest
from .packaging import BOOTSTRAP, Architecture, Package, handler_files, package_folder, package_handler
from .runtimes import deprecated, refused, starts_from_snapshot
from .snapshots import kept_in_snapshot
from .uses import wrong_with_uses

if TYPE_CHECKING:
    from .function import FunctionArgs

STORAGE = 512
"""The MB that each function has, and the most with which it starts from a snapshot."""
LAYERS = 5
"""https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html"""
_BOUNDS = {"timeout": (1, 900), "memory": (128, 10_240), "storage": (STORAGE, 10_240)}
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
_VARIABLE = re.compile(r"[A-Za-z][A-Za-z0-9_]+")
_ENVIRONMENT = 4096
"""The bytes of all variables: `_VARIABLES_PAGE`."""
_VARIABLES_PAGE = "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html"
_RESERVED = frozenset(
    (
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_INITIALIZATION_TYPE"),
        *("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME", "AWS_LAMBDA_RUNTIME_API"),
        *("LAMBDA_RUNTIME_DIR", "LAMBDA_TASK_ROOT"),
    )
)
"""What Lambda sets itself: `_VARIABLES_PAGE`."""
_SOURCES: Mapping[str, tuple[str, ...]] = {"nodejs": (".js", ".mjs", ".cjs"), "ruby": (".rb",)}
"""How the file may end that a handler names, `index` of `index.handler`:
https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
https://docs.aws.amazon.com/lambda/latest/dg/ruby-handler.html"""


class FunctionRefusedError(ValueError, pulumi.RunError):
    """A function that Lambda would refuse, which Pulumi shows as what the user has to mend."""


class LayerRefusedError(ValueError, pulumi.RunError):
    """A layer for another architecture or Python than its function's, which Pulumi shows as what to mend."""


def code_of(name: str, args: FunctionArgs) -> dict[str, Any]:
    """A function's arguments that say what it runs.

    Raises:
        FunctionRefusedError, LayerRefusedError, HandlerRefusedError, FolderRefusedError: for what would not run.
    """
    if wrong := list(_wrong_with(args, _today())):
        raise FunctionRefusedError("\n".join(f"function '{name}': {one}" for one in wrong))
    if args.image is not None:
        return {"package_type": "Image", "image_uri": args.image}
    package, handler = _of_python(name, args) if args.runtime.startswith("python") else _of_folder(name, args)
    return {
        "runtime": args.runtime,
        "handler": handler,
        "code": pulumi.FileArchive(str(package.path)),
        "source_code_hash": package.digest,
        "layers": [*([args.layer.arn] if args.layer else []), *args.layers],
    }


def tell(args: FunctionArgs, function: pulumi.Resource) -> None:
    """Warn of what runs today and may not tomorrow."""
    if args.image is not None:
        advise_digest(args.image, function)
    elif warning := deprecated(args.runtime, _today()):
        pulumi.log.warn(f"{function.pulumi_resource_name}: {warning}", function)


def _today() -> date:
    return datetime.now(UTC).date()


def _wrong_with(args: FunctionArgs, today: date) -> Iterator[str]:
    """What Lambda would refuse: https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""
    for bounded, (least, most) in _BOUNDS.items():
        if not least <= (given := getattr(args, bounded)) <= most:
            yield f"`{bounded}` is {given}, and Lambda takes {least} to {most:,}"
    if args.reserved_concurrency < -1:
        yield f"`reserved_concurrency` is {args.reserved_concurrency}: -1 reserves nothing, and 0 lets nothing run"
    if args.architecture not in (known := get_args(Architecture)):
        yield f"`architecture` is {' or '.join(known)}, not {args.architecture!r}"
    yield from wrong_with_uses(args.uses, args.environment)
    yield from _wrong_with_variables({**dict.fromkeys((use.variable for use in args.uses), ""), **args.environment})
    if args.image is not None:
        given = [name for name in ("handler", "layer", "layers") if getattr(args, name)]
        if given:
            yield f"it is an `image`, which holds all that it runs: leave out `{'` and `'.join(given)}`"
        if isinstance(args.image, str) and repository_arn(args.image, Account()) is None:
            yield f"`image` is none of ECR's, and Lambda fetches images from nowhere else: {args.image}"
        if args.snap_start:
            yield "an `image` does not start from a snapshot: leave out `snap_start`"
        return
    if not args.handler:
        yield "it has neither a `handler` nor an `image`"
    if problem := refused(args.runtime, today):
        yield problem
    elif args.snap_start and not starts_from_snapshot(args.runtime):
        yield f"Lambda does not start {args.runtime} from a snapshot: leave out `snap_start`"
    if args.snap_start and args.storage > STORAGE:
        yield f"with more `storage` than {STORAGE} MB it does not start from a snapshot: leave out one of them"
    if args.layer and not args.runtime.startswith("python"):
        yield f"its `layer` holds libraries of Python, and its `runtime` is {args.runtime}: give ARNs in `layers`"
    if (count := len(args.layers) + bool(args.layer)) > LAYERS:
        yield f"it has {count} layers, and Lambda takes {LAYERS}"


def _wrong_with_variables(variables: Mapping[str, object]) -> Iterator[str]:
    for name in variables:
        if not _VARIABLE.fullmatch(name):
            yield (
                f"no variable of a function is called {name!r}: two characters or more, letters, digits and _, a "
                f"letter first ({_VARIABLES_PAGE})"
            )
        elif name in _RESERVED:
            yield f"the variable {name} is Lambda's own ({_VARIABLES_PAGE}): call it otherwise"
    known = "".join(f"{name}{value}" for name, value in variables.items() if isinstance(value, str))
    if (size := len(known.encode())) > _ENVIRONMENT:
        yield f"its variables have {size:,} bytes, and Lambda takes {_ENVIRONMENT:,} ({_VARIABLES_PAGE})"


def _of_python(name: str, args: FunctionArgs) -> tuple[Package, str]:
    layer, version = args.layer, args.runtime.removeprefix("python")
    for what, own, of_layer in (
        ("`architecture`", args.architecture, layer.architecture if layer else None),
        ("`runtime`", args.runtime, f"python{layer.package.version}" if layer else None),
    ):
        if layer and own != of_layer:
            raise LayerRefusedError(
                f"function '{name}': {what} is {own}, and its `layer` is for {of_layer}: "
                "libraries of another one do not load; give both the same"
            )
    sources, handler = args.sources.resolve(), args.handler or ""
    held, others = layer.package if layer else None, bool(args.layers)
    if args.snap_start:
        files = handler_files(handler, sources, held, version=version, others=others)
        if kept := kept_in_snapshot(files, sources.parent):
            raise HandlerRefusedError(
                f"the function {handler} cannot start from a snapshot\n" + "\n".join(f"  {one}" for one in kept)
            )
    package = package_handler(handler, sources, held, version=version, others=others)
    return package, f"{sources.name}.{handler}.handler"


def _of_folder(name: str, args: FunctionArgs) -> tuple[Package, str]:
    sources, handler = args.sources.resolve(), args.handler or ""
    package = package_folder(name, sources)
    if not args.layers and (missing := _missing(args.runtime, handler, sources)):
        raise FunctionRefusedError(f"function '{name}': {sources.name}/ has no {missing}, which Lambda would run")
    return package, handler


def _missing(runtime: str, handler: str, sources: Path) -> str:
    """The file that the runtime will look for in vain, where there is no layer that may have it."""
    if runtime.startswith("provided"):
        return "" if (sources / BOOTSTRAP).is_file() else BOOTSTRAP
    ends = next((ends for language, ends in _SOURCES.items() if runtime.startswith(language)), ())
    file = handler.rpartition(".")[0] or handler
    return "" if any((sources / f"{file}{end}").is_file() for end in ends) or not ends else f"{file}{ends[0]}"
