"""What could not be looked at, and which command on which server would answer it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from farmsight_collector.model.view import Coverage, Farm, Server
from farmsight_collector.offline.reading import command_for
from farmsight_collector.rules.engine import Unknown
from farmsight_collector.rules.rule import CannotTell

STORES: Final = "certificate-stores"
LACKS: Final = frozenset({"file-missing", "not-collected"})
# The article's own questions first; what only the collection script gives comes last.
_ORDER: Final = (
    "http-sys/url-reservation",
    "http-sys/tls-binding",
    STORES,
    "retrievals",
    "adfs/authentication-providers",
    "adfs/trusts",
    "adfs",
    "wap",
    "proxy-settings",
)


@dataclass(frozen=True, kw_only=True)
class Lack:
    """One command that was not captured on one server, and what it would have told."""

    server: str
    command: str
    run: str  # the line to type
    anywhere: str  # the same, as it is right on any server
    parts: tuple[str, ...]  # "probe/part" of what stays unknown without it
    contexts: tuple[str, ...] = ()
    store: str = ""  # that it lists


def lacking(farm: Farm, unknown: Iterable[Unknown] = ()) -> Iterator[Lack]:
    """Yield what is lacking, server by server, the article's own questions first.

    `unknown` is what rules could not tell: stores that they ask for and that
    nobody listed are lacking too.
    """
    asked = [one.verdict for one in unknown if one.verdict.probe == STORES and one.verdict.part]
    for server in farm.servers:
        found: dict[tuple[str, str], list[Coverage]] = {}
        for row in sorted(server.coverage, key=_order):
            if row.reason in LACKS and _matters(server, row):
                found.setdefault(command_for(row.probe, row.part, server.name), []).append(row)
        for (command, run), rows in found.items():
            yield Lack(
                server=server.name,
                command=command,
                run=run,
                anywhere=command_for(rows[0].probe, rows[0].part, "")[1],
                parts=tuple(dict.fromkeys(f"{row.probe}/{row.part}".rstrip("/") for row in rows)),
                contexts=tuple(dict.fromkeys(row.context for row in rows if row.context)),
                store=rows[0].part if rows[0].probe == STORES else "",
            )
        yield from (_not_listed(server.name, store) for store in _stores_not_listed(server, asked))


def _stores_not_listed(server: Server, asked: Iterable[CannotTell]) -> list[str]:
    """Return the stores of a server that a rule asked for, and that no output speaks of."""
    listed = {row.part.lower() for row in server.coverage if row.probe == STORES}
    stores = {
        told.part
        for told in asked
        if told.server == server.name or (told.server is None and told.reason.startswith(f"{server.name}: "))
    }
    return sorted(store for store in stores if store.lower() not in listed)


def _not_listed(server: str, store: str) -> Lack:
    command = f"certutil -store {store}"
    name = f"store_{store.lower()}.txt"
    return Lack(
        server=server,
        command=command,
        run=f"{command} > {server}_{name}",
        anywhere=f"{command} > %computername%_{name}",
        parts=(f"{STORES}/{store}",),
        store=store,
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
