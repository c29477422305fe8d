"""An image of a container that this repository has the code of: what goes into it, and where it is kept."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pulumi
import pulumi_aws as aws

from .naming import REPOSITORY, physical_name

_DIGEST = re.compile(r"^FROM \S+@sha256:[0-9a-f]{64}(?: AS \S+)?$", re.MULTILINE)
_COPY = re.compile(r"^COPY (?P<words>[^\n]+)$", re.MULTILINE)
_HIDDEN = "__pycache__"
TAG_CHARACTERS = 32


class ImageRefusedError(ValueError, pulumi.RunError):
    """A Dockerfile that makes another image tomorrow, or copies what is not there, which Pulumi shows as what the user
    has to mend."""


@dataclass(frozen=True)
class Build:
    """How an image is built: `docker build --file DOCKERFILE CONTEXT`."""

    dockerfile: Path
    context: Path

    def files(self) -> Mapping[str, Path]:
        """What the Dockerfile copies, by its place in the image.

        Raises:
            ImageRefusedError: naming what is copied and not there.
        """
        return {place: file for line in _COPY.finditer(self._text()) for place, file in self._copied(line["words"])}

    def tag(self) -> str:
        """The same for the same image: of what the Dockerfile says, and of all that it copies.

        Raises:
            ImageRefusedError: when the image that it begins with is not named by its digest, or a file is not there.
        """
        text = self._text()
        if _DIGEST.search(text) is None:
            raise ImageRefusedError(
                f"{self.dockerfile.name}: FROM names no digest, so that it is another image tomorrow: name@sha256:…"
            )
        found = hashlib.sha256(text.encode())
        for place, file in sorted(self.files().items()):
            found.update(f"\0{place}\0".encode() + file.read_bytes())
        return found.hexdigest()[:TAG_CHARACTERS]

    def _text(self) -> str:
        return self.dockerfile.read_text()

    def _copied(self, words: str) -> Iterator[tuple[str, Path]]:
        *sources, target = words.split()
        for source in sources:
            file = self.context / source
            if file.is_file():
                yield f"{target}{file.name}" if target.endswith("/") else target, file
            elif file.is_dir():
                inside = (one for one in file.rglob("*") if one.is_file() and _HIDDEN not in one.parts)
                yield from ((f"{target.rstrip('/')}/{one.relative_to(file).as_posix()}", one) for one in inside)
            else:
                raise ImageRefusedError(f"{self.dockerfile.name}: it copies {source}, which is not in {self.context}")


class ContainerImage(pulumi.ComponentResource):
    """A repository of ECR for the image that is built as `build` says, by whoever may push there. With `keep` its
    images survive the stack.

    `uri` names the image by a tag of its content: code that changes wants another image, and nobody writes over one
    that is used. Until it is pushed, a task with it does not start: `CannotPullContainerError`.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html

    Raises:
        ImageRefusedError: for a Dockerfile that would make another image tomorrow, before any resource is registered.
    """

    uri: pulumi.Output[str]
    arn: pulumi.Output[str]

    def __init__(self, name: str, build: Build, *, keep: bool, opts: pulumi.ResourceOptions | None = None) -> None:
        tag = build.tag()
        super().__init__("orderflow:index:ContainerImage", name, None, opts)
        repository = aws.ecr.Repository(
            name,
            name=physical_name(name, REPOSITORY, self),
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration=aws.ecr.RepositoryImageScanningConfigurationArgs(scan_on_push=True),
            force_delete=not keep,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.uri, self.arn = repository.repository_url.apply(lambda url: f"{url}:{tag}"), repository.arn
        self.register_outputs({"uri": self.uri, "arn": self.arn})
