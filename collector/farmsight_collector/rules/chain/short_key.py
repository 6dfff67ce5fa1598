"""A CA in the users' chains has an RSA key that is too short."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm
from farmsight_collector.pki.chains import Standing, user_chains
from farmsight_collector.rules.chain.said import only_listed
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.limits import RSA_BITS_BLOCKED, RSA_BITS_WEAK
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.weight import standing_words, weighed


def check(farm: Farm) -> Iterator[Verdict]:
    """Yield each valid CA whose RSA key is at or below a limit of Windows."""
    for authority in user_chains(farm).authorities:
        newest = next(iter(authority.valid_at(farm.as_of)), None)
        bits = newest.summary.public_key_bits if newest and newest.summary.public_key_algorithm == "RSA" else 0
        if newest is not None and not newest.summary.public_key_bits:
            yield only_listed(authority)
        if newest is None or not 0 < bits <= RSA_BITS_WEAK.value:
            continue
        blocked = bits <= RSA_BITS_BLOCKED.value
        limit = RSA_BITS_BLOCKED if blocked else RSA_BITS_WEAK
        full = Severity.ERROR if blocked else RULE.severity
        yield Holds(
            subject=authority.subject,
            title=f"{authority.subject} has an RSA key of {bits} bits",
            evidence=newest.held[:4],
            remedy=(
                told("the CA", "Renew the CA with a new key of 2048 bits or more, and distribute the certificate"),
            ),
            severity=Severity.INFO if authority.standing is Standing.HELD else weighed(full, authority.standing),
            why=RULE.why + standing_words(authority.standing),
            limit_used=limit.text,
        )


RULE = Rule(
    code="chain.short-key",
    catalogue=("CHAIN-02",),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("store-certificate", "entra-authority"),
    what="An RSA key of a CA in a users' chain is shorter than 2048 bits; below 1024 bits it is an error.",
    why="Windows blocks keys under 1024 bits and marks those under 2048 bits as weak; other clients refuse them.",
    remedy="Renew the CA with a longer key.",
    check="certutil -dump CA.cer: length and algorithm of the key; look for other uses of the CA.",
    undo="Keep the old CA certificate in the stores until its last user certificate ends.",
    source="wincrypt.h, MinRsaPubKeyBitLength and weak RSA key defaults of the chain engine",
    on_farm=check,
)
