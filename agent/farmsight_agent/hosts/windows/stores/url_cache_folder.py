r"""A CryptnetUrlCache folder: MetaData\NAME says what Content\NAME holds.

The folder is the account's own, and the agent may read what the account may
not. So nothing is followed that leads elsewhere (links of any kind, on the
way or at its end), and only what is a CRL, a certificate or an answer about
one leaves the server.
"""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from farmsight_agent.clock import timestamp
from farmsight_agent.hosts.windows.stores import url_cache_metadata
from farmsight_agent.hosts.windows.stores.url_cache_metadata import Metadata
from farmsight_agent.normalise import certificate_summary, crl_summary
from farmsight_agent.outcome import DeniedError, FailedError, UnavailableError
from farmsight_agent.retrieve.sniff import sniff
from farmsight_wire.v1 import facts_pb2

MOST_FILES: Final = 5_000
LARGEST_BODY: Final = 100 * 1024 * 1024
MOST_BYTES: Final = 400 * 1024 * 1024  # of all bodies in one look
_ELSEWHERE: Final = 0x20000000  # of a reparse tag: a junction, a link (winnt.h, IsReparseTagNameSurrogate)
_KEPT: Final = frozenset(
    {
        facts_pb2.BODY_KIND_DER_CRL,
        facts_pb2.BODY_KIND_DER_CERTIFICATE,
        facts_pb2.BODY_KIND_PKCS7,
        facts_pb2.BODY_KIND_OCSP_RESPONSE,
    }
)


def entries(folder: Path, keep: Callable[[bytes], bytes], profile: Path | None = None) -> list[facts_pb2.UrlCacheEntry]:
    """Return what a cache holds, each URL once, the one fetched last; nothing where there is no cache.

    Below `profile` everything is the account's. `keep` takes a body's bytes
    and returns their SHA-256, or b"" when it does not. Raises DeniedError
    where the cache may not be read; UnavailableError where files are of
    another form than is known (what is not understood may be the very URL
    that somebody looks for), and where a folder leads elsewhere. FailedError
    past a limit.
    """
    for part in ("MetaData", "Content"):
        _refuse_links(folder / part, profile or folder)
    found: dict[str, tuple[Metadata, Path]] = {}
    strange = 0
    for path in _files(folder / "MetaData"):
        read = _metadata(path)
        if read is None:
            strange += os.path.lexists(path)  # else it was thrown out since it was listed
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


def _refuse_links(folder: Path, profile: Path) -> None:
    """Raise UnavailableError where a folder below the profile, or one on the way to it, is a link."""
    for path in (folder, *folder.parents):
        if path == profile:
            return
        try:
            status = path.lstat()
        except OSError:
            continue  # what is not there leads nowhere; what may not be seen shows when it is opened
        if _leads_elsewhere(status):
            raise UnavailableError("cache-elsewhere", f"{path} leads elsewhere", source="file")


def _leads_elsewhere(status: os.stat_result) -> bool:
    return stat.S_ISLNK(status.st_mode) or bool(getattr(status, "st_reparse_tag", 0) & _ELSEWHERE)


def _files(folder: Path) -> Iterator[Path]:
    try:
        listed = sorted(path for path in folder.iterdir() if not path.is_dir())
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
    value.size = len(body)
    if sniff(body) in _KEPT:
        value.body_sha256 = keep(body)
        _say(body, keep, value)
    return value, len(body)


def _say(body: bytes, keep: Callable[[bytes], bytes], into: facts_pb2.UrlCacheEntry) -> None:
    """Add what a body that is a CRL says; one that is a certificate ends when that does."""
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
    """Return a file's bytes, None where it is gone, larger than `most`, no file of its own or can't be read."""
    try:
        seen = path.lstat()
        if not stat.S_ISREG(seen.st_mode) or _leads_elsewhere(seen) or seen.st_nlink > 1:
            return None
        with path.open("rb") as file:
            if not os.path.samestat(seen, os.fstat(file.fileno())):
                return None  # put in its place meanwhile
            data = file.read(most + 1)
    except OSError:
        return None
    return data if len(data) <= most else None
