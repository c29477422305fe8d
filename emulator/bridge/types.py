"""What the parts of the bridge have in common."""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from emulator.cloud import Cloud

Inputs: TypeAlias = Mapping[str, Any]
Created: TypeAlias = tuple[str, dict[str, Any]]
"""A resource's id, and its outputs: the inputs and what the cloud added."""
Create: TypeAlias = Callable[[Cloud, Inputs], Created]
