"""Every rule there is: one explicit list that refuses duplicates."""

from collections.abc import Iterable
from typing import Final

from farmsight_collector.rules import (
    adfs,
    agent,
    chain,
    claim,
    client,
    crl,
    entra,
    farm,
    http,
    lb,
    network,
    store,
    tls,
    user,
    wap,
)
from farmsight_collector.rules.rule import Rule

THEMES: Final = (store, chain, crl, network, http, tls, adfs, farm, wap, claim, entra, user, client, lb, agent)


def gathered(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """Return the rules as a tuple; raises ValueError when two share a code, or one explains an unknown code."""
    by_code: dict[str, Rule] = {}
    for rule in rules:
        if rule.code in by_code:
            raise ValueError(f"two rules have the code {rule.code}")
        by_code[rule.code] = rule
    for rule in by_code.values():
        missing = [code for code in rule.explains if code not in by_code]
        if missing:
            raise ValueError(f"{rule.code} explains {', '.join(missing)}, which no rule has")
    return tuple(by_code.values())


RULES: Final = gathered(rule for theme in THEMES for rule in theme.RULES)
BY_CODE: Final = {rule.code: rule for rule in RULES}
