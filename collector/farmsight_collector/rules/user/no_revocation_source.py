"""A user's certificate says how to learn whether it was revoked."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki.revocation import checks
from farmsight_collector.rules.commands import publication_urls
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import judged, parsed


def check(farm: Farm) -> Iterator[Verdict]:
    """Look for a CRL distribution point or an OCSP responder in each user's certificate that was handed in."""

    def judge(held: Held, subject: str) -> Iterator[Verdict]:
        own = parsed(farm, held)
        if not own.crl_urls and not own.ocsp_urls:
            yield Holds(
                subject=subject,
                severity=None if any(map(checks, farm.of_role(*sorted(SIGN_IN)))) else Severity.INFO,
                title=f"{subject} names neither a CRL nor an OCSP responder",
                evidence=(held,),
                remedy=(
                    publication_urls(
                        change="an http URL with flags 2 (CDP) and 4 (Freshest)",
                        then="then issue the certificate anew: it carries the URL",
                    ),
                ),
            )

    yield from judged(farm, judge)


RULE = Rule(
    code="user.no-revocation-source",
    catalogue=("CRL-15",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("given-certificate", "tls-binding"),
    what="A user's certificate has neither CRL distribution points nor an OCSP responder.",
    why="Its status is unknown (0x80092012): where the binding checks revocation the sign-in is refused.",
    remedy="Set a CRL distribution point on the CA and issue the certificate anew.",
    check="certutil -getreg CA\\CRLPublicationURLs: keep the output.",
    undo="certutil -setreg CA\\CRLPublicationURLs with the values that were kept.",
    source="RFC 5280 4.2.1.13; that Windows then refuses the certificate is field experience",
    explains=("chain.revocation-offline",),
    on_farm=check,
)
