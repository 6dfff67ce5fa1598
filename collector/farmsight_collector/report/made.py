"""The page of a source, as it is or with stand-ins for the names in it."""

from dataclasses import dataclass

from farmsight_collector.report import render
from farmsight_collector.report.redaction import StandIns, redacted
from farmsight_collector.report.source import Source
from farmsight_collector.report.view import view


@dataclass(frozen=True, kw_only=True)
class Made:
    """One page, and with redaction what stands for what."""

    page: str
    stand_ins: StandIns | None = None


def made(source: Source, *, redact: bool = False) -> Made:
    """Return the page of a source."""
    values = view(source)
    if not redact:
        return Made(page=render(values))
    shown, stand_ins = redacted(values, source)
    return Made(page=render(shown), stand_ins=stand_ins)
