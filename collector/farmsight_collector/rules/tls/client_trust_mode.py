"""Client certificates are trusted by the machine's roots."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import serving
from farmsight_collector.model.mode import server_endpoint
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.commands import registry
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.tls.commands import QUIET, SCHANNEL
from farmsight_collector.rules.tls.issuers import setting, spelled

MODES = {1: "exclusive root trust", 2: "exclusive CA trust"}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look for a mode other than 0 whose store holds none of the users' CAs."""
    server.need("schannel-setting")
    held = setting(server, "ClientAuthTrustMode")
    if held is None or held.value.number not in MODES:
        return
    binding = serving(server, *server_endpoint(farm, server))
    store = str(binding.value.ctl_store) if binding else ""
    if store and _holds_any(farm, server, store):
        return
    yield Holds(
        subject=f"ClientAuthTrustMode {held.value.number}",
        servers=(server.name,),
        title=f"{server.name} is set to {MODES[held.value.number]}, and "
        + (f"{store} holds none of the users' CAs" if store else "its binding names no store"),
        evidence=(held, *((binding,) if binding else ())),
        remedy=(registry(server.name, SCHANNEL, "ClientAuthTrustMode", 0, held.value.number, QUIET),),
    )


def _holds_any(farm: Farm, server: Server, store: str) -> bool:
    held = server.need("store-certificate", part=spelled(server, store))
    known = user_chains(farm).by_sha1
    return any(h.value.certificate.sha1 in known for h in held)


RULE = Rule(
    code="tls.client-trust-mode",
    catalogue=("TLS-04",),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("schannel-setting", "tls-binding", "store-certificate"),
    what="ClientAuthTrustMode trusts only the binding's own store, which has none of the users' CAs.",
    why="Every user certificate is refused on this server.",
    remedy="Set the value to 0, or fill the store.",
    check="reg query of the value: who set it, and is there a store that is meant?",
    undo="reg add with the former value.",
    source="What's new in TLS/SSL (Schannel SSP); TLS registry settings",
    explains=("client.endpoint-refuses",),
    on_server=check,
)
