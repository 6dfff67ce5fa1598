"""A report without names: stand-ins in its plain values, before anything is drawn of them.

`gathered` learns names from what is typed, `known` finds them again in any
spelling, `scanning` looks through one text for these and for whatever has
the shape of a name, `stand_ins` gives the same thing the same stand-in, and
`words` says what identifies nobody.
"""

from collections.abc import Mapping
from typing import Any

from farmsight_collector.report.redaction.gathered import Gatherer
from farmsight_collector.report.redaction.known import Known
from farmsight_collector.report.redaction.scanning import Scanner
from farmsight_collector.report.redaction.stand_ins import StandIns
from farmsight_collector.report.redaction.walk import replaced
from farmsight_collector.report.source import Source


def redacted(values: Mapping[str, Any], source: Source) -> tuple[dict[str, Any], StandIns]:
    """Return a report's values with stand-ins for all names, and what stands for what."""
    stand_ins, known = StandIns(), Known()
    Gatherer(stand_ins, known).source(source)
    kept = {**values, "leftovers": [{**one, "detail": None} for one in values["leftovers"]]}  # of no one knows what
    shown: dict[str, Any] = replaced(kept, Scanner(stand_ins, known).said)
    return shown | {"redacted": True}, stand_ins


__all__ = ["StandIns", "redacted"]
