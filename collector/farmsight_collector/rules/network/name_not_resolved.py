"""A server can't resolve the host name of a CRL, AIA or OCSP URL."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.network.commands import resolve
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
    """Yield each host whose name this server does not resolve."""
    resolved = {r.name.lower(): held for held in server.ask("host").facts for r in held.value.resolutions}
    for one in fetches(farm, server, *_PURPOSES):
        if isinstance(one, CannotTell):
            yield one
        elif one.value.outcome == facts_pb2.RETRIEVAL_OUTCOME_NAME_NOT_RESOLVED:
            host = host_of(one.value.url)
            aia = one.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_AIA
            inside = "." not in host or host.endswith(".local")
            yield of_fetch(
                one,
                full=Severity.WARNING if aia else RULE.severity,
                subject=host,
                title=f"The name {host} is not resolved",
                why=RULE.why + (" It is a name for inside a network only." if inside else ""),
                evidence=(resolved[host],) if host in resolved else (),
                remedy=(resolve(server, host),),
            )


def host_of(url: str) -> str:
    """Return the host of a URL, lower case; the URL itself when it has none."""
    try:
        return (urlsplit(url).hostname or url).lower()
    except ValueError:
        return url


RULE = Rule(
    code="network.name-not-resolved",
    catalogue=("CRL-16",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "host", "store-certificate", "entra-authority"),
    what="The host name of a CRL, OCSP or AIA URL is not resolved on a server.",
    why="What the name stands for can't be fetched (0x80072ee7), though it may be well seen from elsewhere.",
    remedy="Publish the name in the DNS that this server asks, or put it into its hosts file.",
    check="Ask the DNS server of a server that resolves the name.",
    undo="Delete the record, or the line in the hosts file, again.",
    source="Microsoft KB 4032987 (URLs must resolve on every server); certutil -urlfetch, 0x80072ee7",
    explains=(
        *FETCHES_FAIL,
        "crl.fetches-too-long",
    ),
    on_server=check,
)
