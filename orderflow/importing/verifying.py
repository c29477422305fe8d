"""Whether a written module gives the definition that it was written from."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from orderflow.importing.module import Module


class DiffersError(AssertionError):
    """The function returns something else than what it was written from: a fault of the writer."""


def require_same(module: Module, name: str, definition: Mapping[str, object]) -> None:
    """Load the module, call its function with what each parameter stands for, and compare: values, types and order.

    Raises:
        DiffersError: where they differ.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, f"{name}.py")
        file.write_text(module.text, encoding="utf-8")
        spec = spec_from_file_location(f"imported_{name}", file)
        if spec is None or spec.loader is None:
            raise DiffersError(f"{file} is no module")
        loaded = module_from_spec(spec)
        spec.loader.exec_module(loaded)
    given = {one.name: one.stands_for for one in module.parameters}
    if json.dumps(getattr(loaded, name)(**given)) != json.dumps(definition):
        raise DiffersError(f"what {name} returns is not the definition that it was written from")
