"""The certificates in files that a proxy's configuration names."""

from pathlib import Path

from farmsight_agent.hosts.evidence.stores import exported
from farmsight_agent.hosts.linux import files
from farmsight_agent.normalise import certificate_summary
from farmsight_agent.outcome import NotObservedError


def _certificates(path: Path) -> list[exported.Exported]:
    """Return a file's certificates; of a file with the key beside them only those, never the key."""
    return exported.certificates_only(str(path), files.read(path))


def first_thumbprint(path: Path) -> str:
    """Return the thumbprint of the server certificate: the first in the file, or "" when it can't be read."""
    if path.is_dir():  # HAProxy takes the first file of a folder, by name, for clients without a name
        path = next((one for one in sorted(path.iterdir()) if one.is_file()), path)
    try:
        return next((one.sha1 for one in _certificates(path)), "")
    except NotObservedError:
        return ""


def subjects(path: Path) -> list[str]:
    """Return the names of the authorities in a file, in its order; raises when it can't be read."""
    return [certificate_summary(one.data, lambda _data: b"").subject for one in _certificates(path)]
