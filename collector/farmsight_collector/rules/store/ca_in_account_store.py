"""A CA certificate was imported where the machine does not look."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.gaps import Gap, Unsure, gaps
from farmsight_collector.rules.commands import install
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words, weighed
from farmsight_wire.v1 import facts_pb2

_WHOSE: Final = {
    facts_pb2.STORE_LOCATION_USER: "a user",
    facts_pb2.STORE_LOCATION_SERVICE: "a service",
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each CA that the machine's stores lack, and the store of a user or of a service on it holds."""
    elsewhere = _of_accounts(server)
    for gap in chain(gaps(farm, server, roots=True), gaps(farm, server, roots=False)):
        if isinstance(gap, Unsure):
            continue  # whether the machine lacks it at all is in doubt elsewhere
        here = [held for held in elsewhere if held.value.certificate.sha1 in gap.authority.sha1s]
        if here:
            yield _holds(server, gap, here)
        elif not elsewhere:
            yield CannotTell(
                server=server.name,
                subject=gap.authority.subject,
                reason="stores of users and services were not collected",
                probe="certificate-stores",
                part=gap.store,
            )


def _holds(server: Server, gap: Gap, here: list[Held]) -> Holds:
    value = here[0].value
    whose = _WHOSE[value.location] + (f" ({value.account})" if value.account else "")
    return Holds(
        subject=gap.authority.subject,
        servers=(server.name,),
        title=f"{gap.authority.subject} is in the store {value.store} of {whose}, and not in the machine's {gap.store}",
        evidence=(*here, *gap.elsewhere),
        remedy=install(server.name, gap),
        severity=weighed(RULE.severity, gap.authority.standing),
        why=RULE.why + standing_words(gap.authority.standing),
    )


def _of_accounts(server: Server) -> list[Held]:
    parts = (server.ask("store-certificate", part=store) for store in ("ROOT", "CA"))
    return [held for answer in parts for held in answer.facts if held.value.location in _WHOSE]


RULE = Rule(
    code="store.ca-in-account-store",
    catalogue=("STORE-05",),
    severity=Severity.ERROR,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority"),
    what="A CA of users' chains is in the store of a user or a service of this server, and not in the machine's.",
    why="The import looks done in certmgr.msc, but TLS and AD FS build chains from the machine's stores alone.",
    remedy="Import the certificate again for the machine: elevated, certutil -addstore without -user.",
    check="certutil -user -store CA as that account: is it the certificate that the CA's owner names?",
    undo="certutil -delstore STORE THUMBPRINT",
    source="Windows documentation on system store locations; field reports of HTTP 403.16",
    explains=("store.root-ca-missing", "store.issuing-ca-missing", "store.renewed-ca-missing"),
    on_server=check,
)
