"""The bucket that files are put into, and in which what becomes of them is kept."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from botocore.exceptions import ClientError

from handlers.shared.errors import FileRefused

CHUNK = 1_048_576
MAX_FILE = 64 * CHUNK
"""What one function reads, checks and writes down again in its time and its /tmp: some 800,000 rows."""


class IntakeBucket:
    """Its objects, by their keys."""

    def __init__(self, name: str, client: Any) -> None:
        self._name, self._client = name, client

    def chunks(self, key: str, etag: str) -> Iterator[bytes]:
        """The content that was put there with this ETag, piece by piece.

        Raises:
            FileRefused: when it is there no more, or is too large.
        """
        try:
            found = self._client.get_object(Bucket=self._name, Key=key, IfMatch=etag)
        except ClientError as error:
            raise _gone(error) from error
        if found["ContentLength"] > MAX_FILE:
            raise FileRefused(f"the file has {found['ContentLength']:,} bytes and may have {MAX_FILE:,}; split it up")
        yield from found["Body"].iter_chunks(CHUNK)

    def read(self, key: str) -> Iterator[bytes]:
        """The lines of an object."""
        yield from self._client.get_object(Bucket=self._name, Key=key)["Body"].iter_lines(CHUNK)

    def part(self, key: str, first: int, size: int) -> bytes:
        """So many bytes of an object."""
        wanted = f"bytes={first}-{first + size - 1}"
        return self._client.get_object(Bucket=self._name, Key=key, Range=wanted)["Body"].read()

    def put(self, key: str, body: IO[bytes] | bytes) -> None:
        self._client.put_object(Bucket=self._name, Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin so, up to a thousand."""
        found = self._client.list_objects_v2(Bucket=self._name, Prefix=prefix)
        return [one["Key"] for one in found.get("Contents", ())]


def _gone(error: ClientError) -> Exception:
    code = error.response.get("Error", {}).get("Code", "")
    if code in ("PreconditionFailed", "412"):
        return FileRefused(
            "the file was replaced before it was read; the one that took its place is taken in by itself"
        )
    if code in ("NoSuchKey", "404"):
        return FileRefused("the file was gone before it was read; put it there again")
    return error
