"""An analysis in the schema `farmsight.findings/1`, with what it says of its evidence beside the fixed fields."""

from datetime import UTC, datetime
from typing import Any

from farmsight_collector.cli.findings_output import document as findings_document
from farmsight_collector.cli.trace_output import document as trace_document
from farmsight_collector.model.mode import Mode, farm_mode, server_mode
from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.lacking import lacking
from farmsight_collector.queries import findings, messages, status
from farmsight_wire.v1 import query_pb2

_MODES = {Mode.CLASSIC: "49443", Mode.ALTERNATE: "certauth", Mode.UNKNOWN: "unknown"}

_SOURCES = {"content": "content", "stamp": "folder name", "name": "name", "file": "file date"}


def response(analysis: Analysis) -> query_pb2.ListFindingsResponse:
    """Return all findings as the query service would."""
    request = query_pb2.ListFindingsRequest(page_size=findings.LARGEST_PAGE)
    whole = findings.answer(analysis.picture, request)
    while whole.next_page_token:
        request.page_token = whole.next_page_token
        page = findings.answer(analysis.picture, request)
        whole.findings.extend(page.findings)
        whole.next_page_token = page.next_page_token
    return whole


def verdict(analysis: Analysis) -> str:
    """Return one line that claims no more than is proven; what is not known is counted as a collector counts it."""
    picture = analysis.picture
    unknown = messages.unknown_items(picture.farm.servers, picture.evaluation.unknown)
    return status.verdict(picture, status.things(unknown))


def document(analysis: Analysis) -> dict[str, Any]:
    """Return the analysis as JSON values."""
    farm = analysis.picture.farm
    mode = farm_mode(farm)
    traced = [{"file": one.file} | trace_document(one.answer) for one in analysis.traces]
    return findings_document(response(analysis)) | {
        "verdict": verdict(analysis),
        "farm_reason": analysis.farm_reason,
        "mode": {
            "farm": _MODES[mode.mode],
            "reason": mode.reason,
            "servers": [
                {"server": one.name, "mode": _MODES[told.mode], "reason": told.reason}
                for one in farm.of_role("adfs", "wap", "proxy")
                if (told := server_mode(farm, one))
            ],
        },
        "evidence": [
            {
                "server": one.name,
                "role": one.role or None,
                "role_reason": one.role_reason,
                "taken": [_instant(at) for at in one.taken],
                "time_source": _SOURCES[one.time_source],
                "files": list(one.files),
            }
            for one in analysis.servers
        ],
        "lacking": [
            {
                "server": one.server,
                "command": one.command,
                "run": one.run,
                "unknown": list(one.parts),
                "contexts": list(one.contexts),
            }
            for one in lacking(farm, analysis.picture.evaluation.unknown)
        ],
        "not_understood": [
            {
                "file": one.file,
                "line": one.line or None,
                "reason": one.reason,
                "detail": one.detail or None,
                "resembles": one.resembles or None,
            }
            for one in analysis.leftovers
        ],
        "notes": list(analysis.notes),
        "trace": traced[0] if traced else None,
        "traces": traced,
    }


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).replace(microsecond=0).isoformat().replace("+00:00", "Z")
