"""Servers send the CAs between their own certificate and its root."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import service_name
from farmsight_collector.model.endpoints import Seen, seen
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held
from farmsight_collector.pki import names
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.client.doubts import blind
from farmsight_collector.rules.commands import either, powershell
from farmsight_collector.rules.rule import Holds, Rule, Severity, Verdict
from farmsight_collector.rules.unseen import unseen
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Look whether the issuer of the last certificate that is sent is a root; a known CA below one was left out."""
    yield from blind(farm)
    yield from unseen(farm, "store-certificate")
    for name, port in sorted({(service_name(farm), 443), client_endpoint(farm)}):
        for look in seen(farm, name, port):
            last = next((h.chain[-1] for h in look.completed if h.chain), None)
            left_out = _between(farm, last) if last is not None and look.as_client else ()
            if last is not None and left_out:
                yield _holds(look, last, left_out)


def _between(farm: Farm, last: facts_pb2.CertificateSummary) -> tuple[Held, ...]:
    """Return the copies of the CA that issued a certificate, where every one of that name is no root."""
    if last.self_issued == facts_pb2.TRISTATE_YES or last.issuer == last.subject:
        return ()
    wanted, key = names.text_key(last.issuer), last.authority_key_identifier
    known = [one for one in inventory(farm).known.values() if names.text_key(one.subject) == wanted]
    if not known or any(one.self_issued is not False for one in known):
        return ()
    fitting = [one for one in known if not key or one.summary.subject_key_identifier in ("", key)]
    return tuple(held for one in fitting for held in one.held)


def _holds(look: Seen, last: facts_pb2.CertificateSummary, left_out: tuple[Held, ...]) -> Holds:
    where = look.target.name if look.target else look.value.address
    return Holds(
        subject=last.issuer,
        servers=look.servers,
        title=f"{where} does not send {last.issuer}, which issued the last certificate that it sends",
        evidence=(look.held, *left_out[:4]),
        remedy=(
            either(
                look.target,
                powershell(
                    look.target.name if look.target else "",
                    "certutil -f -addstore CA C:\\Windows\\Temp\\SERVER-CA.cer",
                    "Restart-Service adfssrv",
                    check=("certutil -store CA", "certutil -dump C:\\Windows\\Temp\\SERVER-CA.cer"),
                    undo=("certutil -delstore CA THUMBPRINT",),
                ),
                "Append the CA's certificate to the file of the server's own certificate, and reload the proxy.",
            ),
        ),
    )


RULE = Rule(
    code="tls.server-chain-incomplete",
    catalogue=("TLS-11",),
    severity=Severity.WARNING,
    roles=frozenset({"adfs", "wap", "vantage"}),
    reads=("tls-endpoint", "store-certificate", "tls-binding", "adfs-properties", "host"),
    what="A server does not send the CA between its own certificate and the root.",
    why="Phones refuse the server; computers fetch the CA from its AIA URL, where they can. Nobody is asked before.",
    remedy="Add the CA to the machine's CA store, and restart AD FS or the server.",
    check="certutil -store CA: is the server's own CA there, and valid?",
    undo="certutil -delstore CA of what was added.",
    source="RFC 8446 4.4.2 (each certificate certifies the one before; only the root may be left out)",
    on_farm=check,
)
