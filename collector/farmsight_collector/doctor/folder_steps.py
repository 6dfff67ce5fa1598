"""The data folder: who may read it, and whether CA, certificate and tokens are what agents and people expect."""

import os
import stat
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from farmsight_collector import folder
from farmsight_collector.config import Config
from farmsight_collector.doctor.step import FailedError, SkippedError, UnknownError, some
from farmsight_collector.folder import FolderError
from farmsight_collector.identity import authority, serving
from farmsight_collector.identity.authority import Authority, AuthorityError
from farmsight_collector.identity.names import COLLECTOR

CA_ENDS_SOON: Final = timedelta(days=180)  # every agent must be enrolled anew by then
WEB_ENDS_SOON: Final = timedelta(days=14)
RENEWED_LATEST: Final = 0.75  # of its life; it is renewed at half
_SECRET: Final = ("ca.key", "server.key", "query-token", "metrics-token", "store.db", "store.db-wal", "store.db-shm")
_OF_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO


def private(data: Path) -> str:
    """See that secrets are their owner's alone, and that all belong to one owner."""
    here = data.stat()
    if here.st_mode & stat.S_IWOTH and not here.st_mode & stat.S_ISVTX and "KUBERNETES_SERVICE_HOST" not in os.environ:
        raise FailedError(f"everybody may write to {data}: whoever does can be the collector", f"chmod 0700 {data}")
    files = list(_secrets(data))
    known = [(path, path.stat()) for path in files]
    opened = [str(path.relative_to(data)) for path, found in known if found.st_mode & _OF_OTHERS]
    if opened:
        raise FailedError(f"others may read {some(opened)}", f"chmod -R go-rwx {data}")
    strangers = [str(path.relative_to(data)) for path, found in known if found.st_uid != here.st_uid]
    if strangers:
        owner = _name(here.st_uid)
        raise FailedError(f"{some(strangers)} belong to another than {data}", f"chown -R {owner} {data}")
    return f"{data} belongs to {_name(here.st_uid)}; its {len(files)} secret files are readable by nobody else"


def _secrets(data: Path) -> Iterator[Path]:
    yield from (data / name for name in _SECRET if (data / name).exists())
    yield from (path for path in sorted((data / "entra").rglob("*")) if path.is_file())


def _name(uid: int) -> str:
    try:
        import pwd  # noqa: PLC0415 - not on Windows

        return pwd.getpwuid(uid).pw_name
    except (ImportError, KeyError):
        return str(uid)


def certificate_authority(data: Path, now: datetime) -> tuple[Authority, str]:
    """Return the CA, and until when it is good."""
    try:
        found = authority.load(data)
    except AuthorityError as error:
        raise FailedError(str(error), "put ca.key and ca.crt back from a backup; agents trust no other CA") from error
    ends = found.certificate.not_valid_after_utc
    if ends - now < CA_ENDS_SOON:
        raise FailedError(f"the CA {_ended(ends, now)}", "plan a new CA: docs/operate-collector.md, Rotate the CA")
    return found, f"SHA-256 {found.fingerprint.hex()[:16]}..., {_ended(ends, now)}; the key is the certificate's"


def server_certificate(config: Config, ca: Authority, now: datetime) -> str:
    """See that the TLS certificate is of this CA and key, in force, renewed in time, and has the settings' names."""
    again = "farmsight-collector serve makes it anew when it starts; restart it"
    try:
        key = serialization.load_pem_private_key((config.data / serving.KEY).read_bytes(), password=None)
        leaf = x509.load_pem_x509_certificates((config.data / serving.CERTIFICATE).read_bytes())[0]
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise FailedError(f"server.crt and server.key can't be read: {error}", again) from error
    if key.public_key() != leaf.public_key() or not ca.signed(leaf):
        raise FailedError("server.crt is not of server.key, or not of this CA", again)
    begins, ends = leaf.not_valid_before_utc, leaf.not_valid_after_utc
    if now >= begins + RENEWED_LATEST * (ends - begins):
        text = f"the certificate {_ended(ends, now)}, and should have been renewed at half its life"
        raise FailedError(text, "is the disk full, or the collector not running? " + again)
    missing = {COLLECTOR, *config.names} - names_in(leaf)
    if missing:
        raise FailedError(f"the certificate lacks {some(sorted(missing))}, which the settings name", again)
    shown = some(config.names) or "no names in the settings: agents check the one that all collectors have"
    return f"{_ended(ends, now)}, renewed by itself; for {shown}"


def names_in(leaf: x509.Certificate) -> set[str]:
    """Return the DNS names and addresses of a certificate."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {*names.get_values_for_type(x509.DNSName), *map(str, names.get_values_for_type(x509.IPAddress))}


def web_certificate(config: Config, now: datetime) -> str:
    """See the page's own certificate, where the settings give one."""
    if not config.web.certificate:
        raise SkippedError("the page has the collector's own certificate")
    path = config.data / config.web.certificate
    try:
        leaf = x509.load_pem_x509_certificates(path.read_bytes())[0]
        key = serialization.load_pem_private_key((config.data / config.web.key).read_bytes(), password=None)
    except (OSError, ValueError, TypeError, IndexError) as error:
        raise FailedError(f"{path} or its key can't be read: {error}", "correct [web] in collector.toml") from error
    if key.public_key() != leaf.public_key():
        raise FailedError(f"{path} is not of the key {config.web.key}", "correct [web] in collector.toml")
    ends = leaf.not_valid_after_utc
    if ends - now < WEB_ENDS_SOON:
        raise FailedError(f"{path} {_ended(ends, now)}", "put the next one there, and restart the collector")
    return f"{path} {_ended(ends, now)}"


def query_token(data: Path) -> str:
    """See that the token is there that lets the command line in."""
    try:
        folder.query_token(data)
    except FolderError as error:
        raise FailedError(str(error), "put query-token back from a backup, and restart the collector") from error
    except OSError as error:
        raise UnknownError(str(error)) from error
    return "query-token is there"


def _ended(ends: datetime, now: datetime) -> str:
    days = (ends - now).days
    return f"ends {ends:%Y-%m-%d}, in {days} days" if ends > now else f"ended {ends:%Y-%m-%d}"
