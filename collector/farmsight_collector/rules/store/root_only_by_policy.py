"""A root comes to a server by Group Policy alone."""

from collections.abc import Iterator
from typing import Final

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import exported, powershell
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity
from farmsight_wire.v1 import facts_pb2

PUBLISHER: Final = "Microsoft-Windows-CAPI2"
LOG: Final = "microsoft-windows-capi2/operational"
_NO_EVENT: Final = " No event says that this has happened here."
_NO_LOG: Final = (
    " Whether this has happened here can't be seen: the CAPI2 log is off "
    "(wevtutil sl Microsoft-Windows-CAPI2/Operational /e:true)."
)
UNTRUSTED: Final = "800b0109"  # CERT_E_UNTRUSTEDROOT
CHAIN_EVENTS: Final = frozenset({11, 30})  # build chain, verify chain policy


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each root of users' chains whose only origin here is Group Policy; events of distrust make it weigh."""
    rows = inventory(farm).need(server, "ROOT")
    by_policy = [held for held in rows if _only_policy(held)]
    refused = _refused(server)
    chains = user_chains(farm)
    for held in by_policy:
        authority = chains.by_sha1.get(held.value.certificate.sha1)
        if authority is None or authority.standing is Standing.HELD or not authority.root:
            continue
        sha1 = held.value.certificate.sha1
        yield Holds(
            subject=authority.subject,
            servers=(server.name,),
            title=f"{authority.subject} comes by Group Policy only, one of {len(by_policy)} roots that do",
            evidence=(held, *refused[:4]),
            remedy=(
                powershell(
                    server.name,
                    f"certutil -store Root {sha1} {exported(sha1)}",
                    f"certutil -f -addstore Root {exported(sha1)}",
                    f"# or publish it in Active Directory: certutil -dspublish -f {sha1}.cer RootCA",
                    check=(f"certutil -store Root {sha1}", "gpresult /scope computer /h C:\\Windows\\Temp\\gp.html"),
                    undo=(f"certutil -delstore Root {sha1}  # takes out the machine's own copy alone",),
                ),
            ),
            severity=None if refused else Severity.INFO,
            why=RULE.why if refused else RULE.why + (_NO_LOG if _log_is_off(server) else _NO_EVENT),
        )


def _log_is_off(server: Server) -> bool:
    settings = server.ask("schannel-setting").facts
    return any(held.value.name.lower() == "capi2/enabled" and held.value.number == 0 for held in settings)


def _only_policy(held: Held) -> bool:
    value = held.value
    return bool(value.origin == facts_pb2.STORE_ORIGIN_GROUP_POLICY and not value.other_origins)


def _refused(server: Server) -> list[Held]:
    """Return the events by which chain building met an untrusted root."""
    return [
        held
        for held in server.ask("event", part=PUBLISHER).facts
        if held.value.log.lower() == LOG
        and held.value.event_id in CHAIN_EVENTS
        and any(UNTRUSTED in text.lower() for text in held.value.data.values())
    ]


RULE = Rule(
    code="store.root-only-by-policy",
    catalogue=("STORE-10",),
    severity=Severity.WARNING,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "event", "schannel-setting"),
    what="A root of users' chains is in ROOT by Group Policy alone; with events of an untrusted root it is a warning.",
    why="While the policy is written anew the root is gone for a moment, and chains end untrusted (0x800B0109).",
    remedy="Add the root to the machine's own store as well, or publish it in Active Directory instead.",
    check="gpresult /h shows the policy that brings it; compare the thumbprint.",
    undo="certutil -delstore Root THUMBPRINT takes out the machine's own copy alone.",
    source="Microsoft KB 4560600, valid root CA certificates that are taken for untrusted",
    on_server=check,
)
