"""A CA of the users' chains is explicitly distrusted."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held, Server
from farmsight_collector.pki import verdicts
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.pki.inventory import inventory
from farmsight_collector.rules.commands import move
from farmsight_collector.rules.rule import ADFS, Holds, Rule, Severity
from farmsight_collector.rules.weight import standing_words, weighed

_HOW = {
    "store-certificate": "is in the store of untrusted certificates (Disallowed)",
    "chain-verdict": "is explicitly distrusted, by the word of the server's chain engine",
}


def check(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each CA that matters and is in this server's Disallowed store."""
    yield from _told(farm, server)
    for held in inventory(farm).need(server, "DISALLOWED"):
        yield from _distrusted(farm, server, held, str(held.value.certificate.sha1))


def _told(farm: Farm, server: Server) -> Iterator[Holds]:
    """Yield each CA that the server's own chain engine met as distrusted."""
    for one in verdicts.said(server):
        for summary in one.with_error(verdicts.EXPLICIT_DISTRUST):
            yield from _distrusted(farm, server, one.held, summary.sha1)


def _distrusted(farm: Farm, server: Server, held: Held, sha1: str) -> Iterator[Holds]:
    authority = user_chains(farm).by_sha1.get(sha1)
    if authority is not None:
        valid = {known.sha1 for known in authority.valid_at(farm.as_of)}
        full = RULE.severity if sha1 in valid else Severity.INFO
        yield Holds(
            subject=authority.subject,
            servers=(server.name,),
            title=f"{authority.subject} {_HOW[held.kind]}",
            evidence=(held,),
            remedy=(
                move(
                    server.name,
                    sha1,
                    out_of="Disallowed",
                    first="# ask who distrusted it, and why: a key that was stolen stays distrusted",
                ),
            ),
            severity=weighed(full, authority.standing),
            why=RULE.why + standing_words(authority.standing),
        )


RULE = Rule(
    code="store.ca-disallowed",
    catalogue=("STORE-07",),
    severity=Severity.CRITICAL,
    roles=ADFS | {"wap"},
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what="A CA certificate of a users' chain is in the machine's Disallowed store.",
    why=(
        "Explicit distrust (CERT_TRUST_IS_EXPLICIT_DISTRUST) ends every chain with this CA, whatever "
        "the other stores hold."
    ),
    remedy=(
        "Find out why it was distrusted; when that was a mistake, delete it from Disallowed and from "
        "the policy that put it there."
    ),
    check="Ask who distrusted it and why; a key that was stolen stays distrusted.",
    undo="Add the exported copy to Disallowed again.",
    source="wincrypt.h, CERT_TRUST_IS_EXPLICIT_DISTRUST (0x04000000)",
    explains=("chain.server-refuses", "chain.revocation-offline"),
    on_server=check,
)
