"""Objects in S3, as far as a Distributed Map reads and writes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol


class MissingObjectError(Exception):
    """There is no such bucket or object; the text is AWS's."""


class Objects(Protocol):
    """Where they lie."""

    def read(self, bucket: str, key: str) -> bytes:
        """The object's body.

        Raises:
            MissingObjectError: when it is not there.
        """
        ...

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        """What ListObjectsV2 tells of each object under `prefix`: Key, Size, Etag, LastModified, StorageClass."""
        ...

    def write(self, bucket: str, key: str, body: bytes) -> None:
        """Put an object there."""
        ...


class GivenObjects:
    """Objects that are given with an execution, by bucket and key."""

    def __init__(self, given: Mapping[tuple[str, str], bytes]) -> None:
        self.all = dict(given)

    def read(self, bucket: str, key: str) -> bytes:
        try:
            return self.all[bucket, key]
        except KeyError:
            raise MissingObjectError("The specified key does not exist.") from None

    def listed(self, bucket: str, prefix: str) -> Iterator[dict[str, object]]:
        for (held_in, key), body in sorted(self.all.items()):
            if held_in == bucket and key.startswith(prefix):
                yield {"Key": key, "Size": len(body), "StorageClass": "STANDARD", "LastModified": 0, "Etag": ""}

    def write(self, bucket: str, key: str, body: bytes) -> None:
        self.all[bucket, key] = body
