"""Folds symptoms under their causes.

A rule says which codes its finding may explain; whether it does explain one
at hand is decided here, from the servers, contexts, subjects and evidence of
both. A symptom is folded only when its causes account for every server that
it names, and then under one of them: the most severe, then the most specific.
Nothing is hidden: a folded finding is told after the causes, with `caused_by`
set. docs/causes.md has the whole of it in words.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from farmsight_collector.correlate.order import ordered
from farmsight_collector.model.urls import host_of
from farmsight_collector.model.view import Held
from farmsight_collector.rules.engine import Evaluation, Finding
from farmsight_collector.rules.rule import Severity

Place: TypeAlias = tuple[str, str, str | None, str]
HOST_NAME: Final = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.[A-Za-z][A-Za-z0-9-]+")
SHORTEST_SUBJECT: Final = 5  # shorter ones are found inside others by chance
# Findings that name both sides of a difference where nobody is odd: what is wrong on one side accounts for all of it.
DIFFERENCES: Final = frozenset({"network.proxy-differs", "network.resolution-differs", "store.contents-differ"})


def fold(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with `caused_by` and `cause_of` set, as finding ids, and causes before symptoms."""
    by_id = {finding.id: finding for finding in evaluation.findings}
    causes = _candidates(evaluation.findings)
    chosen: dict[str, str] = {}
    for symptom in evaluation.findings:
        for cause in _ranked(symptom, causes.get(symptom.id, ()), causes):
            if not _leads_back(chosen, cause.id, symptom.id):
                chosen[symptom.id] = cause.id
                break
    effects: dict[str, list[str]] = defaultdict(list)
    for symptom_id in by_id:
        if symptom_id in chosen:
            effects[chosen[symptom_id]].append(symptom_id)
    folded = (
        replace(finding, caused_by=chosen.get(finding.id), cause_of=tuple(effects.get(finding.id, ())))
        for finding in evaluation.findings
    )
    return replace(evaluation, findings=ordered(folded))


def _candidates(findings: Iterable[Finding]) -> dict[str, tuple[Finding, ...]]:
    """Return the causes of each symptom that has enough of them, by the symptom's id."""
    by_code: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_code[finding.rule.code].append(finding)
    found: dict[str, list[Finding]] = defaultdict(list)
    symptoms: dict[str, Finding] = {}
    for cause in findings:
        if cause.severity is Severity.INFO:
            continue
        for code in cause.rule.explains:
            for symptom in by_code.get(code, ()):
                if symptom.id != cause.id and _related(cause, symptom):
                    found[symptom.id].append(cause)
                    symptoms[symptom.id] = symptom
    return {one: tuple(causes) for one, causes in found.items() if _accounted(symptoms[one], causes)}


def _related(cause: Finding, symptom: Finding) -> bool:
    if _of_the_one_itself(cause, symptom):
        return False
    if cause.contexts and symptom.contexts and not set(cause.contexts) & set(symptom.contexts):
        return False
    if _of_other_hosts(cause, symptom) or _of_other_chains(cause, symptom) or _of_other_urls(cause, symptom):
        return False
    if set(cause.servers) & set(symptom.servers) or _shares_evidence(cause, symptom):
        return True
    if cause.servers and symptom.servers:
        return False
    if cause.servers or symptom.servers:  # one of them is about the farm as a whole
        return True
    return _same_subject(cause.subject, symptom.subject)


def _of_the_one_itself(cause: Finding, symptom: Finding) -> bool:
    """Tell whether a CA's own revocation shall be explained by the lack of that CA: those below it it explains."""
    return (
        symptom.rule.code == "chain.revocation-offline"
        and cause.rule.code.startswith("store.")
        and cause.subject == symptom.subject
    )


def _accounted(symptom: Finding, causes: Iterable[Finding]) -> bool:
    """Tell whether the causes together reach every server of the symptom."""
    reached: set[str] = set()
    for cause in causes:
        if not cause.servers or not set(cause.servers) & set(symptom.servers):
            return True  # the farm as a whole, or another server by shared evidence: it reaches all
        if symptom.rule.code in DIFFERENCES and _shares_evidence(cause, symptom):
            return True
        reached |= set(cause.servers)
    return reached >= set(symptom.servers)


def _ranked(
    symptom: Finding, causes: tuple[Finding, ...], all_causes: Mapping[str, tuple[Finding, ...]]
) -> list[Finding]:
    """Return the causes, best first; one that another of them causes comes after all that nothing causes."""
    ids = {cause.id for cause in causes}

    def order(cause: Finding) -> tuple[bool, int, bool, bool, int, int, str, str]:
        shared = set(cause.servers) & set(symptom.servers)
        return (
            any(above.id in ids for above in all_causes.get(cause.id, ())),
            -cause.severity,
            not _families(cause) & _families(symptom),
            not _same_subject(cause.subject, symptom.subject),
            -len(shared),
            len(set(cause.servers) - shared),
            cause.rule.code,
            cause.subject,
        )

    return sorted(causes, key=order)


def _families(finding: Finding) -> set[str]:
    """Return what a finding's entries of the catalogue are about: STORE, CHAIN, CRL, NET, ..."""
    return {entry.partition("-")[0] for entry in finding.catalogue}


def _leads_back(chosen: Mapping[str, str], start: str, goal: str) -> bool:
    """Tell whether the goal stands above the start already: folding under it would close a circle."""
    at: str | None = start
    while at is not None:
        if at == goal:
            return True
        at = chosen.get(at)
    return False


def _shares_evidence(one: Finding, other: Finding) -> bool:
    return bool({_place(held) for held in one.evidence} & {_place(held) for held in other.evidence})


def _of_other_hosts(cause: Finding, symptom: Finding) -> bool:
    """Tell whether they are about different hosts: what keeps one away says nothing of another."""
    ours, theirs = _hosts(cause), _hosts(symptom)
    return bool(ours) and bool(theirs) and not any(_same_host(one, other) for one in ours for other in theirs)


def _of_other_chains(cause: Finding, symptom: Finding) -> bool:
    """Tell whether a list is none that a certificate of the symptom's chain names."""
    if not cause.rule.code.startswith("crl.") or not symptom.rule.code.startswith("chain."):
        return False
    naming = {sha1 for held in cause.evidence if held.kind == "retrieval" for sha1 in held.value.named_by}
    chain = {
        element.certificate.sha1
        for held in symptom.evidence
        if held.kind == "chain-verdict"
        for element in held.value.elements
    }
    return bool(naming and chain) and not naming & chain


def _of_other_urls(cause: Finding, symptom: Finding) -> bool:
    """Tell whether what is said of one URL, by the tenant or by one server, shall be explained by another URL."""
    of_one = symptom.rule.code.startswith("entra.crl-") or symptom.rule.code == "crl.fetch-differs"
    return of_one and "://" in cause.subject and "://" in symptom.subject and cause.subject != symptom.subject


def _hosts(finding: Finding) -> frozenset[str]:
    """Return the hosts that a finding is about: what it names, or what was fetched from."""
    if HOST_NAME.fullmatch(finding.subject):
        return frozenset({finding.subject.lower()})
    urls = {held.value.url for held in finding.evidence if held.kind == "retrieval"}
    return frozenset(host_of(url) or url.partition(":")[0].lower() for url in urls)  # ldap:/// names no host


def _same_host(one: str, other: str) -> bool:
    return one == other or one.endswith("." + other) or other.endswith("." + one)


def _place(held: Held) -> Place:
    return held.server, held.kind, held.context, held.key


def _same_subject(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) >= SHORTEST_SUBJECT and short in long
