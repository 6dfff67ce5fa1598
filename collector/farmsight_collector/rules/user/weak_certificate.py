"""A user's own certificate is signed, or has a key, as is no longer trusted."""

from collections.abc import Iterator

from farmsight_collector.model.view import Farm, Held
from farmsight_collector.rules.chain.weak_signature import WEAK
from farmsight_collector.rules.commands import told
from farmsight_collector.rules.limits import RSA_BITS_BLOCKED, RSA_BITS_WEAK
from farmsight_collector.rules.rule import SIGN_IN, Holds, Rule, Severity, Verdict
from farmsight_collector.rules.user.given import judged, parsed


def check(farm: Farm) -> Iterator[Verdict]:
    """Look at the signature and the key of each user's certificate that was handed in."""

    def judge(held: Held, subject: str) -> Iterator[Verdict]:
        own = held.value.certificate
        algorithm = own.signature_algorithm or parsed(farm, held).parsed.signature_algorithm_oid.dotted_string
        short = own.public_key_algorithm == "RSA" and 0 < own.public_key_bits <= RSA_BITS_WEAK.value
        blocked = short and own.public_key_bits <= RSA_BITS_BLOCKED.value
        said = [f"is signed with {WEAK[algorithm]}"] if algorithm in WEAK else []
        said += [f"has an RSA key of {own.public_key_bits} bits"] if short else []
        if said:
            yield Holds(
                subject=subject,
                title=f"{subject} {' and '.join(said)}",
                evidence=(held,),
                remedy=(told("the CA", RULE.remedy),),
                severity=Severity.ERROR if blocked else None,
                limit_used=(RSA_BITS_BLOCKED if blocked else RSA_BITS_WEAK).text if short else "",
                catalogue=(*(("CHAIN-01",) if algorithm in WEAK else ()), *(("CHAIN-02",) if short else ())),
            )

    yield from judged(farm, judge)


RULE = Rule(
    code="user.weak-certificate",
    catalogue=("CHAIN-01", "CHAIN-02"),
    severity=Severity.WARNING,
    roles=SIGN_IN,
    reads=("given-certificate",),
    what="A user's certificate is signed with MD5 or SHA-1, or its RSA key is shorter than 2048 bits.",
    why="Hardened servers and phones refuse it; Windows blocks keys below 1024 bits outright.",
    remedy="Issue the certificate with SHA-256 and a key of 2048 bits or more.",
    check="certutil -dump of the certificate: signature and key; which template was it made from?",
    undo="The old certificate stays valid until it is revoked or ends.",
    source="wincrypt.h, MinRsaPubKeyBitLength and weak signature flags of the chain engine",
    on_farm=check,
)
