"""`farmsight explain`: what a finding's code means. Needs no collector."""

import argparse
from dataclasses import asdict

from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.rules.entries import Entry
from farmsight_collector.rules.explanation import explained_by, looked_up, meant, parts, symptoms
from farmsight_collector.rules.limits import used_by
from farmsight_collector.rules.rule import Rule


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "code",
        nargs="?",
        help="a code such as crl.expired, a theme such as crl, an entry such as CRL-04, or nothing for a list",
    )


def _run(asking: Asking) -> int:
    wanted = asking.arguments.code or ""
    rules, entry = looked_up(wanted)
    if not rules and entry is None:
        near = meant(wanted)
        also = f"did you mean {' or '.join(near)}?" if near else "'farmsight explain' lists them all"
        raise InputError(f"there is no rule '{wanted}'; {also}")
    if asking.arguments.json:
        document = {"schema": "farmsight.rules/1", "rules": [as_json(rule) for rule in rules]}
        asking.out.json(document if entry is None else {**document, "entry": asdict(entry)})
        return 0
    if entry is not None:
        _print_entry(asking, entry)
    if len(rules) == 1 or entry is not None:
        for rule in rules:
            _print(asking, rule)
    else:
        asking.out.table(
            ("code", "severity", "what"),
            ((r.code, (r.severity.word, r.severity.word), r.what) for r in rules),
        )
    return 0


def as_json(rule: Rule) -> dict[str, object]:
    """Return a rule's texts for programs."""
    fields = {name: value for name, value in asdict(rule).items() if not name.startswith("on_")}
    return {
        **fields,
        "severity": rule.severity.word,
        "roles": sorted(rule.roles),
        "symptoms": symptoms(rule),
        "explained_by": explained_by(rule),
        "limits": [asdict(limit) for limit in used_by(rule.code)],
    }


def _print_entry(asking: Asking, entry: Entry) -> None:
    asking.out.line(f"{entry.id}: {entry.title}")
    rows = [("seen as", entry.symptom)]
    if entry.unseen:
        rows += [("not shown", entry.unseen), ("instead", entry.instead)]
    for head, text in rows:
        asking.out.line(f"  {head:<12}{text}")


def _print(asking: Asking, rule: Rule) -> None:
    out = asking.out
    out.block(f"{rule.code}  {out.paint(rule.severity.word.upper(), rule.severity.word)}\n")
    for part in parts(rule):
        for head, row in zip((part.head, *[""] * len(part.rows)), part.rows, strict=False):
            out.line(f"  {head:<12}{row}")


VERB = Verb(
    name="explain",
    help="what a finding's code means, why it breaks sign-in, and what mends it",
    description=(
        "Prints one rule, the rules of a theme or of an entry of the catalogue, or all of them. "
        "Works without a collector."
    ),
    add_arguments=_arguments,
    run=_run,
)
