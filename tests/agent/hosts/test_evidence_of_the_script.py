"""What the collection script writes is read without loss."""

import json

import pytest

from farmsight_agent.hosts.evidence.documents import accounts
from farmsight_agent.hosts.evidence.documents.located import Located
from farmsight_agent.hosts.host import Account, StoredCertificate
from farmsight_agent.normalise import kinds
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE

ADFS = Account(context=facts_pb2.CONTEXT_ADFS_SERVICE, name="CONTOSO\\gmsa-adfs$", sid="S-1-5-21-1-2-3-4")
SYSTEM = Account(context=facts_pb2.CONTEXT_SYSTEM, name="NT AUTHORITY\\SYSTEM", sid="S-1-5-18")


def _located(value):
    return json.loads(json.dumps(value), object_pairs_hook=Located)


def _held(**said):
    message = facts_pb2.StoreCertificate(store="ROOT", location=facts_pb2.STORE_LOCATION_LOCAL_MACHINE, **said)
    return kinds.store_certificate(StoredCertificate(der=CERTIFICATE, message=message), lambda data: data[:32])


def test_a_certificate_of_an_exported_store_has_the_origin_that_the_listing_tells():
    exported = _held(origin=facts_pb2.STORE_ORIGIN_UNKNOWN)
    listed = [
        _held(origin=origin, friendly_name="Contoso Root", has_private_key=facts_pb2.TRISTATE_NO)
        for origin in (facts_pb2.STORE_ORIGIN_GROUP_POLICY, facts_pb2.STORE_ORIGIN_REGISTRY)
    ]
    (one,) = kinds.distinct([exported, *listed])

    held = one.store_certificate
    assert held.origin == facts_pb2.STORE_ORIGIN_GROUP_POLICY
    assert list(held.other_origins) == [facts_pb2.STORE_ORIGIN_REGISTRY]
    assert held.friendly_name == "Contoso Root"
    assert held.has_private_key == facts_pb2.TRISTATE_NO


def test_an_untold_origin_is_never_one_of_the_others():
    listed, exported = _held(origin=facts_pb2.STORE_ORIGIN_REGISTRY), _held(origin=facts_pb2.STORE_ORIGIN_UNKNOWN)
    (one,) = kinds.distinct([listed, exported])

    assert one.store_certificate.origin == facts_pb2.STORE_ORIGIN_REGISTRY
    assert list(one.store_certificate.other_origins) == []


@pytest.mark.parametrize(("section", "read"), [("Proxies", accounts.proxies), ("UrlCache", accounts.url_cache)])
def test_an_account_whose_profile_was_not_loaded_is_not_one_without_settings(section, read):
    document = _located(
        {
            "Contexts": [{"Context": "system", "Account": SYSTEM.name}, {"Context": "adfs-service"}],
            section: [{"Context": "system", "Source": "wininet", "Url": "http://pki.contoso.com/ca1.crl"}],
            "Errors": {f"{section}/adfs-service": {"Reason": "profile-not-loaded", "Message": "not loaded"}},
        }
    )

    assert len(read(document, SYSTEM).values) == 1
    with pytest.raises(FailedError, match="profile-not-loaded"):
        read(document, ADFS)


def test_an_account_without_any_cached_url_is_looked_at_all_the_same():
    document = _located({"Contexts": [{"Context": "adfs-service"}], "UrlCache": [], "Errors": {}})

    assert accounts.url_cache(document, ADFS).values == ()
