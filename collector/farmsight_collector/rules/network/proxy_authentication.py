"""The proxy wants a login that a service account does not give."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import as_account, told
from farmsight_collector.rules.network.name_not_resolved import host_of
from farmsight_collector.rules.network.way import FETCHES_FAIL
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_PURPOSES = (
    facts_pb2.RETRIEVAL_PURPOSE_CRL,
    facts_pb2.RETRIEVAL_PURPOSE_DELTA,
    facts_pb2.RETRIEVAL_PURPOSE_OCSP,
    facts_pb2.RETRIEVAL_PURPOSE_AIA,
)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each host that a proxy keeps behind a login."""
    for one in fetches(farm, server, *_PURPOSES):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_PROXY_AUTHENTICATION:
            host = host_of(one.value.url)
            proxy = one.value.proxy or "the proxy"
            yield of_fetch(
                one,
                full=RULE.severity,
                subject=host,
                title=f"{proxy} demands authentication for {host}",
                why=RULE.why,
                evidence=server.ask("proxy-setting", context=one.context).facts,
                remedy=(
                    as_account(server, one.context, one.value.url),
                    told(proxy, f"Let {host} through without authentication"),
                ),
            )


RULE = Rule(
    code="network.proxy-authentication",
    catalogue=("NET-04",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "proxy-setting", "store-certificate", "entra-authority"),
    what="A proxy answers 407 to the fetch of a CRL, OCSP or AIA URL under a service's account.",
    why=(
        "Chain building asks nobody for a password: LocalSystem and service accounts fail where an "
        "administrator's browser succeeds."
    ),
    remedy="Exempt the URLs from authentication on the proxy, or let the computer and service accounts through.",
    check="Fetch the URL as the account: 407 comes from the proxy, 401 from the host.",
    undo="Take the exemption out of the proxy's rules again.",
    source="Microsoft KB 2623724, proxy detection of the Cryptography API; Microsoft KB 4032987",
    explains=(
        *FETCHES_FAIL,
        "network.proxy-differs",
        "network.proxy-without-bypass",
        "crl.fetches-too-long",
    ),
    on_server=check,
)
