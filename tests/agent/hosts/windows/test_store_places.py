"""Which stores are looked at, and at which places each of them lies."""

import pytest

from farmsight_agent.hosts.windows.stores import store_places
from farmsight_agent.outcome import UnavailableError
from farmsight_wire.v1 import facts_pb2 as f

SID = "S-1-5-21-1-2-3-1105"


def test_stores_that_bindings_name_are_added_in_one_spelling():
    names = store_places.names(["my", "", "clientauthissuer", "WebHosting", "webhosting", "Contoso CTL"])

    assert names == (*store_places.STORES, "WebHosting", "Contoso CTL")


def test_a_flood_of_names_is_cut():
    assert len(store_places.names(f"store{at}" for at in range(1000))) == store_places.MOST_STORES


def test_root_is_made_up_of_five_places():
    origins = {place.origin: place.key for place in store_places.of_machine("ROOT")}

    assert origins == {
        f.STORE_ORIGIN_REGISTRY: r"SOFTWARE\Microsoft\SystemCertificates\ROOT",
        f.STORE_ORIGIN_GROUP_POLICY: r"SOFTWARE\Policies\Microsoft\SystemCertificates\ROOT",
        f.STORE_ORIGIN_ENTERPRISE: r"SOFTWARE\Microsoft\EnterpriseCertificates\ROOT",
        f.STORE_ORIGIN_THIRD_PARTY: r"SOFTWARE\Microsoft\SystemCertificates\AuthRoot",
        f.STORE_ORIGIN_SMART_CARD: r"SOFTWARE\Microsoft\SystemCertificates\SmartCardRoot",
    }


def test_ntauth_is_the_enterprises_alone():
    (place,) = store_places.of_machine("NTAuth")

    assert (place.origin, place.location) == (f.STORE_ORIGIN_ENTERPRISE, f.STORE_LOCATION_ENTERPRISE)
    assert store_places.whole("NTAuth") is None


def test_the_root_programme_is_a_third_party():
    assert [place.origin for place in store_places.of_machine("AUTHROOT")] == [f.STORE_ORIGIN_THIRD_PARTY]


def test_other_stores_are_one_place():
    assert [place.origin for place in store_places.of_machine("AdfsTrustedDevices")] == [f.STORE_ORIGIN_REGISTRY]
    assert store_places.whole("AdfsTrustedDevices") is not None


@pytest.mark.parametrize("name", [r"\\EVIL\ROOT", r"EVIL\ROOT", "a/b", "", "x" * 129, "a\nb"])
def test_a_name_that_leads_elsewhere_is_not_opened(name):
    with pytest.raises(UnavailableError, match="no-store-name"):
        store_places.checked(name)


def test_the_service_has_its_own_of_those_that_matter():
    (place,) = store_places.of_service("MY")

    assert (place.name, place.account, place.location) == (r"adfssrv\MY", "adfssrv", f.STORE_LOCATION_SERVICE)
    assert store_places.of_service("DISALLOWED") == ()


def test_an_account_has_its_own_below_its_sid():
    (place,) = store_places.of_users("CA", [(SID, r"CONTOSO\adfs$")])

    assert place.key == rf"{SID}\SOFTWARE\Microsoft\SystemCertificates\CA"
    assert (place.location, place.account) == (f.STORE_LOCATION_USER, r"CONTOSO\adfs$")


@pytest.mark.parametrize("sid", ["", "adfs", r"S-1-5\..", "S-1-5-18\\x"])
def test_an_account_without_a_sid_has_none(sid):
    assert list(store_places.of_users("CA", [(sid, "somebody")])) == []
