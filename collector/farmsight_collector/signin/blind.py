"""What can't be had any more: what it showed before is neither confirmed nor gone."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Knowledge, Server
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

# "unavailable": there is no such source here, so it has shown nothing either.
_SILENT: Final = frozenset({"observed", "not_applicable", "unavailable"})


def blind(server: Server, kind: str) -> str:
    """Return why the facts of a kind can't be had on a server that has their source; empty where they can."""
    probe = KIND_BY_NAME[kind].probe
    answer = server.ask(kind)
    if answer.knowledge is not Knowledge.UNKNOWN or not lost(server, probe, None):
        return ""
    return f"{probe} of {server.name}: {answer.reason}"


def lost(server: Server, probe: str, context: str | None) -> bool:
    """Tell whether a part of a probe has its source on the server, and can't be had under this account."""
    rows = (row for row in server.coverage if row.probe == probe and row.context == context)
    return any(row.stale or row.outcome not in _SILENT for row in rows)


def blind_everywhere(farm: Farm, kind: str) -> str:
    """Return why no server can tell the facts of a kind, where one has their source; empty where any can."""
    if any(server.ask(kind).facts for server in farm.servers):
        return ""
    return next((reason for server in farm.servers if (reason := blind(server, kind))), "")


def observers(farm: Farm, server: Server) -> Iterator[Server]:
    """Yield who may have looked at this server as clients do: itself, who is outside, and nodes at nodes."""
    yield server
    yield from farm.of_role("vantage")
    if server.role == "adfs":
        yield from (node for node in farm.of_role("adfs") if node is not server)
