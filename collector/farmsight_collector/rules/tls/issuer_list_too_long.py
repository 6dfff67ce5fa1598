"""The list of issuers fits into the handshake."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell, registry
from farmsight_collector.rules.limits import ISSUER_LIST_BYTES
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.commands import QUIET, SCHANNEL
from farmsight_collector.rules.tls.issuers import list_size, list_store, setting

SENT = "SendTrustedIssuerList"


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Add up the names that would be sent: two bytes of length and the name's DER for each."""
    name, port = server_endpoint(farm, server)
    binding = serving(server, name, port)
    store = list_store(server, binding)
    if store is None:
        return
    most = int(ISSUER_LIST_BYTES.value)  # what is over is cut off
    size, exact, held = list_size(farm, server, store, most)
    if size <= most:
        return
    sent = setting(server, SENT)
    takes = f"take {size} bytes" if exact else f"take {size} bytes at least"
    yield Holds(
        subject=store,
        servers=(server.name,),
        title=f"{server.name}: the issuers in {store} {takes}; Schannel sends {most}",
        evidence=((binding,) if binding else ()) + held[:20],
        limit_used=ISSUER_LIST_BYTES.text,
        remedy=(
            registry(server.name, SCHANNEL, SENT, 0, sent.value.number if sent else None, QUIET),
            powershell(
                server.name,
                "# where the list is wanted: give it a store of its own, with the users' CAs only",
                "certutil -f -addstore ClientAuthIssuer CA.cer",
                check=("certutil -store ClientAuthIssuer",),
                undo=("certutil -delstore ClientAuthIssuer THUMBPRINT",),
            ),
        ),
    )


RULE = Rule(
    code="tls.issuer-list-too-long",
    catalogue=("TLS-01",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "schannel-setting", "store-certificate"),
    what="The issuer list that a server sends is longer than Schannel allows.",
    why="It is cut off: clients whose CA stands in the lost part find no certificate to send (Schannel 36885).",
    remedy="Send a list of the users' CAs only, from a store of its own, or none.",
    check="certutil -store of the list's store: which CAs are the users'?",
    undo="reg add with the former value, or reg delete where there was none; delete what was added.",
    source="What's new in TLS/SSL (Schannel SSP); KB 2801679",
    explains=("tls.issuer-list-lacks-ca",),
    on_server=check,
)
