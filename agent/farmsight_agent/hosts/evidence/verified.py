"""What certutil said of certificates in captured files: retrievals and verdicts by account, and what was handed in."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import Final, TypeVar

from farmsight_agent.hosts.evidence import contexts
from farmsight_agent.hosts.evidence.answers import sourced
from farmsight_agent.hosts.evidence.capture import CERTIFICATES, Capture, Text
from farmsight_agent.hosts.evidence.certutil import certificate_dump, verification, verification_facts
from farmsight_agent.hosts.evidence.certutil.verification_parts import Verification
from farmsight_agent.hosts.evidence.shelf import Shelf
from farmsight_agent.hosts.evidence.stores.given import given_certificate
from farmsight_agent.hosts.evidence.stores.reading import exported_from
from farmsight_agent.hosts.evidence.wanted import missing
from farmsight_agent.hosts.host import Account, Seen
from farmsight_agent.normalise.facts import fact
from farmsight_agent.outcome import FailedError, NotApplicableError, NotObservedError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import PURPOSE_NAMES

T = TypeVar("T")
Keep = Callable[[bytes], bytes]
VERIFIED: Final = "certutil-verify"
DUMPED: Final = "certutil-dump-certificate"
_OK: Final = facts_pb2.RETRIEVAL_OUTCOME_OK


def retrievals(shelf: Shelf, named: Sequence[Account], account: Account) -> Seen[facts_pb2.Fact]:
    """Return what was fetched as an account; raises what is wrong where no output as this account can be read."""
    found = _each(shelf, named, account, verification_facts.retrievals)
    if not found:
        raise missing("retrievals", "", shelf.server)
    asked_by = facts_pb2.ContextProof(
        sid=account.sid, account=account.name, token_source=facts_pb2.TOKEN_SOURCE_EVIDENCE
    )
    facts: dict[str, facts_pb2.Fact] = {}
    for value, line in _pairs(found):
        key = f"{PURPOSE_NAMES[value.purpose]} {value.url}"
        made = fact(value, key, context=account.context, asked_by=asked_by, source=line)
        held = facts.setdefault(key, made)
        if held is not made:
            facts[key] = _joined(held, made)
    return sourced([(one, one.source) for one in facts.values()], found[0].source)


def _joined(one: facts_pb2.Fact, other: facts_pb2.Fact) -> facts_pb2.Fact:
    """Join two looks at one URL: that it failed once is proven, and both say who names it."""
    worse, better = (one, other) if one.retrieval.outcome != _OK else (other, one)
    joined = facts_pb2.Fact()
    joined.CopyFrom(worse)
    for sha1 in better.retrieval.named_by:
        if sha1 not in joined.retrieval.named_by:
            joined.retrieval.named_by.append(sha1)
    return joined


def verdicts(shelf: Shelf, named: Sequence[Account], account: Account) -> Seen[facts_pb2.ChainVerdict]:
    """Return the verdicts as an account; not applicable where nobody asked as this account."""
    found = _each(shelf, named, account, verification_facts.chain_verdict)
    if not found:
        raise NotApplicableError("not-asked", f"no certutil -verify as {account.name} is here")
    kept = {value.elements[0].certificate.sha1: (value, line) for value, line in _pairs(found) if value.elements}
    return sourced(kept.values(), found[0].source)


def given(shelf: Shelf, keep: Keep) -> Seen[facts_pb2.GivenCertificate]:
    """Return the certificates that lie beside the evidence, those that certutil verified and those that it dumped."""
    found: dict[str, tuple[facts_pb2.GivenCertificate, str]] = {}
    troubles: list[NotObservedError] = []
    for value, line in chain(_files(shelf, keep), _leaves(shelf), _dumps(shelf)):
        if isinstance(value, NotObservedError):
            troubles.append(value)
        else:
            found.setdefault(value.certificate.sha1, (value, line))
    if not found and troubles:
        raise troubles[0]
    if not found:
        raise NotApplicableError("none-given", "no certificate was handed in")
    values = list(found.values())
    return sourced(values, values[0][1].rpartition(":")[0])


Given = facts_pb2.GivenCertificate | NotObservedError


def _files(shelf: Shelf, keep: Keep) -> Iterator[tuple[Given, str]]:
    for capture in shelf.of(CERTIFICATES):
        if capture.about:
            continue  # an exported store
        try:
            for one in exported_from(shelf, capture):
                if not one.is_crl:
                    yield given_certificate(one.data, keep), f"evidence:{capture.file}:{one.line}"
        except NotObservedError as error:
            yield error, ""


def _leaves(shelf: Shelf) -> Iterator[tuple[Given, str]]:
    found: list[tuple[Capture, facts_pb2.GivenCertificate, str]] = []
    issuers: set[str] = set()
    for capture in shelf.of(VERIFIED):
        try:
            text = shelf.text(capture)
            verified = _verification(shelf, capture, text)
            seen = verification_facts.given_certificate(verified, text)
        except NotObservedError:
            continue  # said of the retrievals of the same output
        issuers.update(one.sha1 for one in verified.chain if one.level > 0)
        found += [(capture, value, line) for value, line in zip(seen.values, seen.lines, strict=True)]
    for capture, value, line in found:
        if value.certificate.sha1 not in issuers:
            yield _told_users(capture, value), line


def _told_users(capture: Capture, value: facts_pb2.GivenCertificate) -> facts_pb2.GivenCertificate:
    """Say that it is no CA's where the tool's own sentence is in another language: a UPN or the file's name tells."""
    users = value.user_principal_names or capture.about.startswith("usercert")
    if users and value.certificate.is_ca != facts_pb2.TRISTATE_YES:
        value.certificate.is_ca = facts_pb2.TRISTATE_NO
    return value


def _dumps(shelf: Shelf) -> Iterator[tuple[Given, str]]:
    for capture in shelf.of(DUMPED):
        try:
            seen = certificate_dump.parse(shelf.text(capture))
        except NotObservedError as error:
            yield error, ""
            continue
        yield from zip(seen.values, seen.lines, strict=True)


def _each(
    shelf: Shelf, named: Sequence[Account], account: Account, facts: Callable[[Verification, Text], Seen[T]]
) -> list[Seen[T]]:
    """Return what every output as an account says; raises where none can be read. Empty: there is none."""
    found: list[tuple[str, Seen[T]]] = []
    troubles: list[NotObservedError] = []
    for capture in _as(shelf, named, account):
        try:
            text = shelf.text(capture)
            told = _verification(shelf, capture, text)
            found.append((_what(capture, told), facts(told, text)))
            if not told.complete:
                detail = f"{capture.file}:{text.last_line}: cut off; what it would have said further is not known"
                shelf.troubles.append(FailedError("truncated", detail, source=f"evidence:{capture.file}"))
        except NotObservedError as error:
            troubles.append(error)
    if not found and troubles:
        raise troubles[0]
    shelf.answered_beside(troubles)
    last = {what: number for number, (what, _) in enumerate(found)}
    for what in (one for one, count in Counter(what for what, _ in found).items() if count > 1):
        detail = f"{what.rpartition(':')[0]}: holds outputs of certutil -verify of one certificate; the last stands"
        shelf.troubles.append(FailedError("given-twice", detail))
    return [seen for number, (what, seen) in enumerate(found) if last[what] == number]


def _what(capture: Capture, told: Verification) -> str:
    """Return what two outputs of which the later stands share: one certificate verified twice into one file."""
    leaf = told.leaf
    return f"{capture.file}:{leaf.sha1}" if leaf is not None and leaf.sha1 else f"{capture.file}:{capture.first_line}"


def _verification(shelf: Shelf, capture: Capture, text: Text) -> Verification:
    return shelf.once(VERIFIED, capture, lambda: verification.parse(text))


def _as(shelf: Shelf, named: Sequence[Account], account: Account) -> list[Capture]:
    return [
        one
        for one in shelf.of(VERIFIED)
        if contexts.account_of(one.account, shelf.server, named).context == account.context
    ]


def _pairs(found: Sequence[Seen[T]]) -> Iterator[tuple[T, str]]:
    for seen in found:
        yield from zip(seen.values, seen.lines, strict=True)
