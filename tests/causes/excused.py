"""Why something is missed where two faults meet: one takes away what the other would be seen by.

An excuse names the pair by what hides and what is hidden, as sets of
scenarios, and says of which findings it speaks. What is missed beyond them is
not excused.
"""

from dataclasses import dataclass
from typing import Final

from tests.causes.measured import Measured


@dataclass(frozen=True, kw_only=True)
class Excuse:
    """One reason: where a scenario of `hides` meets one of `hidden`, findings of these codes may be missed or stray."""

    hides: frozenset[str]
    hidden: frozenset[str]
    codes: frozenset[str]
    why: str


def _hidden(by: str, these: str, codes: str, why: str) -> Excuse:
    return Excuse(hides=frozenset(by.split()), hidden=frozenset(these.split()), codes=frozenset(codes.split()), why=why)


EXCUSES: Final = (
    _hidden(
        "tenant-ca-missing",
        "tenant-ca-superseded ca-expired ca-narrow ca-constrained tenant-crl-ldap tenant-crl-https tenant-crl-internal",
        "entra.authority-superseded entra.issuing-ca-missing",
        "a CA that the tenant lacks is not superseded there, and one that is not valid is not missed there",
    ),
)


def excuse(one: Measured) -> str:
    """Return the reasons for all that is missed; empty where one of them has none, or where nothing is missed."""
    told = [*one.missed, *one.folded, *one.extra, *one.loose, *one.strayed]
    reasons = [_reason(one.names, said.partition(" ")[0]) for said in told]
    if not all(reasons) or (one.worst_rank > 1 and not reasons):
        return ""
    return "; ".join(dict.fromkeys(reasons))


def _reason(names: tuple[str, ...], code: str) -> str:
    for held in EXCUSES:
        meets = set(names) & held.hides and set(names) & held.hidden
        if meets and code in held.codes:
            return held.why
    return ""
