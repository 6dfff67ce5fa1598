"""Servers of one role present one certificate for one name and port."""

from collections.abc import Iterator

from farmsight_collector.correlate.peers import UNKNOWN, NotKnown, compare
from farmsight_collector.model.bindings import by_name, service_name
from farmsight_collector.model.mode import client_endpoint
from farmsight_collector.model.view import Farm, Held, Knowledge, Server
from farmsight_collector.rules.http.bound import summary
from farmsight_collector.rules.http.commands import set_certificate
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict


def check(farm: Farm) -> Iterator[Verdict]:
    """Compare each role's servers; a tie goes to the certificate that the other role or a later date favours."""
    for name, port in sorted({(service_name(farm), 443), client_endpoint(farm)}):
        for role, other in (("adfs", "wap"), ("wap", "adfs")):
            yield from _compare(farm, name, port, role, other)


def _compare(farm: Farm, name: str, port: int, role: str, other: str) -> Iterator[Verdict]:
    held: dict[str, Held] = {}
    values: dict[str, str | NotKnown] = {}
    for server in farm.of_role(role):
        if server.ask("tls-binding").knowledge is Knowledge.UNKNOWN:
            values[server.name] = UNKNOWN
            yield CannotTell(subject=f"{name}:{port}", reason=f"the bindings of {server.name} are not known")
        elif binding := by_name(server, name, port):
            held[server.name], values[server.name] = binding, str(binding.value.certificate_sha1)
    compared = compare(values)
    if not compared.differs:
        return
    right = compared.groups[0][0] if compared.odd else _favoured(farm, held, other, name, port)
    odd = tuple(s for s, v in values.items() if s in held and v != right) if right else compared.concerned
    for one in odd:
        yield Holds(
            subject=f"{name}:{port}",
            servers=(one,),
            title=f"{', '.join(odd)} present{'s' if len(odd) == 1 else ''} another certificate for {name}:{port}",
            evidence=tuple(held.values()),
            remedy=set_certificate(farm.server(one), str(right or "")),
        )


def _favoured(farm: Farm, held: dict[str, Held], other: str, name: str, port: int) -> str:
    candidates = {b.value.certificate_sha1 for b in held.values()}
    elsewhere = {b.value.certificate_sha1 for s in _known(farm.of_role(other)) if (b := by_name(s, name, port))}
    if len(candidates & elsewhere) == 1:
        return str((candidates & elsewhere).pop())
    dated: dict[str, int] = {}
    for server, binding in held.items():
        found = summary(farm, farm.server(server), binding)
        if found and found[0].HasField("not_before"):
            dated[str(binding.value.certificate_sha1)] = found[0].not_before.ToMicroseconds()
    if len(dated) < len(candidates) or len(set(dated.values())) < len(dated):
        return ""
    return max(dated, key=lambda sha1: dated[sha1])


def _known(servers: tuple[Server, ...]) -> tuple[Server, ...]:
    return tuple(s for s in servers if s.ask("tls-binding").knowledge is Knowledge.KNOWN)


RULE = Rule(
    code="http.binding-thumbprint-differs",
    catalogue=("HTTP-10", "WAP-11"),
    severity=Severity.ERROR,
    roles=frozenset({"adfs", "wap"}),
    reads=("tls-binding", "store-certificate"),
    what="A server binds another certificate to a name and port than its peers do.",
    why="After a renewal one server was forgotten: clients that meet it see the old certificate.",
    remedy="Set the current certificate on the lagging server by its role's cmdlet.",
    check="Is the certificate, with its private key, in the machine's MY store of this server?",
    undo="The same cmdlet with the former thumbprint.",
    source="Manage SSL certificates in AD FS and WAP",
    explains=("http.binding-thumbprints-mixed", "lb.node-differs"),
    on_farm=check,
)
