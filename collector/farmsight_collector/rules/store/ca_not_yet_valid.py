"""A CA certificate that users' chains need is not valid yet."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import user_chains
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.store.doubts import ca_unseen
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each CA with a certificate to come, while none of that CA's is valid now."""
    chains = user_chains(farm)
    yield from ca_unseen(farm)
    for authority in chains.authorities:
        begins = [k.not_before for k in authority.certificates if k.not_before and k.begun(farm.as_of) is False]
        siblings = (authority, *chains.namesakes(authority))
        if not begins or any(one.valid_at(farm.as_of) for one in siblings):
            continue
        yield Holds(
            subject=authority.subject,
            servers=tuple({held.server for held in authority.held}),
            title=f"{authority.subject} is valid only from {min(begins):%Y-%m-%d %H:%M} UTC",
            evidence=authority.held[:6],
            remedy=(
                told(
                    "", "Compare the clocks of the CA and of the servers (w32tm /query /status), then wait or re-issue"
                ),
            ),
            severity=weighed(RULE.severity, authority.standing),
            why=RULE.why + standing_words(authority.standing),
        )


RULE = Rule(
    code="store.ca-not-yet-valid",
    catalogue=("STORE-06",),
    severity=Severity.CRITICAL,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority", "chain-verdict", "given-certificate"),
    what="A CA of the users' chains has no certificate that is valid now, and one that begins later.",
    why="A chain is refused while any certificate in it is outside its validity (0x800B0101).",
    remedy="Check the clock of the CA that issued it; re-issue the certificate when its begin is wrong.",
    check="w32tm /stripchart against the same source on the CA and on the server: whose clock is wrong?",
    source="RFC 5280 6.1.3 (a)(2)",
    explains=("chain.server-refuses", "chain.revocation-offline"),
    on_farm=check,
)
