"""A Pulumi project as its files describe it: where the program is, and what each stack is configured with."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import yaml

from orderflow.errors import OrderflowError


class StackConfigError(OrderflowError):
    """The files lack what `pulumi preview` would ask for, or are no YAML."""


@dataclass(frozen=True)
class Configuration:
    """What the program is given, as Pulumi hands it over: texts, of what is no text in JSON."""

    values: Mapping[str, str]
    secret_keys: frozenset[str]


@dataclass(frozen=True)
class Project:
    """The project whose Pulumi.yaml lies in `folder`: https://www.pulumi.com/docs/iac/concepts/projects/project-file/"""

    folder: Path

    @classmethod
    def around(cls, place: Path) -> Project:
        """The project that `place` lies in: the nearest folder upwards with a Pulumi.yaml, as `pulumi` looks for it.

        Raises:
            FileNotFoundError: when there is none.
        """
        for folder in (place.resolve(), *place.resolve().parents):
            if (folder / "Pulumi.yaml").is_file():
                return cls(folder)
        raise FileNotFoundError(
            f"there is no Pulumi.yaml in {place} or above it: name the project's folder, stack(..., project='infra')"
        )

    @cached_property
    def _settings(self) -> Mapping[str, Any]:
        return _read(self.folder / "Pulumi.yaml")

    @property
    def name(self) -> str:
        if "name" not in self._settings:
            raise StackConfigError(f"{self.folder / 'Pulumi.yaml'} has no `name`, which Pulumi wants of a project")
        return str(self._settings["name"])

    @property
    def program(self) -> Path:
        """The file that Pulumi runs: `main` names it, or the folder that it lies in."""
        main = self.folder / self._settings.get("main", ".")
        return main / "__main__.py" if main.is_dir() else main

    @property
    def stacks(self) -> tuple[str, ...]:
        """The stacks that have a file, Pulumi.STACK.yaml."""
        files = self._configurations.glob("Pulumi.*.yaml")
        return tuple(sorted(file.name.removeprefix("Pulumi.").removesuffix(".yaml") for file in files))

    def configuration(self, stack: str, given: Mapping[str, str]) -> Configuration:
        """The project's values, over them the stack's, and over these what is `given`.

        A secret comes as it stands in the file, encrypted: only its key's owner can read it.

        Raises:
            FileNotFoundError: when other stacks have a file and this one has none, naming those.
            StackConfigError: when a key that the project declares has no value.
        """
        known: dict[str, object] = self._settings.get("config") or {}
        declared = {self._spelt(key): _default(spec) for key, spec in known.items()}
        written = {**declared, **self._of_stack(stack)}
        values = {**written, **given}
        if missing := [key for key, value in values.items() if value is None and self._is_own(key)]:
            raise StackConfigError(
                f"Pulumi.{stack}.yaml has no value for {', '.join(missing)}, nor has Pulumi.yaml a default: "
                f"set one, or give it to the test, config={{'{missing[0]}': '...'}}"
            )
        secret = {key for key, value in written.items() if _holds_secret(value)}
        opened = {key: _opened(value) for key, value in values.items() if value is not None}
        texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in opened.items()}
        return Configuration(texts, frozenset(secret))

    def _of_stack(self, stack: str) -> Mapping[str, Any]:
        file = self._configurations / f"Pulumi.{stack}.yaml"
        if file.is_file():
            return _read(file).get("config") or {}
        if self.stacks:
            raise FileNotFoundError(f"{file.name} does not exist; there are the stacks {', '.join(self.stacks)}")
        return {}

    @property
    def _configurations(self) -> Path:
        return self.folder / self._settings.get("stackConfigDir", ".")

    def _spelt(self, key: str) -> str:
        return key if ":" in key else f"{self.name}:{key}"

    def _is_own(self, key: str) -> bool:
        return key.startswith(f"{self.name}:")


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found: object = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise StackConfigError(f"{file} is no YAML: {' '.join(str(error).split())}; mend it first") from None
    if not isinstance(found, dict):
        raise StackConfigError(f"{file} holds no settings, such as 'name: shop', but {type(found).__name__}")
    return cast("dict[str, Any]", found)


def _default(spec: object) -> object:
    """What a key of Pulumi.yaml is without the stack's word; the short form is the value itself."""
    if not isinstance(spec, dict):
        return spec
    known = cast(dict[str, object], spec)
    return known.get("default", known.get("value"))


def _holds_secret(value: object) -> bool:
    if isinstance(value, dict):
        inner = cast(dict[str, object], value)
        return inner.keys() == {"secure"} or any(map(_holds_secret, inner.values()))
    return isinstance(value, list) and any(map(_holds_secret, cast(list[object], value)))


def _opened(value: object) -> object:
    """The value with each `secure:` replaced by what it holds."""
    if isinstance(value, dict):
        inner = cast(dict[str, object], value)
        return inner["secure"] if inner.keys() == {"secure"} else {key: _opened(one) for key, one in inner.items()}
    return [_opened(one) for one in cast(list[object], value)] if isinstance(value, list) else value
