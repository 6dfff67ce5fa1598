"""A CA that issues users' certificates may not be used for client authentication."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Standing, allows_client_authentication, user_chains
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity


def check(farm: Farm) -> Iterator[Holds]:
    """Yield each named intermediate whose extended key usages leave client authentication out."""
    for authority in user_chains(farm).authorities:
        valid = authority.valid_at(farm.as_of)
        if authority.root or authority.standing is not Standing.NAMED or not valid:
            continue  # one that nobody names is a CA for servers, and in no user's chain
        if any(map(allows_client_authentication, valid)):
            continue
        yield Holds(
            subject=authority.subject,
            title=f"The extended key usages of {authority.subject} leave client authentication out",
            evidence=valid[0].held[:4],
            remedy=(
                told(
                    "the parent CA", "Renew this CA without extended key usages, or with client authentication in them"
                ),
            ),
        )


RULE = Rule(
    code="chain.eku-without-client-auth",
    catalogue=("CHAIN-05",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority"),
    what=(
        "An intermediate CA has extended key usages, and client authentication (1.3.6.1.5.5.7.3.2) is not among them."
    ),
    why=(
        "Windows narrows what a chain is good for by every CA in it: certificates below are not valid for this usage."
    ),
    remedy="Renew the CA certificate; switching the usage check of the binding off is not advised.",
    source="certutil -verify, Verified Application Policies; wincrypt.h, CERT_TRUST_IS_NOT_VALID_FOR_USAGE",
    on_farm=check,
)
