r"""A CryptnetUrlCache folder: MetaData\NAME says what Content\NAME holds."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts.windows import url_cache_metadata
from farmsight_agent.hosts.windows.url_cache_metadata import Metadata
from farmsight_agent.normalise import certificate_summary, crl_summary, der
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

MOST_FILES: Final = 5_000
LARGEST_BODY: Final = 100 * 1024 * 1024
MOST_BYTES: Final = 400 * 1024 * 1024  # of all bodies in one look


def entries(folder: Path, keep: Callable[[bytes], bytes]) -> list[facts_pb2.UrlCacheEntry]:
    """Return what a cache holds, each URL once, the one fetched last; nothing where there is no cache.

    `keep` takes a body's bytes and returns their SHA-256, or b"" when it does
    not. Raises DeniedError where the cache may not be read; UnavailableError
    where files are of another form than is known: what is not understood may
    be the very URL that somebody looks for. FailedError past a limit.
    """
    found: dict[str, tuple[Metadata, Path]] = {}
    strange = 0
    for path in _files(folder / "MetaData"):
        read = _metadata(path)
        if read is None:
            strange += 1
        elif read.url not in found or _later(read, found[read.url][0]):
            found[read.url] = (read, folder / "Content" / path.name)
    if strange:
        detail = f"{strange} of {strange + len(found)} files in {folder / 'MetaData'} are of another form"
        raise UnavailableError("cache-not-understood", detail, source="file")
    left = MOST_BYTES
    values = []
    for url in sorted(found):
        value, size = _entry(*found[url], left, keep)
        left -= size
        values.append(value)
    return values


def _files(folder: Path) -> Iterator[Path]:
    try:
        listed = sorted(path for path in folder.iterdir() if path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return
    except PermissionError as error:
        raise DeniedError("cache-not-readable", str(folder), source="file") from error
    except OSError as error:
        raise FailedError("cache-not-read", f"{folder}: {error}", source="file") from error
    if len(listed) > MOST_FILES:
        raise FailedError("too-many-files", f"{len(listed)} in {folder}, the limit is {MOST_FILES}", source="file")
    yield from listed


def _metadata(path: Path) -> Metadata | None:
    data = _bytes(path, url_cache_metadata.LARGEST)
    return url_cache_metadata.read(data) if data is not None else None


def _later(one: Metadata, other: Metadata) -> bool:
    return one.fetched is not None and (other.fetched is None or one.fetched > other.fetched)


def _entry(
    said: Metadata, content: Path, most: int, keep: Callable[[bytes], bytes]
) -> tuple[facts_pb2.UrlCacheEntry, int]:
    """Return an entry and how many bytes of its body were read; without a body it has what its metadata says."""
    value = facts_pb2.UrlCacheEntry(url=said.url, size=said.size)
    if said.fetched is not None:
        value.fetched_at.CopyFrom(timestamp(said.fetched))
    body = _bytes(content, min(LARGEST_BODY, most))
    if not body:
        return value, 0
    value.size, value.body_sha256 = len(body), keep(body)
    _say(body, keep, value)
    return value, len(body)


def _say(body: bytes, keep: Callable[[bytes], bytes], into: facts_pb2.UrlCacheEntry) -> None:
    """Add what a body that is a CRL says; one that is a certificate ends when that does."""
    if body[0] != der.SEQUENCE:
        return
    crl = crl_summary(body, keep)
    if not crl.parse_error or crl.issuer:
        into.crl.CopyFrom(crl)
        if crl.HasField("next_update"):
            into.expires_at.CopyFrom(crl.next_update)
        return
    certificate = certificate_summary(body, keep)
    if certificate.HasField("not_after"):
        into.expires_at.CopyFrom(certificate.not_after)


def _bytes(path: Path, most: int) -> bytes | None:
    """Return a file's bytes, None where it is gone, larger than `most` or can't be read."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
