"""A report's source from what a collector holds of a farm, as of an instant."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from farmsight_collector.cli.findings_output import instant as iso
from farmsight_collector.clock import timestamp
from farmsight_collector.model.view import Server
from farmsight_collector.queries import messages
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.queries.first_changes import looked_for
from farmsight_collector.queries.questions import Asking
from farmsight_collector.queries.retrievals import DURATIONS
from farmsight_collector.report.changes import Changes, changes
from farmsight_collector.report.source import COLLECTOR, Seen, Source, Traced
from farmsight_collector.shown.picture import told
from farmsight_collector.shown.texts import instant
from farmsight_collector.store.trends import latest

LATELY: Final = timedelta(days=1)


def source(asking: Asking, picture: Evaluated, traces: Sequence[Traced] = ()) -> Source:
    """Return what is known of a farm as of the picture's instant, with what changed in the day before."""
    farm = picture.farm
    whole = looked_for(asking.connection, picture)
    return Source(
        kind=COLLECTOR,
        picture=whole,
        findings=tuple(told(whole)),
        unknown=tuple(messages.unknown_items(farm.servers, whole.evaluation.unknown)),
        servers=tuple(map(_seen, farm.servers)),
        changes=_lately(asking, whole),
        traces=tuple(traces),
        latencies=latest(asking.connection, farm.name, DURATIONS, farm.as_of),
    )


def _lately(asking: Asking, picture: Evaluated) -> Changes | None:
    before = asking.work_out(asking.connection, picture.farm.name, picture.farm.as_of - LATELY)
    known = {one.name for one in before.farm.servers if one.coverage}
    names = [one.name for one in picture.farm.servers if one.name in known]
    return changes(before if names else None, picture, names)


def _seen(server: Server) -> Seen:
    last = iso(timestamp(server.last_seen)) if server.last_seen is not None else ""
    return Seen(
        server=server.name,
        role=server.role,
        times=(instant(last),) if last else (),
        silent=bool(server.coverage) and all(row.stale for row in server.coverage),
        version=server.agent_version,
    )
