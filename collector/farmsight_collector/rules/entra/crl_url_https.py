"""The tenant's CRL URLs are plain http."""

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
    return "is https; http is recommended" if scheme(url) == "https" else ""


RULE = Rule(
    code="entra.crl-url-https",
    catalogue=("ENTRA-08",),
    severity=Severity.INFO,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A CRL URL of the tenant is https.",
    why="It is accepted, but depends on the host's own certificate, and the CRL's signature needs no such help.",
    remedy="Set an http URL.",
    check="Does the http URL answer from outside with the same CRL?",
    undo="Set the former URL on the CA object again.",
    source="Entra documentation on certificate revocation lists",
    on_farm=check,
)
