"""Chains where CAs certify each other without end, and a CRL of half a million entries: the work is bounded and cheap.

The bound for a search is the bare library checking as many signatures; for the large CRL, the bare library reading it
once, and looking a number up as it does by itself.
"""

import hashlib
import random
import secrets
import statistics
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from farmsight_collector.pki import certificates, crls, der
from farmsight_collector.pki.paths import builder
from farmsight_collector.pki.paths.builder import Built, build
from farmsight_collector.pki.paths.judge import Case, judged
from farmsight_collector.pki.paths.on_server import judged_on
from farmsight_collector.pki.paths.pool import Candidate, Pool, pool
from farmsight_collector.pki.paths.terms import CRYPTOAPI
from farmsight_wire.v1 import facts_pb2
from tests.bench.report import Figure, say
from tests.fakes import pki
from tests.fakes.farms import NOW
from tests.fakes.paths import Made, issue, user

BUILD_S = 1.0
FARM_S = 1.0
SLOWER = 1.5  # than the bare library, for reading a list once


def measure(*, authorities: int = 2000, crossed: int = 5, entries: int = 500_000, servers: int = 50) -> list[Figure]:
    """Return the figures of the search, of the list, and of a farm that judges by both."""
    return [*_search(authorities, crossed), *_list(entries), _farm(servers, entries)]


def _timed(do: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    made = do()
    return time.perf_counter() - began, made


def _search(authorities: int, crossed: int) -> list[Figure]:
    """Return how long the chains of a leaf take to find and judge, with a trusted root far away and with none."""
    say(f"paths: making {authorities * crossed} certificates of {authorities} CAs that certify each other")
    made = _dense(authorities, crossed)
    root, leaf = issue(made[0].certificate.subject, key=made[0].key), user("alice", made[-1])
    held = [Candidate(certificate=one.read, found_in=("CA",)) for one in made]
    trusted = Candidate(certificate=root.read, found_in=("ROOT",), trusted=True)
    figures = []
    for what, candidates in (("a root", [*held, trusted]), ("no root", held)):
        there = pool(candidates)
        certificates.forget_signatures()
        took, (built, verdict) = _timed(lambda there=there: _judged(leaf, there))
        bare = _bare_checks(made, built.checks)
        work = f"{built.steps} steps, {built.checks} signatures, {len(built.paths)} chains"
        say(f"paths: {authorities} CAs, {what}: {verdict}; {work}; {built.stopped or 'every chain was looked at'}")
        bounded = built.steps <= builder.STEPS and built.checks <= builder.CHECKS
        figures.append(
            Figure(
                what=f"chains among {authorities} CAs, each certified by {crossed}, {what} trusted ({work})",
                measured=f"{took * 1000:.0f} ms",
                bound=f"{bare * 1000:.0f} ms",
                ratio=f"{took / bare:.1f}",
                budget=f"< {BUILD_S * 1000:.0f} ms",
                kept=took < BUILD_S and bounded,
            )
        )
    return figures


def _judged(leaf: Made, there: Pool) -> tuple[Built, str]:
    candidate = Candidate(certificate=leaf.read)
    verdict = judged(Case(leaf=candidate, pool=there, at=NOW, terms=CRYPTOAPI)).verdict
    return build(candidate, there, NOW), verdict.value


def _dense(authorities: int, crossed: int) -> list[Made]:
    chance = random.Random(4158)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(authorities)]
    names = [issue(f"CA {number}", key=key) for number, key in enumerate(keys)]
    return [
        issue(f"CA {number}", names[(number + step) % authorities], key=keys[number])
        for number in range(authorities)
        for step in (1, *chance.sample(range(2, authorities), crossed - 1))
    ]


def _bare_checks(made: list[Made], count: int) -> float:
    """Return how long the library takes for as many signatures."""
    some = [(one.certificate, one.certificate.public_key()) for one in made[:100]]
    signature = ec.ECDSA(hashes.SHA256())
    began = time.perf_counter()
    for number in range(count):
        one, key = some[number % len(some)]
        with suppress(InvalidSignature):  # by another key: checking takes as long
            key.verify(one.signature, one.tbs_certificate_bytes, signature)
    return time.perf_counter() - began


def _list(entries: int) -> list[Figure]:
    data, listed = large_crl(entries)
    bare, library = min((_timed(lambda: x509.load_der_x509_crl(data)) for _ in range(3)), key=lambda pair: pair[0])
    took, read = _timed(lambda: crls.parse_named(data, hashlib.sha256(data).digest()))
    hashing, _ = _timed(lambda: hashlib.sha256(data).digest())
    assert isinstance(read, crls.Crl)
    chance = random.Random(5280)
    numbers = [*chance.sample(listed, 20), *(secrets.randbits(140) for _ in range(20))]
    ours = [_timed(lambda number=number: crls.find(read, number))[0] for number in numbers]
    theirs = [_timed(lambda n=n: library.get_revoked_certificate_by_serial_number(n))[0] for n in numbers[20:]]
    again = statistics.mean(_timed(lambda number=number: crls.find(read, number))[0] for number in numbers)
    first, other = statistics.mean(ours[20:]), statistics.mean(theirs)
    what = f"CRL with {entries} entries, {len(data) / 1e6:.0f} MB"
    return [
        Figure(
            what=f"{what}: read once",
            measured=f"{took * 1000:.0f} ms",
            bound=f"{(bare + hashing) * 1000:.0f} ms",
            ratio=f"{took / (bare + hashing):.2f}",
            budget=f"<= {SLOWER}",
            kept=took <= SLOWER * (bare + hashing) + 0.01,
        ),
        Figure(
            what=f"{what}: a number that is not on it (again: {again * 1e6:.0f} us)",
            measured=f"{first * 1000:.1f} ms",
            bound=f"{other * 1000:.1f} ms",
            ratio=f"{first / other:.2f}",
            budget="< 0.5",
            kept=first < 0.5 * other,
        ),
    ]


def _farm(servers: int, entries: int) -> Figure:
    """Return how long one certificate takes on every server as every account that checks there, the list read in it."""
    data, _ = large_crl(entries)
    leaf = certificates.parse(pki.user().der)
    assert isinstance(leaf, certificates.Certificate)
    farm = _world(servers, data).farm()
    asked = [(server, context) for server in farm.servers for context in pki.CONTEXTS[server.role]]
    took, said = _timed(lambda: [judged_on(farm, server, context, leaf) for server, context in asked])
    assert {one.verdict.value for one in said} == {"passes"}, said[0].why
    hashing, _ = _timed(lambda: (hashlib.sha256(data).digest(), x509.load_der_x509_crl(data)))
    return Figure(
        what=f"one certificate on {servers} servers, {len(asked)} accounts, a CRL with {entries} entries among them",
        measured=f"{took * 1000:.0f} ms",
        bound=f"{hashing * 1000:.0f} ms",
        ratio=f"{took / hashing:.1f}",
        budget=f"< {FARM_S * 1000:.0f} ms",
        kept=took < FARM_S,
    )


def _world(servers: int, data: bytes) -> pki.World:
    half = servers // 2
    nodes = {f"STS{number:02}": "adfs" for number in range(half)}
    world = pki.World(tenant=False, roles={**nodes, **{f"WAP{number:02}": "wap" for number in range(servers - half)}})
    body = facts_pb2.CrlSummary(issuer=pki.ISSUING.subject, blob_sha256=hashlib.sha256(data).digest())
    world.blobs.append(data)
    for context in ("system", "adfs-service", "network-service"):
        world.put_all(pki.retrieval(pki.ISSUING_URL, context, body=body))
    return world


def large_crl(entries: int) -> tuple[bytes, list[int]]:
    """Return a CRL of the issuing CA with this many entries, and the numbers on it; made by hand, for speed."""
    chance = random.Random(entries)
    listed = [chance.getrandbits(142) | 1 << 142 for _ in range(entries)]
    reason = bytes.fromhex("300c300a0603551d1504030a0101")
    rows = b"".join(_tlv(0x30, _tlv(2, n.to_bytes(18)) + b"\x17\x0d260101000000Z" + reason) for n in listed)
    empty = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(pki.ISSUING.certificate.subject)
        .last_update(NOW - timedelta(days=1))
        .next_update(NOW + timedelta(days=6))
        .sign(pki.ISSUING.key, hashes.SHA256())
        .public_bytes(serialization.Encoding.DER)
    )
    to_sign, algorithm, _ = (one.whole for one in der.elements(der.only(empty, der.SEQUENCE).content))
    body = _tlv(0x30, der.only(to_sign, der.SEQUENCE).content + _tlv(0x30, rows))
    signature = pki.ISSUING.key.sign(body, ec.ECDSA(hashes.SHA256()))
    return _tlv(0x30, body + algorithm + _tlv(3, b"\x00" + signature)), listed


def _tlv(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(size)]) + size + content
