"""A report's source from captured files."""

from typing import Final

from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.document import document, response
from farmsight_collector.report.changes import changes
from farmsight_collector.report.source import FILES, Seen, Source, Traced
from farmsight_collector.shown.texts import instant

_DATED: Final = {"content": "told by a file", "file date": "by the files' dates"}


def source(analysis: Analysis) -> Source:
    """Return what the analysis found, and what the files were."""
    whole, told = document(analysis), response(analysis)
    return Source(
        kind=FILES,
        picture=analysis.picture,
        findings=tuple(told.findings),
        unknown=tuple(told.unknown),
        servers=tuple(
            Seen(
                server=one["server"],
                role=one["role"] or "",
                role_reason=one["role_reason"],
                times=tuple(instant(at) for at in reversed(one["taken"])),
                dated=_DATED.get(one["time_source"], f"by the {one['time_source']}"),
                files=tuple(one["files"]),
            )
            for one in whole["evidence"]
        ),
        farm_reason=analysis.farm_reason.replace(" - of ", " of "),  # of a fact without a key
        changes=changes(
            analysis.before, analysis.picture, [one.name for one in analysis.servers if len(one.taken) > 1]
        ),
        traces=tuple(Traced(file=one.file, answer=one.answer) for one in analysis.traces),
        lacking=tuple(whole["lacking"]),
        leftovers=tuple(whole["not_understood"]),
        notes=analysis.notes,
    )
