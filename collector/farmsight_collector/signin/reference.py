"""The reference of the hops as Markdown, made from the hops themselves: `make rules`."""

import sys
from collections.abc import Iterator

from farmsight_collector.signin.asked import Asked
from farmsight_collector.signin.meanings import MEANINGS
from farmsight_collector.signin.registry import ASKED, learning
from farmsight_collector.signin.symptoms import BY_ENTRY, BY_HOP, Symptom
from farmsight_collector.signin.trace import HOPS

_HEAD = """\
# The sign-in trace, hop by hop

Made from the hops themselves by `make rules`. How to ask for a trace and what its output looks like stands in
[trace-output.md](trace-output.md).

A trace follows one user's certificate on every way through the farm, as of one instant:

- **extranet**: every proxy with every AD FS node that it forwards to. Where the service's name leads, on the proxy,
  to nodes' own addresses, only these count; behind a load balancer, all do. Where no proxy is known, those that AD FS
  trusts are ways of which nothing is known; where it trusts none, the AD FS nodes stand alone if a vantage point
  outside reaches them; else the notes say that there is no extranet.
- **intranet**: every AD FS node.
- A server that AD FS or a proxy lists and that nobody reports from is a way too, of which nothing is known.

Each hop *passes* (proven to work), *fails* (proven not to) or is *unknown*, with the reason. Facts decide; a finding
that names the hop's server and has severity error or critical decides where they show no fault. What could be had
before and can't be had now (denied, failed, silent) leaves a hop unknown, however well the rest looks.

A way fails where a hop fails, is unknown where none fails and one is unknown, and else passes. The whole fails as soon
as one way does, since it may be a user's: the answer says how many of how many, and the notes say through which
servers, and that users meet it now and then. Hops behind the first failing one are told too. Nothing "passes" while a
hop that matters is unknown; then the answer names the hop and how to learn it.

What the user and the administrator see is told for failing hops. "Probably" marks what no source shows and field
experience believes; a number in an AADSTS code is listed by Microsoft, its meaning is often belief.
"""


def reference() -> str:
    """Return the whole reference."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "| hop | what must hold | account |"
    yield "|---|---|---|"
    for hop, what in HOPS.items():
        accounts = ", ".join(dict.fromkeys(one.context for one in _of(hop) if one.context))
        yield f"| [{hop}](#{hop}) | {what} | {accounts} |"
    for hop in HOPS:
        yield from _hop(hop)
    yield "\n## What is seen, by entry of the catalogue\n"
    yield "Where a hop fails by one of these entries, this is told in place of the hop's own symptom.\n"
    yield "| entry | the user sees | the administrator sees | source |"
    yield "|---|---|---|---|"
    for entry, seen in sorted(BY_ENTRY.items()):
        yield f"| {entry} | {seen.user} | {seen.administrator} | {seen.source} |"


def _of(hop: str) -> tuple[Asked, ...]:
    return tuple(one for one in ASKED if one.hop == hop)


def _hop(hop: str) -> Iterator[str]:
    meaning = MEANINGS[hop]
    proofs = dict.fromkeys(code for one in _of(hop) for code in one.proofs)
    yield f"\n## {hop}\n"
    yield f"{HOPS[hop][0].upper()}{HOPS[hop][1:]}.\n"
    yield f"- **Passes:** {meaning.passes}"
    yield f"- **Fails:** {meaning.fails}"
    yield f"- **Unknown:** {meaning.unknown}"
    yield f"- **To learn it:** {learning(hop)}."
    if proofs:
        yield f"- **Findings that decide:** {', '.join(proofs)}"
    yield from _seen(BY_HOP[hop])
    yield f"- **Source:** {meaning.source}"


def _seen(seen: Symptom) -> Iterator[str]:
    yield f"- **The user sees:** {seen.user} ({seen.source})"
    if seen.administrator:
        yield f"- **The administrator sees:** {seen.administrator}"


if __name__ == "__main__":
    sys.stdout.write(reference())
