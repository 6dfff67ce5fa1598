"""docs/between-servers.md, made from the table itself: `make rules`."""

import sys
from collections import defaultdict
from collections.abc import Iterator

from farmsight_collector.correlate.alike import TABLE, Expectation, Line
from farmsight_collector.rules.catalogue import RULES

_HEAD = """\
# Between servers

What should be equal between servers, what may differ and what must: made from `correlate/alike.py` by `make rules`.
`farmsight compare` shows for each difference what was expected and what it means here; the rules named judge it, and
their findings say what to do.

*Within*: servers of one role among themselves. *Across*: a proxy and an AD FS node. The severity is that of a
difference that matters; whether one does is decided by the facts:

- a certificate that one server lacks matters where a user's chain needs it there; if none does, it is *info*, and so
  is one whose key stands there under another certificate;
- where a certificate came from says why it is there and not here: policies and the directory reach members of the
  domain alone, and a proxy in a workgroup never gets what they give;
- one URL that serves CRLs of two numbers, by server, account or address, is a copy that lags or a cache; one number
  in other bytes is the same CRL, signed or wrapped twice;
- a binding with another certificate shows clients another one; the same certificate with other settings weighs less;
- offsets of clocks within a minute are equal.

A server that could not be asked is neither equal nor different.
"""
_WORDS = {Expectation.EQUAL: "equal", Expectation.MAY_DIFFER: "may differ", Expectation.MUST_DIFFER: "must differ"}


def page() -> str:
    """Return the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "## The table\n"
    yield "| kind | what | within | across | why | severity | judged by |"
    yield "|---|---|---|---|---|---|---|"
    yield from map(_row, TABLE)
    yield "\n## Which differences a rule judges\n"
    yield "| rule | judges a difference in |"
    yield "|---|---|"
    judged: dict[str, list[str]] = defaultdict(list)
    for line in TABLE:
        for code in line.rules:
            judged[code].append(f"{line.kind}: {line.what}")
    for rule in RULES:
        if rule.code in judged:
            yield f"| `{rule.code}` | {'; '.join(judged[rule.code])} |"


def _row(line: Line) -> str:
    expected = {line.within, line.across} - {Expectation.MAY_DIFFER}
    severity = line.severity.word if expected else "-"
    rules = ", ".join(f"`{code}`" for code in line.rules) or "-"
    return (
        f"| `{line.kind}` | {line.what} | {_WORDS[line.within]} | {_WORDS[line.across]} | {line.why} | {severity} "
        f"| {rules} |"
    )


if __name__ == "__main__":
    sys.stdout.write(page())
