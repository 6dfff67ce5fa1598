"""IIS refuses the plus sign in a delta CRL's name."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.revocation import Fetched
from farmsight_collector.pki.told import plain
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import SIGN_IN, CannotTell, Rule, Severity, Verdict
from farmsight_collector.rules.weight import fetches, of_fetch
from farmsight_wire.v1 import facts_pb2

_COMMAND = (
    "& $env:windir\\system32\\inetsrv\\appcmd.exe {} config 'Default Web Site/CertEnroll' "
    "/section:system.webServer/security/requestFiltering{}"
)


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each delta URL with a plus sign that answers 404 where its base CRL's host serves the base."""
    for one in fetches(farm, server, facts_pb2.RETRIEVAL_PURPOSE_DELTA):
        if isinstance(one, CannotTell):
            yield one
            continue
        refused = one.value.http_status == 404 and _has_plus(one.value.url)
        base = _base(one) if refused and not _served_elsewhere(farm, _host(one.value.url)) else None
        if base is not None:
            yield of_fetch(
                one,
                full=RULE.severity,
                subject=_host(one.value.url),
                title=f"The web server answers 404 to {one.value.url}, and serves the base CRL beside it",
                why=RULE.why,
                evidence=(base,),
                remedy=(
                    powershell(
                        "the web server",
                        _COMMAND.format("set", " /allowDoubleEscaping:true"),
                        check=(_COMMAND.format("list", ""), "# is the file there?"),
                        undo=(_COMMAND.format("set", " /allowDoubleEscaping:false"),),
                    ),
                ),
            )


def _base(one: Fetched) -> Held | None:
    host = _host(one.value.url)
    return next(
        (
            held
            for held in one.server.ask("retrieval", context=one.context).facts
            if held.value.purpose == facts_pb2.RETRIEVAL_PURPOSE_CRL
            and plain(held.value).outcome == facts_pb2.RETRIEVAL_OUTCOME_OK
            and _host(held.value.url) == host
        ),
        None,
    )


def _has_plus(url: str) -> bool:
    name = url.rpartition("/")[2].lower()
    return "+" in name or "%2b" in name


def _served_elsewhere(farm: Farm, host: str) -> bool:
    """Tell whether the host serves some name with a plus sign: then the file is missing, and nothing is refused."""
    return any(
        plain(held.value).outcome == facts_pb2.RETRIEVAL_OUTCOME_OK
        and _has_plus(held.value.url)
        and _host(held.value.url) == host
        for server in farm.servers
        for held in server.facts.get("retrieval", ())
    )


def _host(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return url


RULE = Rule(
    code="crl.double-escaping",
    catalogue=("CRL-08",),
    severity=Severity.ERROR,
    roles=SIGN_IN,
    reads=("retrieval", "store-certificate", "entra-authority"),
    what=(
        "A delta CRL whose file name has a plus sign answers 404, while the same host serves the base "
        "CRL and no other name with a plus sign."
    ),
    why=(
        "IIS takes a plus sign for double escaping and answers 404.11 unless it is allowed; the file is"
        " there all the same."
    ),
    remedy="Allow double escaping on the web site that publishes CRLs, after a look that the file is there.",
    check="Is the file there, and does it answer under another name? appcmd list config shows the present value.",
    undo="The same command with allowDoubleEscaping:false.",
    source="AD CS deployment guides, IIS request filtering for delta CRLs",
    explains=("crl.delta-unreachable",),
    on_server=check,
)
