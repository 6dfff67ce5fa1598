"""The machine's trusted authorities, as OpenSSL finds them, and who put each there."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.host import Seen, StoredCertificate
from farmsight_agent.hosts.linux import files
from farmsight_agent.outcome import NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2

# One of these is what the system's TLS libraries read.
BUNDLES: Final = (
    "etc/ssl/certs/ca-certificates.crt",  # Debian, Ubuntu, Arch
    "etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  # Fedora, Red Hat
    "etc/ssl/ca-bundle.pem",  # SUSE
    "etc/ssl/cert.pem",  # Alpine
)
# Where administrators put theirs; what is trusted and also here came from here.
LOCAL: Final = (
    "usr/local/share/ca-certificates",
    "etc/pki/ca-trust/source/anchors",
    "etc/pki/trust/anchors",
)
HASHED: Final = "etc/ssl/certs"  # looked up by the hash of the subject, beside the bundle
_MAX_FILES: Final = 5_000


def certificates(root: Path) -> Seen[StoredCertificate]:
    """Return what the machine trusts; raises UnavailableError where there is no trust store."""
    local = _local(root)
    found: dict[str, tuple[exported.Exported, Path]] = {}
    bundle = next((root / name for name in BUNDLES if (root / name).is_file()), None)
    if bundle is not None:
        for one in exported.read(str(bundle), files.read(bundle)):
            found.setdefault(one.sha1, (one, bundle))
    for path in _hashed(root):
        for one in exported.read(str(path), files.read(path)):
            found.setdefault(one.sha1, (one, path))
    if not found and bundle is None:
        raise UnavailableError("no-trust-store", f"none of {', '.join(BUNDLES)} below {root}", source="linux")
    kept = [(one, path) for one, path in found.values() if not one.is_crl]
    return Seen(
        values=tuple(_stored(one, local=one.sha1 in local) for one, _ in kept),
        source=f"file:{bundle or root / HASHED}",
        lines=tuple(f"file:{local.get(one.sha1) or path}" for one, path in kept),
    )


def _stored(one: exported.Exported, *, local: bool) -> StoredCertificate:
    message = facts_pb2.StoreCertificate(
        store="ROOT",
        location=facts_pb2.STORE_LOCATION_FILE,
        origin=facts_pb2.STORE_ORIGIN_LOCAL_FILE if local else facts_pb2.STORE_ORIGIN_PACKAGE,
    )
    message.certificate.sha1 = one.sha1
    return StoredCertificate(der=one.data, message=message)


def _local(root: Path) -> dict[str, Path]:
    """Return what administrators put there, by thumbprint; a file that can't be read only loses its origin."""
    found: dict[str, Path] = {}
    for folder in LOCAL:
        for path in _plain(root / folder, recursive=True):
            try:
                listed = exported.read(str(path), files.read(path))
            except NotObservedError:
                continue
            found.update({one.sha1: path for one in listed})
    return found


def _hashed(root: Path) -> Iterator[Path]:
    """Yield the files that a look-up by hash finds: eight hex digits and a number."""
    for path in _plain(root / HASHED, recursive=False):
        name, _, number = path.name.partition(".")
        if len(name) == 8 and number.isdigit():
            yield path


def _plain(folder: Path, *, recursive: bool) -> list[Path]:
    try:
        found = sorted(folder.rglob("*") if recursive else folder.iterdir())[:_MAX_FILES]
        return [path for path in found if path.is_file()]
    except OSError:
        return []
