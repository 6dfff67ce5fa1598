"""A certificate that is not self-signed stands among the trusted roots."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import move
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Remedy, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2

_PUT_BACK_BY = {
    facts_pb2.STORE_ORIGIN_GROUP_POLICY: "Group Policy: remove it from Trusted Root Certification Authorities there",
    facts_pb2.STORE_ORIGIN_ENTERPRISE: "Active Directory: remove it from CN=Certification Authorities there",
}


def check(farm: Farm, server: Server) -> Iterator[Verdict]:
    """Yield each certificate of ROOT whose issuer is not its subject."""
    known = inventory(farm).known
    for held in inventory(farm).need(server, "ROOT"):
        one = known.get(held.value.certificate.sha1)
        own_name = one.self_issued if one else None
        if own_name is None and held.value.origin != facts_pb2.STORE_ORIGIN_PACKAGE:
            yield CannotTell(server=server.name, subject=held.key, reason="issuer and subject are not readable")
        if one is None or own_name is not False or held.value.origin == facts_pb2.STORE_ORIGIN_PACKAGE:
            continue
        yield Holds(
            subject=one.subject,
            servers=(server.name,),
            title=f"{one.subject} is in the trusted root store (ROOT), but {one.issuer} issued it",
            evidence=(held,),
            remedy=(_remedy(server.name, held),),
        )


def _remedy(server: str, held: Held) -> Remedy:
    back = _PUT_BACK_BY.get(held.value.origin)
    first = f"# mend it there first, or it comes back: {back}" if back else ""
    return move(server, held.value.certificate.sha1, out_of="Root", to="CA", first=first)


RULE = Rule(
    code="store.non-root-in-root",
    catalogue=("STORE-04",),
    severity=Severity.CRITICAL,
    roles=ADFS | {"wap"},
    reads=("store-certificate",),
    what=(
        "The machine's ROOT store, in any of its physical parts, holds a certificate whose issuer is not its subject."
    ),
    why=(
        "Schannel then treats client certificates as untrusted: all of them are refused on this server,"
        " with 403.16 or 403.7."
    ),
    remedy=(
        "Move the certificate to the CA store; where Group Policy or Active Directory delivers it, "
        "correct it there first."
    ),
    check="Look where the copy comes from: what a policy brings comes back until the policy is mended.",
    undo="Add the exported copy to Root again (certutil -f -addstore Root).",
    source="Microsoft KB 2802568 and KB 2795828; AD FS Toolbox, TestNonSelfSignedCertificatesInRootStore",
    on_server=check,
)
