"""Whatever the pool is: no order matters, more never turns a pass into a failure, the work is bounded."""

import random
from datetime import timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from farmsight_collector.model.verdict import Verdict
from farmsight_collector.pki import certificates, crls
from farmsight_collector.pki.paths import builder
from farmsight_collector.pki.paths.builder import build
from farmsight_collector.pki.paths.codes import CODES
from farmsight_collector.pki.paths.judge import Case, judged
from farmsight_collector.pki.paths.lists import judged_by_lists
from farmsight_collector.pki.paths.pool import Candidate, pool
from farmsight_collector.pki.paths.terms import CRYPTOAPI, RFC_5280
from tests.fakes.farms import NOW
from tests.fakes.paths import SERVER, Made, issue, judge, user

NAMES = ("A", "B", "C", "D", "E")
KEYS = {name: ec.generate_private_key(ec.SECP256R1()) for name in (*NAMES, "Root")}
ROOT = issue("Root", key=KEYS["Root"])
FAULTS = (
    {},
    {"ends": NOW - timedelta(days=1)},
    {"critical": (x509.BasicConstraints(False, None),)},
    {"critical": (x509.BasicConstraints(True, 0),)},
    {"signer": ec.generate_private_key(ec.SECP256R1())},
)


def _certificate(chance: random.Random) -> Made:
    subject, issuer = chance.choice(NAMES), chance.choice((*NAMES, "Root"))
    above = Made(ROOT.certificate, KEYS["Root"]) if issuer == "Root" else issue(issuer, key=KEYS[issuer])
    usages = (SERVER,) if chance.random() < 0.1 else ()
    return issue(subject, above, *usages, key=KEYS[subject], **chance.choice(FAULTS))


_CHANCE = random.Random(5280)
EVERY = tuple(_certificate(_CHANCE) for _ in range(60))
LEAVES = tuple(user(f"user of {name}", issue(name, key=KEYS[name])) for name in NAMES)
DIRECT = user("direct", ROOT)


def signed_crl() -> bytes:
    entry = x509.RevokedCertificateBuilder().serial_number(7).revocation_date(NOW).build()
    builder = x509.CertificateRevocationListBuilder().issuer_name(ROOT.certificate.subject).last_update(NOW)
    builder = builder.next_update(NOW + timedelta(days=1)).add_revoked_certificate(entry)
    return builder.sign(ROOT.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def trusted_root() -> Candidate:
    return Candidate(certificate=ROOT.read, found_in=("ROOT",), trusted=True)


SIGNED = signed_crl()
pools = st.lists(st.sampled_from(EVERY), max_size=25, unique=True)


@settings(max_examples=150, deadline=None)
@given(held=pools, leaf=st.sampled_from(LEAVES), order=st.randoms(use_true_random=False))
def test_the_order_of_the_pool_says_nothing(held: list[Made], leaf: Made, order: random.Random) -> None:
    other = list(held)
    order.shuffle(other)
    one, two = judge(leaf, *held, roots=[ROOT]), judge(leaf, *other, roots=[ROOT])

    assert (one.verdict, one.why, one.catalogue) == (two.verdict, two.why, two.catalogue)
    assert [[s.certificate.sha1 for s in c.steps] for c in one.chains] == [
        [s.certificate.sha1 for s in c.steps] for c in two.chains
    ]


@settings(max_examples=150, deadline=None)
@given(held=pools, more=pools, leaf=st.sampled_from(LEAVES))
def test_more_certificates_never_turn_a_pass_into_a_failure(held: list[Made], more: list[Made], leaf: Made) -> None:
    if judge(leaf, *held, roots=[ROOT]).verdict is Verdict.PASSES:
        assert judge(leaf, *held, *more, roots=[ROOT]).verdict is Verdict.PASSES


@settings(max_examples=100, deadline=None)
@given(held=pools, leaf=st.sampled_from(LEAVES))
def test_a_chain_is_what_it_says(held: list[Made], leaf: Made) -> None:
    said = judge(leaf, *held, roots=[ROOT])

    for chain in said.chains:
        names = [(one.certificate.issuer_name, one.certificate.subject_name) for one in chain.steps]
        assert all(lower[0] == upper[1] for lower, upper in pairwise(names))
        keys = [(step.certificate.subject_name, step.certificate.public_key_sha256) for step in chain.steps]
        assert len(set(keys)) == len(keys)
        assert chain.anchored is (chain.steps[-1].certificate.sha1 == ROOT.read.sha1)
        assert (chain.verdict is Verdict.PASSES) is (not chain.reasons)
        assert all(one.code in CODES and one.why for one in chain.reasons)
    assert said.verdict is said.chains[0].verdict or said.stopped


def _dense(names: int, each: int) -> tuple[Made, ...]:
    """Return CAs that certify each other densely: there are more chains than could ever be looked at."""
    chance = random.Random(4158)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(names)]
    bare = [issue(f"CA {number}", key=key) for number, key in enumerate(keys)]
    return tuple(
        issue(f"CA {number}", bare[other], key=keys[number])
        for number in range(names)
        for other in chance.sample(range(names), each)
    )


@pytest.mark.parametrize("trusted", [True, False])
def test_cas_that_certify_each_other_densely_take_bounded_work(trusted: bool) -> None:
    crossed = _dense(60, 12)
    leaf = user("alice", crossed[0])
    root = issue(crossed[-1].certificate.subject, key=crossed[-1].key)
    held = pool(Candidate(certificate=one.read, trusted=trusted and one is root) for one in (*crossed, root))
    built = build(Candidate(certificate=leaf.read), held, NOW)

    assert built.steps <= builder.STEPS
    assert built.checks <= builder.CHECKS
    assert len(built.paths) <= builder.CHAINS + builder.ENDS
    assert built.stopped
    said = judge(leaf, *crossed, root, roots=[root] if trusted else [])
    assert said.verdict is (Verdict.PASSES if trusted else Verdict.FAILS)


def test_a_chain_that_never_ends_is_not_followed_for_ever() -> None:
    made = [issue("Top")]
    for number in range(builder.DEPTH + 5):
        made.append(issue(f"Sub {number}", made[-1]))
    said = judge(user("deep", made[-1]), *made[1:], roots=[made[0]])

    assert said.verdict is Verdict.UNKNOWN
    assert str(builder.DEPTH) in said.stopped


def test_thousands_of_namesakes_hide_neither_the_good_one_nor_the_truth() -> None:
    issuing = issue("Issuing", ROOT)
    flood = [issue("Issuing", ROOT) for _ in range(300)]
    leaf = user("alice", issuing)

    assert judge(leaf, *flood, issuing, roots=[ROOT]).verdict is Verdict.PASSES
    assert judge(leaf, *flood, roots=[ROOT]).verdict is Verdict.FAILS


@settings(max_examples=200, deadline=None)
@given(which=st.sampled_from((*EVERY, ROOT, *LEAVES)), at=st.integers(0, 2000), value=st.integers(0, 255))
def test_a_damaged_certificate_never_raises(which: Made, at: int, value: int) -> None:
    damaged = bytearray(which.der)
    damaged[at % len(damaged)] = value
    read = certificates.parse(bytes(damaged))
    if isinstance(read, certificates.Certificate):
        held = pool(
            [
                Candidate(certificate=read, found_in=("CA",), trusted=value % 2 == 0),
                *(Candidate(certificate=one.read, found_in=("CA",)) for one in EVERY[:20]),
            ]
        )
        for leaf in (read, LEAVES[0].read):
            said = judged(Case(leaf=Candidate(certificate=leaf), pool=held, at=NOW, terms=CRYPTOAPI))
            assert said.chains


@settings(max_examples=200, deadline=None)
@given(at=st.integers(0, 2000), value=st.integers(0, 255))
def test_a_damaged_crl_never_raises(at: int, value: int) -> None:
    damaged = bytearray(SIGNED)
    damaged[at % len(damaged)] = value
    read = crls.parse(bytes(damaged))
    if isinstance(read, crls.Crl):
        said = judged_by_lists(Candidate(certificate=DIRECT.read), pool([trusted_root()]), [read], NOW, RFC_5280)
        good = bytes(damaged) == SIGNED
        assert (said.verdict is Verdict.PASSES) is good, "a list with one byte changed is not signed any more"
