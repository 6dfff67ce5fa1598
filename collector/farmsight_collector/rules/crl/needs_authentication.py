"""A web server wants a login, or https, for what everybody must be able to read over http."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import as_account, told
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CRL URL that answers 401 or 403, or redirects to https."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_CRL, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        trouble = _trouble(one.value)
        if trouble:
            yield of_fetch(
                one,
                full=RULE.severity,
                title=f"{one.value.url} {trouble}",
                why=RULE.why,
                remedy=(
                    as_account(server, one.context, one.value.url),
                    told("the web server", "Allow anonymous reading over plain http for the folder of the CRLs"),
                ),
            )


def _trouble(retrieval: facts_pb2.Retrieval) -> str:
    if retrieval.url.lower().startswith("http:") and any(
        hop.location.lower().startswith("https:") for hop in retrieval.hops
    ):
        return "redirects to https"
    refused = retrieval.outcome == facts_pb2.RETRIEVAL_OUTCOME_HTTP_STATUS
    if refused and retrieval.http_status in (401, 403):
        return f"answers {retrieval.http_status}: it is not open to everybody"
    return ""


RULE = Rule(
    code="crl.needs-authentication",
    catalogue=("CRL-26",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what="A CRL URL asks for a login, forbids reading, or redirects to https.",
    why="Chain building never logs in, and does not follow from http to https: the CRL is out of its reach.",
    remedy="Serve CRLs anonymously over plain http; they are signed, and public by nature.",
    check="Fetch the URL as the account: who asks for the login, the web server or a proxy?",
    undo="Set the former authentication of the folder again.",
    source="Microsoft KB 4032987 (reachable by all); RFC 5280 8 on https in CRL distribution points",
    explains=("chain.revocation-offline", "crl.unreachable", "crl.mirror-unreachable", "crl.delta-unreachable"),
    on_server=check,
)
