"""The tenant's CRL URLs lead to where the Internet can reach."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.rules.entra.authorities import listed
from farmsight_collector.rules.entra.commands import change
from farmsight_collector.rules.entra.urls import not_public, urls
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the base and the delta URL of every CA object."""
    for held in listed(farm):
        for field, url in urls(held):
            fault = not_public(url)
            if fault:
                yield Holds(
                    subject=url,
                    title=f"The CRL URL {url} of {held.value.certificate.subject or held.key} {fault}",
                    evidence=(held,),
                    remedy=(change(held, field, "http://PUBLIC-HOST/CA.crl", url),),
                )


RULE = Rule(
    code="entra.crl-url-not-public",
    catalogue=("ENTRA-05",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs"}),
    reads=("entra-authority",),
    what="A CRL URL of the tenant names a host that only the own network knows.",
    why="Entra can never fetch that CRL: refreshing tokens fails (AADSTS500173).",
    remedy="Publish the CRL on a public host and set its URL.",
    check="Does the http URL answer from outside with a CRL of this CA?",
    undo="Set the former URL on the CA object again.",
    source="Microsoft KB 4032987, Entra configuration, steps 2 and 3",
    on_farm=check,
)
