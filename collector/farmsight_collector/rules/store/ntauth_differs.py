"""AD FS servers of one forest have different copies of NTAuth."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import lacking
from farmsight_collector.model.view import Farm, Knowledge
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import peers_unseen


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each valid certificate that some AD FS servers' NTAuth copies hold and others lack."""
    held = inventory(farm)
    holdings: dict[str, frozenset[str]] = {}
    for server in farm.of_role("adfs"):
        answer = held.answer(server, "NTAuth")
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(server=server.name, reason=answer.reason, probe="certificate-stores", part="NTAuth")
        elif answer.knowledge is Knowledge.KNOWN:
            valid = (h.value.certificate.sha1 for h in answer.facts)
            holdings[server.name] = frozenset(s for s in valid if held.known[s].valid_at(farm.as_of))
    known_there = {held.known[sha1].subject for its in holdings.values() for sha1 in its}
    yield from peers_unseen(farm, "adfs", "NTAuth", besides=known_there)
    for sha1, compared in lacking(holdings).items():
        has = dict(compared.groups)
        known = held.known[sha1]
        yield Holds(
            subject=known.subject,
            servers=has[False],
            title=f"NTAuth lacks {known.subject} here, and holds it on {', '.join(has[True])}",
            evidence=tuple(h for h in known.held if h.kind == "store-certificate" and h.value.store == "NTAuth"),
            remedy=tuple(
                powershell(name, "certutil -pulse", "gpupdate /force", "certutil -store -enterprise NTAuth")
                for name in has[False]
            ),
        )


RULE = Rule(
    code="store.ntauth-differs",
    catalogue=("STORE-11",),
    severity=Severity.WARNING,
    roles=ADFS,
    reads=("store-certificate",),
    what="A certificate is in the NTAuth copy of some AD FS servers and not of others.",
    why=(
        "The copies are refreshed from Active Directory every few hours: a server that stays behind "
        "does not get its policy or talks to a stale domain controller."
    ),
    remedy=(
        "Refresh the enterprise stores (certutil -pulse); when that does not help look at replication "
        "of the Configuration partition."
    ),
    check="Compare the copies with the directory: which server is behind?",
    source="Microsoft, system store locations (CERT_SYSTEM_STORE_LOCAL_MACHINE_ENTERPRISE); comparison derived",
    explains=("store.not-in-ntauth",),
    on_farm=check,
)
