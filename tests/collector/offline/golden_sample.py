"""What the sample farm is expected to say; run as a program, writes the expectation anew."""

import io
import json
from datetime import UTC, datetime
from pathlib import Path

from farmsight_collector.cli.analysis_output import print_analysis
from farmsight_collector.cli.output import Output
from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.document import document
from farmsight_collector.offline.reading import Request

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "docs/sample-evidence"
EXPECTED = ROOT / "tests/vectors/sample"


def said():
    """Return what the analysis says of the sample farm: the JSON document, and the text."""
    stream = io.StringIO()
    with analysed(Request(paths=(SAMPLE,), roles={}), now=datetime(2030, 1, 1, tzinfo=UTC)) as analysis:
        print_analysis(Output(stream, width=200), analysis, details=True)
        return document(analysis), stream.getvalue()


if __name__ == "__main__":
    made, text = said()
    EXPECTED.mkdir(parents=True, exist_ok=True)
    (EXPECTED / "findings.json").write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (EXPECTED / "findings.txt").write_text(text, encoding="utf-8")
