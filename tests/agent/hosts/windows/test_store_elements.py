"""What is stored becomes a message that says where, from whom, and what is kept beside it."""

import hashlib

from farmsight_agent.hosts.windows.stores import store_elements, store_places
from farmsight_agent.hosts.windows.stores.store_elements import Element, Kind, element
from farmsight_agent.normalise import kinds
from farmsight_wire.v1 import facts_pb2 as f
from tests.agent.hosts.windows.store_bytes import ctl, oid, tlv
from tests.fakes.pki import ROOT

PLACES = store_places.of_machine("ROOT")
CLIENT_AUTH = "1.3.6.1.5.5.7.3.2"


def keep(data):
    return hashlib.sha256(data).digest()


def test_a_certificate_with_all_that_is_kept_beside_it():
    properties = {2: b"\1", 9: tlv(0x30, oid(CLIENT_AUTH)), 11: "Wurzel\0".encode("utf-16-le"), 19: b""}

    found = store_elements.stored_certificate(
        "ROOT", PLACES[1], element(Kind.CERTIFICATE, ROOT.der, properties, provider="KSP")
    )

    assert found.der == ROOT.der
    assert found.message == f.StoreCertificate(
        store="ROOT",
        location=f.STORE_LOCATION_LOCAL_MACHINE,
        origin=f.STORE_ORIGIN_GROUP_POLICY,
        certificate=f.CertificateSummary(sha1=ROOT.sha1),
        has_private_key=f.TRISTATE_YES,
        friendly_name="Wurzel",
        usages_restricted=f.TRISTATE_YES,
        allowed_usages=[CLIENT_AUTH],
        key_provider="KSP",
        archived=f.TRISTATE_YES,
    )


def test_without_properties_all_of_it_is_no():
    message = store_elements.stored_certificate("ROOT", PLACES[0], element(Kind.CERTIFICATE, ROOT.der)).message

    assert {message.has_private_key, message.usages_restricted, message.archived} == {f.TRISTATE_NO}
    assert (message.friendly_name, message.key_provider, list(message.allowed_usages)) == ("", "", [])


def test_a_restriction_to_nothing_is_a_restriction():
    message = store_elements.stored_certificate(
        "ROOT", PLACES[0], element(Kind.CERTIFICATE, ROOT.der, {9: b"\x30\x00"})
    ).message

    assert message.usages_restricted == f.TRISTATE_YES
    assert not message.allowed_usages


def test_what_is_no_certificate_is_a_fact_that_says_so():
    junk = element(Kind.CERTIFICATE, b"no certificate")
    missing = Element(sha1="ab" * 20, data=None, trouble="its 0 bytes hold no certificate")

    facts = [
        kinds.store_certificate(store_elements.stored_certificate("CA", PLACES[0], one), keep)
        for one in (junk, missing)
    ]

    assert [one.key for one in facts] == [f"CA/{junk.sha1}", f"CA/{'ab' * 20}"]
    assert facts[0].store_certificate.certificate.parse_error
    assert facts[1].store_certificate.certificate.parse_error == "its 0 bytes hold no certificate"


def test_one_certificate_in_many_places_is_one_fact_with_all_origins():
    stored = [
        store_elements.stored_certificate("ROOT", place, element(Kind.CERTIFICATE, ROOT.der)) for place in PLACES[:3]
    ]

    (fact,) = kinds.distinct(kinds.store_certificate(one, keep) for one in stored)

    assert fact.store_certificate.origin == f.STORE_ORIGIN_REGISTRY
    assert list(fact.store_certificate.other_origins) == [f.STORE_ORIGIN_GROUP_POLICY, f.STORE_ORIGIN_ENTERPRISE]


def _merged(*usages: tuple[str, ...] | None) -> tuple[int, list[str]]:
    """Return what becomes of copies in several places; None: a copy without restriction."""
    stored = [
        store_elements.stored_certificate("ROOT", place, element(Kind.CERTIFICATE, ROOT.der))
        for place, _ in zip(PLACES, usages, strict=False)
    ]
    for one, only in zip(stored, usages, strict=True):
        one.message.usages_restricted = f.TRISTATE_NO if only is None else f.TRISTATE_YES
        one.message.allowed_usages.extend(only or ())
    (fact,) = kinds.distinct(kinds.store_certificate(one, keep) for one in stored)
    return fact.store_certificate.usages_restricted, list(fact.store_certificate.allowed_usages)


def test_a_restricted_copy_is_not_hidden_by_one_that_is_not():
    assert _merged(None, (CLIENT_AUTH,)) == _merged((CLIENT_AUTH,), None) == (f.TRISTATE_YES, [CLIENT_AUTH])
    assert _merged((CLIENT_AUTH, "1.2"), ("1.3", CLIENT_AUTH)) == (f.TRISTATE_YES, [CLIENT_AUTH])
    assert _merged((), (CLIENT_AUTH,)) == (f.TRISTATE_YES, [])
    assert _merged(None, None) == (f.TRISTATE_NO, [])


def test_a_crl_that_is_not_to_be_had_says_why():
    found = store_elements.stored_crl("CA", PLACES[0], Element(sha1="cd" * 20, data=None, trouble="too large"))

    assert (found.der, found.message.sha1, found.message.crl.parse_error) == (None, "cd" * 20, "too large")


def test_a_trust_list_says_what_it_is():
    data = ctl(entries=7)

    found = store_elements.stored_ctl("CA", PLACES[0], element(Kind.CTL, data))

    assert (found.message.entries, found.message.sha1) == (7, hashlib.sha1(data).hexdigest())
    assert found.message.parse_error == ""


def test_a_trust_list_that_is_none_says_so():
    assert store_elements.stored_ctl("CA", PLACES[0], element(Kind.CTL, b"\x30\x00")).message.parse_error
