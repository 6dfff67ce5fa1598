"""In alternate mode the certauth host must be found by name."""

from collections.abc import Iterator

from farmsight_collector.model.bindings import certauth_name
from farmsight_collector.model.mode import Mode, need_mode
from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.rules.network.commands import resolve
from farmsight_collector.rules.rule import CannotTell, Holds, Rule, Severity, Verdict
from farmsight_wire.v1 import facts_pb2


def check(farm: Farm) -> Iterator[Verdict]:
    """Ask every server how it resolves certauth.NAME; sign-in servers need not ask for it themselves."""
    if need_mode(farm).mode is not Mode.ALTERNATE:
        return
    name, asked = certauth_name(farm), False
    for server in farm.servers:
        answer = server.ask("host")
        if answer.knowledge is Knowledge.UNKNOWN:
            yield CannotTell(server=server.name, subject=name, reason=answer.reason, probe="host")
            continue
        for held in answer.facts:
            outcome = _outcome(held, name)
            asked = asked or outcome is not None
            if outcome == facts_pb2.RESOLUTION_OUTCOME_NO_SUCH_NAME:
                yield Holds(
                    subject=name,
                    servers=(server.name,),
                    title=f"{server.name} finds no address for {name}",
                    evidence=(held,),
                    remedy=(resolve(server, name),),
                )
    if not asked:
        yield CannotTell(subject=name, reason=f"no server tried to resolve {name}", probe="host")


def _outcome(held: Held, name: str) -> int | None:
    return next((int(r.outcome) for r in held.value.resolutions if r.name.lower() == name), None)


RULE = Rule(
    code="client.certauth-name-missing",
    catalogue=("NET-11",),
    severity=Severity.CRITICAL,
    roles=frozenset({"adfs", "wap", "proxy", "vantage"}),
    reads=("host", "tls-binding", "adfs-properties"),
    what="The farm asks for certificates on certauth.NAME, and that name has no address here.",
    why="After choosing certificate sign-in the browser says that the server is not found.",
    remedy="Add certauth.NAME to internal and public DNS, with the same addresses as the service's name.",
    check="Resolve the name inside and outside: where is it missing?",
    undo="Delete the record again.",
    source="Configure user certificate authentication in AD FS; AD FS alternate hostname binding",
    explains=("client.port-unreachable", "client.endpoint-refuses"),
    on_farm=check,
)
