"""What a definition refers to outside of itself, and how a function's parameters for that are called.

A reference is a text of the definition: a placeholder that deployment fills in (`${ChargeFunction.Arn}`, with what may
stand around it in an ARN), or a name, URL or ARN of one account.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, cast

PLACEHOLDER = re.compile(r"\$\{([A-Za-z_][\w.:/-]*)\}")
_WHOLE = re.compile(r"\$\{[A-Za-z_][\w.:/-]*\}(?::\$\{[A-Za-z_][\w.:/-]*\}|:[\w$-]+)?")
"""A placeholder alone, or that of a function with its alias or version."""
_ARN = re.compile(r"arn:(?:\$\{[\w.:]+\}|[a-z-]+):(?P<service>[a-z0-9-]+):[^:]*:(?P<account>[^:]*):\S+")
PARTITION = "${Partition}"
_PLACES = frozenset({"Account", "Partition", "Region"})
"""Where a deployment is, which is no resource."""
_NAMED_BY = {
    "ApiEndpoint": "api",
    "Bucket": "bucket",
    "BucketName": "bucket",
    "Cluster": "cluster",
    "EventBusName": "bus",
    "FunctionName": "function",
    "JobDefinition": "job_definition",
    "JobName": "job",
    "JobQueue": "job_queue",
    "ProjectName": "project",
    "QueueUrl": "queue",
    "Resource": "function",
    "SecretId": "secret",
    "StateMachineArn": "machine",
    "TableName": "table",
    "TaskDefinition": "task_definition",
    "TopicArn": "topic",
}
"""The parameters of calls that name a resource, and what it is."""
_DATA = frozenset({"Detail", "Input", "Item", "Message", "MessageBody", "Payload"})
"""What a call hands on: names inside are data of whoever gets it."""
_ATTRIBUTES = frozenset({"arn", "bucket", "function_name", "id", "invoke_arn", "name", "qualified_arn", "url"})
_HASH = re.compile(r"[0-9A-F]{8}$|-(?=[A-Za-z]*\d)[0-9A-Za-z]{11,13}$")
"""What the CDK ends its logical ids with, and CloudFormation names that it gives."""
_LETTERS = 40
"""How long a parameter's name is at most, before what tells it from another."""


@dataclass(frozen=True)
class Parameter:
    """A parameter of the function: what it stands for in the definition, and the path of where it stands first.

    `is_text` says that it is a part of longer texts, where only a text can stand, no component.
    """

    name: str
    stands_for: str
    path: str
    is_text: bool


@dataclass
class _Found:
    path: str
    kind: str
    is_text: bool = False


@dataclass
class References:
    """The parameters by what they stand for; `whole` are the places, by container and key, whose value is one."""

    parameters: dict[str, Parameter] = field(default_factory=dict[str, Parameter])
    whole: set[tuple[int, str | int]] = field(default_factory=set[tuple[int, str | int]])

    def of(self, text: str) -> str:
        """The name of the parameter that stands for a text."""
        return self.parameters[text].name

    def used_in(self, node: object) -> list[Parameter]:
        """The parameters that a part of the definition needs."""
        used = set[str]()
        for one in _texts(node):
            is_whole = (id(one.container), one.key) in self.whole
            used |= {one.text} if is_whole else {match[0] for match in PLACEHOLDER.finditer(one.text)}
        return [one for text, one in self.parameters.items() if text in used]


def references(definition: Mapping[str, object], taken: Collection[str] = ()) -> References:
    """The references in a definition; no parameter is called as one of the names that are `taken`."""
    found: dict[str, _Found] = {}
    result = References()
    for one in _texts(definition):
        if (kind := _kind(one)) is not None:
            result.whole.add((id(one.container), one.key))
            found.setdefault(one.text, _Found(one.path, kind))
            continue
        for match in PLACEHOLDER.finditer(one.text):
            found.setdefault(match[0], _Found(one.path, "")).is_text = True
    names = _Names(taken)
    # What has a default goes last.
    for text, one in sorted(found.items(), key=lambda pair: pair[0] == PARTITION):
        name = names.of(text, one.kind)
        result.parameters[text] = Parameter(name, text, one.path, one.is_text)
    return result


class _Text(NamedTuple):
    """A text, what holds it, its key there, and its path; `is_data` inside what a call hands on."""

    container: object
    key: str | int
    text: str
    path: str
    is_data: bool


def _texts(node: object, path: str = "", is_data: bool = False) -> Iterator[_Text]:
    """Every text in a value, keys that hold a placeholder among them."""
    if isinstance(node, dict):
        held = cast("dict[str, object]", node)
        for key, value in held.items():
            inner, data = f"{path}.{key}" if path else key, is_data or key in _DATA
            if PLACEHOLDER.search(key):
                yield _Text(None, key, f"{key} ", inner, True)  # never the whole of a value
            yield from [_Text(held, key, value, inner, data)] if isinstance(value, str) else _texts(value, inner, data)
    elif isinstance(node, list):
        listed = cast("list[object]", node)
        for index, value in enumerate(listed):
            inner = f"{path}[{index}]"
            if isinstance(value, str):
                yield _Text(listed, index, value, inner, is_data)
            else:
                yield from _texts(value, inner, is_data)


def _kind(one: _Text) -> str | None:
    """What a text is if the whole of it is a reference: `table`, `function`, empty for anything; None if it is none."""
    text, named = one.text, None if one.is_data else _NAMED_BY.get(str(one.key))
    if text.startswith(("$.", "$$", "States.")) or text.lstrip().startswith("{%") or ":states:::" in text:
        return None
    if arn := _ARN.fullmatch(text):
        is_of_aws = arn["account"] in ("", "aws") and arn["service"] != "s3"
        return None if is_of_aws else named or arn["service"].replace("-", "_")
    if _WHOLE.fullmatch(text):
        return None if text[2:-1] in _PLACES else named or ""
    return named if "${" not in text and text else None


@dataclass
class _Names:
    """Gives each reference a name of its own."""

    taken: Collection[str]
    given: set[str] = field(default_factory=set[str])

    def of(self, text: str, kind: str) -> str:
        name = snake(_identity(text))
        wanted = [name, f"{name}_{kind}", *(f"{name}_{number}" for number in range(2, 1000))]
        if not name or name[0].isdigit():
            wanted = [f"{kind or 'value'}_{name}".rstrip("_"), *wanted[1:]]
        free = (one for one in wanted if one.isidentifier() and not self._is_taken(one))
        self.given.add(name := next(free))
        return name

    def _is_taken(self, name: str) -> bool:
        return name in self.given or name in self.taken or keyword.iskeyword(name) or hasattr(builtins, name)


def _identity(text: str) -> str:
    """What of a reference names the thing: of an ARN or a URL the thing's own name, of a placeholder what it is of."""
    named = [match[1] for match in PLACEHOLDER.finditer(text) if match[1] not in _PLACES]
    if named:
        return _of_placeholder(named[0] if _WHOLE.fullmatch(text) else named[-1])
    if text.startswith("${"):
        return text[2:-1]
    parts = text.split(":")
    if parts[0] == "arn":
        text = parts[6] if parts[2] == "lambda" and len(parts) > 6 else parts[-1]
    return _HASH.sub("", re.sub(r"^https?://", "", text).rstrip("/*").rpartition("/")[2])


def _of_placeholder(name: str) -> str:
    parts = re.split(r"[.:/]", name)
    # A Terraform address is the type, then the name: aws_lambda_function.charge.arn.
    while len(parts) > 1 and (
        parts[0] in ("data", "each", "local", "module", "self", "var") or parts[0].startswith("aws_")
    ):
        parts = parts[1:]
    if len(parts) > 1 and snake(parts[-1]) in _ATTRIBUTES:
        parts = parts[:-1]
    words = [_HASH.sub("", part) or part for part in parts]
    for ending in ("Arn", "ARN", "_arn"):
        words[-1] = words[-1].removesuffix(ending) or words[-1]
    return "_".join(words)


def snake(text: str) -> str:
    """`text` as Python names things: small letters, digits and underscores."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", text)
    words = [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]
    while len(words) > 1 and len("_".join(words)) > _LETTERS:
        words.pop(0)
    return "_".join(words)[:_LETTERS]
