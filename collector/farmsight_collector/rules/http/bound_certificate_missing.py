"""A binding names a certificate by thumbprint only: it must be there, with its key."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import bindings, of_adfs
from farmsight_collector.model.view import Farm, Server
from farmsight_collector.rules.commands import powershell, quoted
from farmsight_collector.rules.http.bound import in_store, store_of
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(_farm: Farm, server: Server) -> Iterator[Verdict]:
    """Look each bound certificate up in its store; without a private key it is as good as missing."""
    for binding in of_adfs(bindings(server)):
        thumbprint, store = binding.value.certificate_sha1, store_of(binding)
        if not thumbprint:
            yield CannotTell(server=server.name, subject=binding.key, reason="the binding shows no thumbprint")
            continue
        held = in_store(server, binding)
        if held is not None and held.value.has_private_key != facts_pb2.TRISTATE_NO:
            continue
        wrong = f"is not in {store}" if held is None else "has no private key"
        place = f"Cert:\\LocalMachine\\{store}"
        repair = f"Import-PfxCertificate -FilePath SSL.pfx -CertStoreLocation {quoted(place)}"
        yield Holds(
            subject=thumbprint,
            servers=(server.name,),
            title=f"{server.name}: the certificate bound to {binding.key} {wrong}",
            evidence=(binding, *((held,) if held else ())),
            remedy=(
                powershell(
                    server.name,
                    repair if held is None else f"certutil -repairstore {quoted(store)} {quoted(thumbprint)}",
                    check=(f"certutil -store {quoted(store)} {quoted(thumbprint)}",),
                    undo=(f"certutil -delstore {quoted(store)} {quoted(thumbprint)}",) if held is None else (),
                ),
            ),
        )


RULE = Rule(
    code="http.bound-certificate-missing",
    catalogue=("HTTP-11",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate"),
    what="A binding of AD FS names a certificate that its store lacks, or that has no private key there.",
    why="The binding looks right, but every TLS handshake fails (Schannel 36870).",
    remedy="Import the certificate with its key, or join it to its key with certutil -repairstore.",
    check="certutil -store MY THUMBPRINT: is the certificate there, and does it have its key?",
    undo="Delete what was imported by its thumbprint.",
    source="adfsToolbox certificate available and private key tests",
    explains=("client.port-unreachable", "client.endpoint-refuses", "client.certificate-not-asked",
              "wap.farm-unreachable", "lb.node-differs"),
    on_server=check,
)  # fmt: skip
