"""Report: the farm as one file to keep, to print and to send, with or without its names; and what stands for what."""

import json
import re
from typing import Final

from farmsight_collector.queries.questions import Asking
from farmsight_collector.report.collected import source
from farmsight_collector.report.made import Made, made
from farmsight_collector.web.page import Asked, Download, Part

SCHEMA: Final = "farmsight.stand-ins/1"
_NO_NAME: Final = re.compile(r"[^A-Za-z0-9.-]+")


def page(asked: Asked) -> Download:
    """Return the report as of the instant; the name of the file tells no more than its content."""
    redact = asked.parameters.flag("redacted")
    done = _made(asked, redact=redact)
    whose = "redacted" if redact else _NO_NAME.sub("-", asked.farm)[:100]
    return Download(
        name=f"farmsight-report-{whose}-{asked.at:%Y%m%dT%H%M%SZ}.html",
        media_type="text/html",
        content=done.page.encode("utf-8", "replace"),
    )


def names(asked: Asked) -> Download:
    """Return what the stand-ins of the redacted report of this instant stand for."""
    done = _made(asked, redact=True)
    told = dict(done.stand_ins.items()) if done.stand_ins is not None else {}
    content = json.dumps({"schema": SCHEMA, "stand_ins": told}, ensure_ascii=False, indent=1) + "\n"
    return Download(
        name=f"farmsight-names-{asked.at:%Y%m%dT%H%M%SZ}.json",
        media_type="application/json",
        content=content.encode("utf-8", "replace"),
    )


def _made(asked: Asked, *, redact: bool) -> Made:
    asking = Asking(
        connection=asked.connection, now=asked.at, work_out=lambda _connection, _farm, at: asked.evaluated_at(at)
    )
    return made(source(asking, asked.evaluated()), redact=redact)


PAGE: Final = Part(name="report", path="/farms/{farm}/report", template="", values=page)
NAMES: Final = Part(name="report-names", path="/farms/{farm}/report/names", template="", values=names)
