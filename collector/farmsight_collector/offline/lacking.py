"""What could not be looked at, and which command on which server would answer it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Coverage, Farm, Server
from farmsight_collector.offline.reading import command_for
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

_LACKS: Final = frozenset({"file-missing", "not-collected"})
# The article's own questions first; what only the collection script gives comes last.
_ORDER: Final = (
    "http-sys/url-reservation",
    "http-sys/tls-binding",
    "certificate-stores",
    "retrievals",
    "adfs/authentication-providers",
    "adfs/trusts",
    "adfs",
    "wap",
    "proxy-settings",
)
_CONTEXTS: Final = tuple(name for name in CONTEXT_NAMES.values() if name)


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One command that was not captured on one server, and what it would have told."""

    server: str
    command: str
    run: str  # the line to type
    parts: tuple[str, ...]  # "probe/part" of what stays unknown without it
    contexts: tuple[str, ...] = ()


def lacking(farm: Farm) -> Iterator[Lack]:
    """Yield what is lacking, server by server, the article's own questions first."""
    for server in farm.servers:
        found: dict[tuple[str, str], list[Coverage]] = {}
        for row in sorted(server.coverage, key=_order):
            if row.reason in _LACKS and _matters(server, row):
                found.setdefault(command_for(row.probe, row.part, server.name), []).append(row)
        for (command, run), rows in found.items():
            yield Lack(
                server=server.name,
                command=command,
                run=run,
                parts=tuple(dict.fromkeys(f"{row.probe}/{row.part}".rstrip("/") for row in rows)),
                contexts=tuple(dict.fromkeys(row.context for row in rows if row.context)),
            )


def _order(row: Coverage) -> tuple[int, str, str]:
    name = f"{row.probe}/{row.part}".rstrip("/")
    place = next((at for at, prefix in enumerate(_ORDER) if name.startswith(prefix)), len(_ORDER))
    return place, name, row.context or ""


def _matters(server: Server, row: Coverage) -> bool:
    """Tell whether it is missed: one account that looked tells what another's missing output would."""
    if row.probe != "retrievals":
        return row.probe != "tls-endpoints"  # nothing that is captured holds those
    return not any(one.probe == "retrievals" and one.outcome == "observed" for one in server.coverage)
