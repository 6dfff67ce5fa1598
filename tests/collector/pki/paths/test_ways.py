"""Whether a server learns that a certificate is revoked: from the wire, its cache, a store, a responder; until when."""

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from farmsight_collector.pki import certificates
from farmsight_collector.pki.paths.judgement import Judgement
from farmsight_collector.pki.paths.on_server import judged_on
from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import NOW, fact
from tests.fakes.pki import (
    CLIENT_AUTH,
    DELTA_URL,
    ISSUING,
    ISSUING_URL,
    MIRROR,
    ROOT,
    URL,
    Made,
    World,
    binding,
    crl,
    make,
    retrieval,
    stored,
    user,
)
from tests.fakes.pki import crl_der as signed_crl

LEAF = user()
OFFLINE, UNKNOWN = ("fails", ["revocation-offline"]), ("unknown", ["revocation-unknown"])


def judged(world: World, leaf: Made = LEAF, server: str = "WAP02", context: str = "system") -> Judgement:
    farm = world.farm()
    return judged_on(farm, farm.server(server), context, certificates.parse(leaf.der))


def told(world: World, leaf: Made = LEAF, **where) -> tuple[str, list[str]]:
    said = judged(world, leaf, **where)
    return said.verdict.value, [one.code for one in said.reasons]


def made_crl(
    issuer: Made = ISSUING,
    *revoked: Made,
    number: int = 10,
    begins: timedelta = timedelta(days=-1),
    ends: timedelta = timedelta(days=6),
    base: int | None = None,
    freshest: str = "",
    scope: x509.IssuingDistributionPoint | None = None,
    reason: x509.ReasonFlags | None = None,
    key=None,
) -> bytes:
    """Return a CRL as a CA would sign it."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(NOW + begins)
        .next_update(NOW + ends)
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if base is not None:
        builder = builder.add_extension(x509.DeltaCRLIndicator(base), critical=True)
    if scope is not None:
        builder = builder.add_extension(scope, critical=True)
    if freshest:
        names = [x509.UniformResourceIdentifier(freshest)]
        point = x509.DistributionPoint(full_name=names, relative_name=None, reasons=None, crl_issuer=None)
        builder = builder.add_extension(x509.FreshestCRL([point]), critical=False)
    for one in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(one.certificate.serial_number).revocation_date(NOW)
        if reason is not None:
            entry = entry.add_extension(x509.CRLReason(reason), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(key or issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


def with_crl(world: World, data: bytes, url: str = ISSUING_URL, purpose: str = "crl", **fields) -> World:
    """Let every server have fetched these bytes."""
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    sha256 = digest.finalize()
    read = x509.load_der_x509_crl(data)
    body = facts_pb2.CrlSummary(issuer=read.issuer.rfc4514_string(), blob_sha256=sha256, entries=len(read))
    body.this_update.FromDatetime(read.last_update_utc)
    body.next_update.FromDatetime(read.next_update_utc)
    body.number = f"{read.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number:x}"
    for extension in read.extensions:
        if isinstance(extension.value, x509.DeltaCRLIndicator):
            body.delta_base_number = f"{extension.value.crl_number:x}"
        if isinstance(extension.value, x509.FreshestCRL):
            body.freshest_urls.extend(name.value for point in extension.value for name in point.full_name)
    world.blobs.append(data)
    for context in ("system", "adfs-service", "network-service"):
        world.put_all(retrieval(url, context, purpose=purpose, body=body, body_sha256=sha256, **fields))
    return world


def cached(url: str, data: bytes, context: str = "system") -> facts_pb2.Fact:
    read = x509.load_der_x509_crl(data)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(data)
    entry = facts_pb2.UrlCacheEntry(url=url, body_sha256=digest.finalize(), size=len(data))
    entry.crl.issuer, entry.crl.entries = read.issuer.rfc4514_string(), len(read)
    entry.crl.this_update.FromDatetime(read.last_update_utc)
    entry.crl.next_update.FromDatetime(read.next_update_utc)
    return fact(entry, url, context)


def offline(world: World | None = None) -> World:
    return (world or World()).put_all(retrieval(ISSUING_URL, "system", outcome="REFUSED"))


def test_a_crl_that_was_fetched_and_does_not_list_the_certificate() -> None:
    said = judged(with_crl(World(), made_crl(ends=timedelta(hours=5))))

    assert said.verdict.value == "passes"
    assert said.holds_until == NOW + timedelta(hours=5)
    (covering,) = said.chains[0].steps[0].coverings
    assert (covering.source, covering.url) == ("fetched", ISSUING_URL)
    assert covering.why == "number a, valid until 2026-11-23 15:00 UTC"


@pytest.mark.parametrize("reason", [None, x509.ReasonFlags.key_compromise])
def test_a_revoked_certificate_is_told_with_when_and_why(reason) -> None:
    said = judged(with_crl(World(), made_crl(ISSUING, LEAF, reason=reason)))

    assert (said.verdict.value, said.catalogue) == ("fails", ("CRL-33",))
    assert f"{LEAF.subject} was revoked on 2026-11-23 10:00 UTC" in said.why
    assert ("keyCompromise" in said.why) is (reason is not None)


def test_a_revoked_issuing_ca_fails_everybody() -> None:
    world = with_crl(World(), made_crl(ROOT, ISSUING), URL)
    said = judged(world)

    assert (said.verdict.value, said.catalogue) == ("fails", ("CRL-34",))


@pytest.mark.parametrize(
    ("data", "entry"),
    [
        (made_crl(ends=timedelta(minutes=-1)), "CRL-04"),
        (made_crl(begins=timedelta(minutes=1)), "CRL-05"),
        (made_crl(ROOT), "CRL-18"),
        (made_crl(key=ROOT.key), "CRL-18"),
        (made_crl(base=9), "CRL-10"),
        (made_crl(scope=x509.IssuingDistributionPoint(None, None, False, False, None, True, False)), "CRL-20"),
        (
            made_crl(
                scope=x509.IssuingDistributionPoint(
                    None, None, False, False, frozenset({x509.ReasonFlags.key_compromise}), False, False
                )
            ),
            "CRL-20",
        ),
    ],
    ids=["expired", "not yet valid", "of another CA", "by another key", "a delta alone", "indirect", "some reasons"],
)
def test_a_crl_that_answers_nothing_is_as_good_as_none(data: bytes, entry: str) -> None:
    said = judged(with_crl(World(), data))

    assert (said.verdict.value, said.reasons[0].code) == ("fails", "revocation-offline")
    assert entry in said.catalogue


def test_the_roots_expired_crl_fails_everybody_although_the_issuing_cas_is_fine() -> None:
    said = judged(with_crl(World(), made_crl(ROOT, ends=timedelta(minutes=-1)), URL))
    assert said.verdict.value == "unknown", "the mirror was not fetched, and may be better"

    world = with_crl(with_crl(World(), made_crl(ROOT, ends=timedelta(minutes=-1)), URL), made_crl(ROOT), MIRROR)
    assert told(world)[0] == "passes"
    both = with_crl(with_crl(World(), made_crl(ROOT, ends=timedelta(minutes=-1)), URL), made_crl(ISSUING), MIRROR)
    assert judged(both).catalogue[0] == "CRL-06"


def test_a_ca_that_may_not_sign_crls() -> None:
    ca = make("Contoso Issuing CA 1", ROOT, key=ISSUING.key, crl_sign=False, crls=(URL,))
    world = with_crl(World().take("WAP02", f"CA/{ISSUING.sha1}"), made_crl())
    world.blobs.append(ca.der)
    assert judged(world.put("WAP02", stored("CA", ca))).catalogue == ("CRL-19",)


@pytest.mark.parametrize(
    ("server", "context", "entry"),
    [("WAP02", "system", "CRL-01"), ("STS01", "adfs-service", "CRL-02"), ("WAP02", "network-service", "CRL-03")],
)
def test_a_url_that_an_account_cannot_reach_is_that_accounts_cause(server: str, context: str, entry: str) -> None:
    world = World().put(server, retrieval(ISSUING_URL, context, outcome="NAME_NOT_RESOLVED"))
    said = judged(world, server=server, context=context)

    assert (said.verdict.value, said.catalogue) == ("fails", (entry,))
    assert ISSUING_URL in said.why


def test_a_cached_crl_hides_a_dead_url_until_it_ends() -> None:
    good, over = made_crl(ends=timedelta(hours=2)), made_crl(ends=timedelta(minutes=-5))
    world = offline().put("WAP02", cached(ISSUING_URL, good))
    assert told(world) == UNKNOWN, "without its bytes nobody can look whether the certificate is on it"

    world.blobs.append(good)
    said = judged(world)
    assert said.verdict.value == "passes"
    assert said.holds_until == NOW + timedelta(hours=2)
    assert [(one.source, one.usable.value) for one in said.chains[0].steps[0].coverings] == [
        ("cache", "passes"),
        ("fetched", "fails"),
    ]
    assert told(offline().put("WAP02", cached(ISSUING_URL, over))) == OFFLINE
    assert told(offline().put("WAP02", cached(ISSUING_URL, good, "network-service"))) == OFFLINE, "another's cache"


def test_a_binding_that_goes_by_the_cache_alone_never_fetches() -> None:
    world = World().put("WAP02", binding(cached_revocation_only=True))
    assert told(world)[0] == "unknown", "nobody looked into the cache"

    warm = made_crl(), made_crl(ROOT)
    world.put("WAP02", cached(ISSUING_URL, warm[0]), cached(URL, warm[1]))
    world.blobs.extend(warm)
    assert told(world)[0] == "passes"
    said = judged(world.take("WAP02", ISSUING_URL))
    assert (said.verdict.value, said.catalogue) == ("fails", ("CRL-30",))


def test_a_binding_that_does_not_check_lets_revoked_certificates_in() -> None:
    world = with_crl(World(), made_crl(ISSUING, LEAF)).put("WAP02", binding(verify_client_revocation=False))

    assert told(world) == ("passes", [])
    assert told(world, context="network-service")[0] == "fails", "a service checks for itself"


def test_a_url_that_nobody_fetched_is_not_known_and_it_is_said_what_to_do() -> None:
    leaf = user(crls=("http://pki.contoso.com/other.crl",))
    said = judged(World(), leaf)

    assert (said.verdict.value, said.reasons[0].code) == ("unknown", "revocation-unknown")
    assert "user_certificates" in said.why
    assert leaf.sha1 in said.why


def test_one_url_that_answers_is_enough() -> None:
    leaf = user(crls=("http://dead.contoso.com/issuing.crl", ISSUING_URL))
    world = World().put_all(retrieval("http://dead.contoso.com/issuing.crl", "system", outcome="REFUSED"))

    assert told(world, leaf)[0] == "passes"


def test_a_certificate_without_any_source_cannot_be_told() -> None:
    assert told(World(), user(crls=())) == ("unknown", ["no-revocation-source"])


def test_a_crl_that_lists_something_and_whose_bytes_are_not_here_says_nothing() -> None:
    world = World().put_all(retrieval(ISSUING_URL, "system", body=crl(ISSUING, entries=3)))

    assert told(world) == UNKNOWN


def with_delta(delta: bytes | None, base: bytes | None = None, **fields) -> World:
    world = with_crl(World(), base or made_crl(freshest=DELTA_URL))
    return world if delta is None else with_crl(world, delta, DELTA_URL, "delta", **fields)


def test_a_delta_revokes_and_takes_back() -> None:
    held = made_crl(ISSUING, LEAF, freshest=DELTA_URL, reason=x509.ReasonFlags.certificate_hold)
    taken_back = made_crl(ISSUING, LEAF, number=11, base=10, reason=x509.ReasonFlags.remove_from_crl)

    assert told(with_delta(made_crl(ISSUING, LEAF, number=11, base=10))) == ("fails", ["revoked"])
    assert told(with_delta(taken_back, held))[0] == "passes"
    assert told(with_delta(made_crl(number=11, base=10), held)) == ("fails", ["revoked"])


def test_a_delta_that_is_named_and_cannot_be_had_takes_the_base_with_it() -> None:
    over = judged(with_delta(made_crl(number=11, base=10, ends=timedelta(minutes=-1))))
    assert (over.verdict.value, over.catalogue[0]) == ("fails", "CRL-07")

    dead = with_delta(None).put_all(
        retrieval(DELTA_URL, "system", purpose="delta", outcome="HTTP_STATUS", http_status=404)
    )
    said = judged(dead)
    assert (said.verdict.value, said.catalogue[0]) == ("fails", "CRL-07")
    assert f"its delta CRL {DELTA_URL}: the web server answers 404" in said.why


def test_a_delta_of_a_later_base_says_nothing_for_sure() -> None:
    assert told(with_delta(made_crl(number=13, base=12))) == UNKNOWN


def test_a_delta_ends_first() -> None:
    said = judged(with_delta(made_crl(number=11, base=10, ends=timedelta(hours=1))))

    assert said.holds_until == NOW + timedelta(hours=1)


def test_a_stale_cache_beside_a_newer_crl_that_revokes_can_not_be_told() -> None:
    world = with_crl(World(), made_crl(ISSUING, LEAF, number=11))
    stale = made_crl(number=10)
    world.blobs.append(stale)
    said = judged(world.put("WAP02", cached(ISSUING_URL, stale)))

    assert (said.verdict.value, said.catalogue) == ("unknown", ("CRL-33", "CRL-24"))


def asked(status: str, serial: int, ends: timedelta = timedelta(hours=1), outcome: str = "OK") -> facts_pb2.Fact:
    """Return what a responder said of a certificate with this serial number."""
    answer = facts_pb2.OcspSummary(certificate_serial=f"{serial:x}")
    answer.certificate_status = facts_pb2.OcspCertificateStatus.Value(f"OCSP_CERTIFICATE_STATUS_{status}")
    answer.this_update.FromDatetime(NOW - timedelta(hours=1))
    answer.next_update.FromDatetime(NOW + ends)
    made = retrieval("http://ocsp.contoso.com", "system", purpose="ocsp", outcome=outcome, ocsp=answer)
    made.retrieval.signature = facts_pb2.SIGNATURE_CHECK_VERIFIED
    return made


def test_a_responder_is_enough_and_its_answer_is_for_one_certificate() -> None:
    leaf = make("ocsp user", ISSUING, ca=None, usages=(CLIENT_AUTH,), ocsp=("http://ocsp.contoso.com",))
    serial = leaf.certificate.serial_number

    assert told(World().put_all(asked("GOOD", serial)), leaf)[0] == "passes"
    assert told(World().put_all(asked("REVOKED", serial)), leaf) == ("fails", ["revoked"])
    assert told(World().put_all(asked("UNKNOWN", serial)), leaf) == UNKNOWN
    assert told(World().put_all(asked("GOOD", serial + 1)), leaf) == UNKNOWN
    assert told(World().put_all(asked("GOOD", serial, timedelta(minutes=-1))), leaf) == OFFLINE
    assert told(World().put_all(asked("GOOD", serial, outcome="REFUSED")), leaf) == OFFLINE


@pytest.mark.parametrize(
    ("signature", "expected"),
    [("FAILED", OFFLINE), ("WRONG_ISSUER", OFFLINE), ("UNSUPPORTED", UNKNOWN), ("ISSUER_NOT_AVAILABLE", UNKNOWN)],
)
def test_what_a_responder_says_counts_by_a_signature_that_is_good(signature: str, expected) -> None:
    leaf = make("ocsp user", ISSUING, ca=None, usages=(CLIENT_AUTH,), ocsp=("http://ocsp.contoso.com",))
    for status in ("GOOD", "REVOKED"):
        answer = asked(status, leaf.certificate.serial_number)
        answer.retrieval.signature = facts_pb2.SignatureCheck.Value(f"SIGNATURE_CHECK_{signature}")

        assert told(World().put_all(answer), leaf) == expected


def test_a_responder_whose_own_certificate_ended_says_nothing() -> None:
    leaf = make("ocsp user", ISSUING, ca=None, usages=(CLIENT_AUTH,), ocsp=("http://ocsp.contoso.com",))
    answer = asked("GOOD", leaf.certificate.serial_number)
    answer.retrieval.ocsp.responder_not_after.FromDatetime(NOW - timedelta(minutes=1))

    assert told(World().put_all(answer), leaf) == OFFLINE


def test_what_windows_itself_fails_to_get_is_not_had() -> None:
    failed = facts_pb2.PlatformAnswer(ok=False, error="0x80072efd")
    got = facts_pb2.PlatformAnswer(ok=True)

    assert told(with_crl(World(), made_crl(), platform_wire=failed)) == OFFLINE
    assert told(with_crl(World(), made_crl(), platform_wire=got))[0] == "passes"


def test_a_crl_that_takes_longer_than_windows_waits_is_not_a_matter_of_yes_or_no() -> None:
    said = judged(with_crl(World(), made_crl(), took="UNDER_20_S"))

    assert (said.verdict.value, said.catalogue) == ("unknown", ("CRL-21",))


def test_a_test_crl_of_the_other_tests_is_taken_too() -> None:
    data = signed_crl(ISSUING)
    world = World().put_all(retrieval(ISSUING_URL, "system", body=crl(ISSUING)))
    world.blobs.append(data)

    assert told(world)[0] == "passes"
