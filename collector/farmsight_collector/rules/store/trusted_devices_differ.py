"""The proxies' certificates that AD FS servers trust are not the same on all."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC

from farmsight_collector.correlate.peers import NotKnown, lacking
from farmsight_collector.model.view import Farm, Held, UnknownFactError
from farmsight_collector.rules.commands import powershell
from farmsight_collector.rules.rule import ADFS, CannotTell, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import peers_unseen

STORE = "AdfsTrustedDevices"


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each AD FS server that lacks a valid certificate which another's AdfsTrustedDevices holds."""
    held: dict[str, dict[str, Held]] = {}
    for server in farm.of_role("adfs"):
        try:
            rows = server.need("store-certificate", part=STORE)
        except UnknownFactError as error:
            yield CannotTell(server=server.name, reason=error.reason, probe=error.probe, part=STORE)
            continue
        held[server.name] = {h.value.certificate.sha1: h for h in rows if _valid(farm, h)}
    yield from peers_unseen(farm, "adfs", STORE)
    holdings: dict[str, frozenset[str] | NotKnown] = {name: frozenset(its) for name, its in held.items()}
    short: dict[str, list[str]] = defaultdict(list)
    for sha1, compared in lacking(holdings).items():
        for has, servers in compared.groups:
            for name in servers if not has else ():
                short[name].append(sha1)
    for name, missing in sorted(short.items()):
        rows = tuple(its[sha1] for sha1 in sorted(missing) for its in held.values() if sha1 in its)
        subjects = sorted({row.value.certificate.subject or row.value.certificate.sha1 for row in rows})
        yield Holds(
            subject=f"{STORE} on {name}",
            servers=(name,),
            title=f"{STORE} lacks {', '.join(subjects)}, which {', '.join(sorted({r.server for r in rows}))} has",
            evidence=rows,
            remedy=(
                powershell(
                    name,
                    "Get-AdfsSyncProperties  # on a secondary: LastSyncStatus must be 0",
                    (
                        "Restart-Service adfssrv  # in a quiet hour; then compare "
                        "Cert:\\LocalMachine\\AdfsTrustedDevices"
                    ),
                ),
            ),
        )


def _valid(farm: Farm, held: Held) -> bool:
    summary = held.value.certificate
    return not summary.HasField("not_after") or summary.not_after.ToDatetime(tzinfo=UTC) > farm.as_of


RULE = Rule(
    code="store.trusted-devices-differ",
    catalogue=("STORE-14",),
    severity=Severity.ERROR,
    roles=ADFS,
    reads=("store-certificate",),
    what="AD FS servers of one farm hold different valid certificates in AdfsTrustedDevices.",
    why=(
        "A proxy whose certificate is missing on a server is refused there: sign-in from outside fails "
        "whenever it reaches that server."
    ),
    remedy=(
        "Mend the synchronisation of the configuration database and restart AD FS on the server that "
        "lags; else set up the proxy trust again."
    ),
    check="Get-AdfsSyncProperties on the node that lags: LastSyncStatus must be 0.",
    source="AD FS Toolbox, TestProxyTrustPropagation; AD FS documentation on proxy trust",
    explains=("wap.health",),
    on_farm=check,
)
