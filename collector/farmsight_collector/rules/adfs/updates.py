"""Which updates an AD FS node on Windows Server 2012 R2 has."""

import re
from collections.abc import Iterator

from farmsight_collector.model.view import Held, Server

_KB = re.compile(r"(?:KB)?(\d{6,8})", re.IGNORECASE)


def on_2012_r2(server: Server) -> Iterator[Held]:
    """Yield the server's identity when it runs Windows Server 2012 R2; raises UnknownFactError."""
    for held in server.need("host"):
        windows = "windows" in held.value.os_name.lower()
        if windows and re.match(r"6\.3(\.|$)", held.value.os_version):
            yield held


def installed(held: Held) -> frozenset[int]:
    """Return the numbers of the updates that are listed as installed; none at all means that none were collected."""
    found = (_KB.fullmatch(text.strip()) for text in held.value.installed_updates)
    return frozenset(int(match[1]) for match in found if match)
