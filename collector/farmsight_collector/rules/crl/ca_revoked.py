"""A CA of the users' chains is revoked or on hold."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki import blobs, crls, verdicts
from farmsight_collector.pki.chains import Authority, user_chains
from farmsight_collector.pki.revocation import Fetched, usable
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.crl.mirrors_differ import number_of
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, standing_words, weighed
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CA that the newest CRL of its issuer lists, and that no delta takes back."""
    yield from _told(farm, server)
    purposes = (facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA, facts_pb2.RETRIEVAL_PURPOSE_OCSP)
    for one in fetches(farm, server, *purposes):
        if isinstance(one, CannotTell):
            yield one
            continue
        for authority in one.authorities if _says_revoked(farm, one) else ():
            listed = _listed(farm, one, authority)
            if listed is None:
                continue
            if _delta_unread(farm, one):
                reason = "a delta CRL that may take it back was fetched, and its bytes are not here"
                yield CannotTell(server=server.name, subject=authority.subject, reason=reason, probe="retrievals")
                continue
            yield Holds(
                subject=authority.subject,
                servers=(server.name,),
                contexts=(one.context,),
                title=f"{authority.subject} {listed}",
                evidence=(one.held,),
                remedy=(_take_back(authority),),
                severity=weighed(RULE.severity, authority.standing),
                why=RULE.why + standing_words(authority.standing),
            )


def _told(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each CA that the server's own chain engine found revoked."""
    for one in verdicts.said(server):
        for summary in one.with_error(verdicts.REVOKED):
            authority = user_chains(farm).by_sha1.get(summary.sha1)
            if authority is not None:
                yield Holds(
                    subject=authority.subject,
                    servers=(server.name,),
                    contexts=one.contexts,
                    title=f"{authority.subject} is revoked, by the word of the server's chain engine",
                    evidence=(one.held,),
                    remedy=(_take_back(authority),),
                    severity=weighed(RULE.severity, authority.standing),
                    why=RULE.why + standing_words(authority.standing),
                )


def _take_back(authority: Authority) -> Remedy:
    serial = authority.certificates[0].summary.serial_number
    return powershell(
        "the parent CA",
        f"certutil -revoke {serial} -1; certutil -crl  # only a hold can be taken back, and only when it was a mistake",
        check=(
            f"certutil -view -restrict SerialNumber={serial} -out 'RevokedReason,RevokedWhen,RequesterName'",
            "# reason 6 is a hold; any other needs a new CA certificate",
        ),
        undo=(f"certutil -revoke {serial} 6; certutil -crl",),
    )


def _says_revoked(farm: Farm, one: Fetched) -> bool:
    if one.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_OCSP:
        revoked = one.value.ocsp.certificate_status == facts_pb2.OCSP_CERTIFICATE_STATUS_REVOKED
        return revoked and usable(one.value, farm.as_of)
    if not one.value.answer_lists_subject_revoked or not usable(one.value, farm.as_of):
        return False
    return not any((number_of(t.value) or 0) > (number_of(one.value) or 0) for t in one.twins)


def _listed(farm: Farm, one: Fetched, authority: Authority) -> str | None:
    """Return how the CA is listed; None when the CRL is here and lists another certificate."""
    words = "is revoked" if len(one.authorities) == 1 else f"or another CA that names {one.value.url} is revoked"
    serials = {k.certificate.serial for k in authority.valid_at(farm.as_of) if k.certificate is not None}
    crl = blobs.crl_if_read(farm, one.value.crl.blob_sha256)
    if not serials or crl is None:
        return words
    entries = [entry for serial in serials if (entry := crls.find(crl, serial)) is not None]
    if not entries or any(_taken_back(farm, one, serial) for serial in serials):
        return None
    return "is on hold" if entries[0].on_hold else "is revoked"


def _taken_back(farm: Farm, one: Fetched, serial: int) -> bool:
    read = (blobs.crl_if_read(farm, digest) for digest in _deltas(one))
    return any(crl is not None and crls.takes_back(crl, serial) for crl in read)


def _delta_unread(farm: Farm, one: Fetched) -> bool:
    return any(farm.blob(digest) is None for digest in _deltas(one))


def _deltas(one: Fetched) -> tuple[bytes, ...]:
    """Return the digests of the delta CRLs that this account fetched of the same issuer."""
    rows = (held.value for held in one.server.ask("retrieval", context=one.context).facts)
    deltas = (row for row in rows if row.purpose == facts_pb2.RETRIEVAL_PURPOSE_DELTA)
    same = one.value.crl.issuer
    return tuple(row.crl.blob_sha256 for row in deltas if row.crl.issuer == same and row.crl.blob_sha256)


RULE = Rule(
    code="crl.ca-revoked",
    catalogue=("CRL-34",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("retrieval", "chain-verdict", "store-certificate", "entra-authority"),
    what="A CA certificate of a users' chain is listed on its issuer's CRL, or its OCSP responder says revoked.",
    why="Every certificate below a revoked CA is refused, on every server that has the CRL.",
    remedy="Make sure whether it was meant; a hold can be taken back, a revocation needs a new CA certificate.",
    check="Ask who revoked it and why: only a hold (reason 6) can be taken back.",
    undo="certutil -revoke SERIAL 6 and certutil -crl put the hold back.",
    source="RFC 5280 6.1.3 (a)(3)",
    explains=("chain.server-refuses",),
    on_server=check,
)
