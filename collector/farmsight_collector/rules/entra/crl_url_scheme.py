"""The tenant's CRL URLs are of a scheme that Entra fetches."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import change
from farmsight_collector.rules.entra.urls import scheme, urls
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the base and the delta URL of every CA object."""
    for held in listed(farm):
        for field, url in urls(held):
            fault = _fault(url)
            if fault:
                yield Holds(
                    subject=url,
                    title=f"The CRL URL {url} of {held.value.certificate.subject or held.key} {fault}",
                    evidence=(held,),
                    remedy=(change(held, field, "http://PUBLIC-HOST/CA.crl", url),),
                )


def _fault(url: str) -> str:
    return "" if scheme(url) in ("http", "https") else "is neither http nor https"


RULE = Rule(
    code="entra.crl-url-scheme",
    catalogue=("ENTRA-07",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A CRL URL of the tenant is ldap, file or no URL at all.",
    why="Entra fetches CRLs by http only; this one is never fetched.",
    remedy="Set an http URL.",
    check="Does the http URL answer from outside with a CRL of this CA?",
    undo="Set the former URL on the CA object again.",
    source="Entra documentation on certificate revocation lists",
    on_farm=check,
)
