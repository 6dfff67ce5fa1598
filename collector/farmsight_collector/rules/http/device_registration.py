"""What device registration needs of http.sys, by what the other servers of the role have."""

from collections.abc import Callable, Iterator

from farmsight_collector.model.view import Farm, Held, Knowledge
from farmsight_collector.rules.rule import CannotTell, Holds, Remedy, Rule, Verdict
from farmsight_collector.rules.unseen import unseen


def lacking(
    rule: Rule, farm: Farm, kind: str, is_it: Callable[[Held], bool], remedy: Callable[[str, Held], Remedy]
) -> Iterator[Verdict]:
    """Yield each server that lacks what another of its role has: on a farm that registers no devices none has it."""
    for role in sorted(rule.roles):
        servers = farm.of_role(role)
        yield from unseen(servers, kind)
        answers = {server.name: server.ask(kind) for server in servers}
        have = {name: [held for held in a.facts if is_it(held)] for name, a in answers.items()}
        some = next((rows[0] for rows in have.values() if rows), None)
        for name, answer in answers.items():
            if some is None or have[name]:
                continue
            if kind == "tls-binding" and answer.facts and not any(map(_by_http_sys, answer.facts)):
                yield CannotTell(server=name, reason="only AD FS's own list of bindings is here", probe="http-sys")
            elif answer.knowledge is Knowledge.KNOWN:
                yield Holds(
                    subject=some.key,
                    servers=(name,),
                    title=f"{name} has no {rule.code.rpartition('-')[2]} {some.key}, which {some.server} has",
                    evidence=(some,),
                    remedy=(remedy(name, some),),
                )


def _by_http_sys(held: Held) -> bool:
    """Tell whether http.sys itself listed the binding: the role's cmdlets name some of them, and no flags."""
    return bool(held.value.HasField("verify_client_revocation"))
