"""A CA may certify the names that it does certify."""

from collections.abc import Iterator
from functools import partial

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import constraints
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.known import Known
from farmsight_collector.pki.linking import issuers_of
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import judged, parsed


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare the names in users' certificates that were handed in with the constraints of every CA above them."""
    yield from judged(farm, partial(_judge, farm))


def _judge(farm: Farm, held: Held, subject: str) -> Iterator[Verdict]:
    read = parsed(farm, held)
    own = Known(sha1=read.sha1, summary=held.value.certificate, certificate=read, held=(held,))
    chains = user_chains(farm)
    issuers = issuers_of(own, chains.authorities)
    for authority in {a.id: a for one in issuers for a in (one, *chains.ancestors(one))}.values():
        for known in authority.valid_at(farm.as_of):
            if known.certificate is None:
                continue
            mails, principals = held.value.rfc822_names, held.value.user_principal_names
            outside = list(constraints.refused(known.certificate, read.subject_name, mails, principals))
            if outside:
                yield Holds(
                    subject=subject,
                    title=f"{authority.subject} may not certify {', '.join(outside[:3])}, named in the certificate of "
                    f"{subject}",
                    evidence=(held, *known.held[:3]),
                    remedy=(told("the CA", "Issue the certificate with names that the CA's constraints permit"),),
                )


RULE = Rule(
    code="chain.name-constraints",
    catalogue=("CHAIN-04",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("given-certificate", "store-certificate", "entra-authority"),
    what="A user's certificate holds a name that the name constraints of a CA above it do not permit.",
    why="Windows refuses the chain (CERT_TRUST_INVALID_NAME_CONSTRAINTS and its kin), whatever else is right.",
    remedy="Issue the user's certificate with permitted names, or renew the CA with wider constraints.",
    check="certutil -dump of the CA and of the user's certificate: which name is outside?",
    undo="The old certificate stays valid until it is revoked or ends.",
    source="RFC 5280 4.2.1.10; wincrypt.h, CERT_TRUST_INVALID_NAME_CONSTRAINTS (0x800)",
    on_farm=check,
)
