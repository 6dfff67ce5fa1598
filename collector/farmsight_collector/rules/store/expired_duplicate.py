"""An expired certificate of a CA lies beside the valid one of the same name and key."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Server
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import move
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each CA of which one store holds both a valid and an expired certificate of one key."""
    for store in ("CA", "ROOT"):
        inventory(farm).need(server, store)
        for authority in user_chains(farm).authorities:
            held = inventory(farm).holding(server, store, authority.sha1s)
            valid = {known.sha1 for known in authority.valid_at(farm.as_of)}
            ended = [known.sha1 for known in authority.certificates if known.ended(farm.as_of)]
            ended = [h.value.certificate.sha1 for h in held if h.value.certificate.sha1 in ended]
            if not ended or not any(h.value.certificate.sha1 in valid for h in held):
                continue
            yield Holds(
                subject=authority.subject,
                servers=(server.name,),
                title=f"{store} holds an expired certificate of {authority.subject} beside the valid one",
                evidence=held,
                remedy=tuple(move(server.name, sha1, out_of=store) for sha1 in ended),
            )


RULE = Rule(
    code="store.expired-duplicate",
    catalogue=("STORE-09",),
    severity=Severity.INFO,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority"),
    what="One store holds two certificates of a CA with the same name and key, of which one has expired.",
    why="A chain builder may try the expired one first; old systems have been seen to choose it.",
    remedy="Keep a copy of the expired certificate and delete it from the store.",
    check="Compare name and key of both, and that the one that stays is valid.",
    undo="Add the exported copy to the store again.",
    source="Field reports; the order of candidates is not documented",
    on_server=check,
)
