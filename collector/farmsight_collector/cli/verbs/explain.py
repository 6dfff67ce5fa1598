"""`farmsight explain`: what a finding's code means. Needs no collector."""

import argparse
from dataclasses import asdict

from farmsight_collector.cli.verb import Asking, InputError, Verb
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.rule import Rule


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "code", nargs="?", help="a code such as crl.expired, a theme such as crl, or nothing for a list"
    )


def _run(asking: Asking) -> int:
    wanted = (asking.arguments.code or "").lower().rstrip(".")
    rules = [rule for rule in RULES if not wanted or wanted in (rule.code, rule.code.partition(".")[0])]
    if not rules:
        raise InputError(f"there is no rule '{wanted}'; 'farmsight explain' lists them all")
    if asking.arguments.json:
        asking.out.json({"schema": "farmsight.rules/1", "rules": [as_json(rule) for rule in rules]})
    elif len(rules) == 1:
        _print(asking, rules[0])
    else:
        asking.out.table(
            ("code", "severity", "what"),
            ((r.code, (r.severity.word, r.severity.word), r.what) for r in rules),
        )
    return 0


def as_json(rule: Rule) -> dict[str, object]:
    """Return a rule's texts for programs."""
    fields = {name: value for name, value in asdict(rule).items() if not name.startswith("on_")}
    return {**fields, "severity": rule.severity.word, "roles": sorted(rule.roles)}


def _print(asking: Asking, rule: Rule) -> None:
    out = asking.out
    out.block(f"{rule.code}  {out.paint(rule.severity.word.upper(), rule.severity.word)}\n")
    for head, text in (
        ("what", rule.what),
        ("why", rule.why),
        ("remedy", rule.remedy),
        ("roles", ", ".join(sorted(rule.roles))),
        ("reads", ", ".join(rule.reads)),
        ("explains", ", ".join(rule.explains) or "-"),
        ("catalogue", ", ".join(rule.catalogue) or "-"),
        ("source", rule.source),
    ):
        out.line(f"  {head:<10}{text}")


VERB = Verb(
    name="explain",
    help="what a finding's code means, why it breaks sign-in, and what mends it",
    description="Prints one rule, the rules of a theme, or all of them. Works without a collector.",
    add_arguments=_arguments,
    run=_run,
)
