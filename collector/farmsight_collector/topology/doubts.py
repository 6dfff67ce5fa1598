"""Why a way or a thing of the map is not known: nobody looked, looking failed, or what was seen is old."""

from farmsight_collector.model.view import Knowledge, Server
from farmsight_wire.v1.vocabulary import KIND_BY_NAME

Doubt = tuple[str, str]  # "unknown" or "stale", and the reason


def doubt(server: Server, kind: str, context: str | None = None) -> Doubt | None:
    """Return why a server's facts of a kind are not known as of now; None where they are."""
    answer = server.ask(kind, context=context)
    if answer.knowledge is not Knowledge.UNKNOWN:
        return None
    probe = KIND_BY_NAME[kind].probe
    rows = [row for row in server.coverage if row.probe == probe and row.context == context]
    if rows and any(row.stale for row in rows):
        return "stale", f"not seen since {max(row.covered_until for row in rows if row.stale):%Y-%m-%d %H:%M}Z"
    return "unknown", answer.reason


def silence(server: Server) -> Doubt | None:
    """Return why nothing is known of a server; None where something is."""
    if any(not row.stale and row.outcome == "observed" for row in server.coverage):
        return None
    if not server.coverage:
        return "unknown", "nothing was reported"
    if any(row.stale for row in server.coverage):
        return "stale", f"not seen since {max(row.covered_until for row in server.coverage):%Y-%m-%d %H:%M}Z"
    row = server.coverage[0]
    return "unknown", f"{row.outcome}: {row.reason}"
