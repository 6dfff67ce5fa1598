"""The hops, in the order of the sign-in: an explicit list that refuses duplicates."""

from typing import Final

from farmsight_collector.signin.asked import Asked
from farmsight_collector.signin.hops import (
    adfs_listens,
    authentication_provider,
    chain,
    claim_rules,
    federation,
    forwarding,
    issuer_offered,
    load_balancer,
    name_resolution,
    ntauth,
    port,
    tenant_authorities,
    tenant_revocation,
    tls,
    token,
    user_certificate,
    user_mapping,
)
from farmsight_collector.signin.trace import HOPS

ASKED: Final[tuple[Asked, ...]] = (
    user_certificate.ASKED,
    federation.DOMAIN,
    federation.PROMPT,
    name_resolution.ASKED,
    load_balancer.ASKED,
    port.ASKED,
    tls.ASKED,
    issuer_offered.ASKED,
    *chain.OF_PROXIES,
    forwarding.ASKED,
    adfs_listens.ASKED,
    *chain.OF_NODES,
    ntauth.ASKED,
    authentication_provider.ASKED,
    claim_rules.ASKED,
    token.ASKED,
    tenant_authorities.ASKED,
    tenant_revocation.ASKED,
    user_mapping.ASKED,
)


def _checked(asked: tuple[Asked, ...]) -> None:
    """Refuse a list with a hop twice for one account, without one that the schema names, or in another order."""
    places = [(one.hop, one.context) for one in asked]
    if len(set(places)) != len(places):
        raise ValueError("a hop is asked twice")
    if list(dict.fromkeys(one.hop for one in asked)) != list(HOPS):
        raise ValueError("the hops are not those of the schema, in their order")


_checked(ASKED)


def learning(hop: str) -> str:
    """Return how to learn what is not known of a hop; raises KeyError."""
    return _LEARN[hop]


_LEARN: Final = {one.hop: one.learn for one in ASKED}
