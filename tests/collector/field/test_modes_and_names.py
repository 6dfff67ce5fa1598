"""Where users are asked for their certificate, and what the service is called: from what the folder holds."""

from dataclasses import replace
from datetime import timedelta

import pytest

from farmsight_collector.model.bindings import federation_service, known_name
from farmsight_collector.model.mode import Mode, farm_mode, server_mode
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.rules.http.binding_missing import RULE as BINDING_MISSING
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes import adfs_farms
from tests.fakes.farms import FARM, NOW, fact
from tests.fakes.field import NODES, ROLES, SSL, WAPS, Folder, causes, heavy, judged, stored, untold

CERTAUTH = f"certauth.{FARM}"
UNNAMED = "unnamed farm"


def folder_of(*kinds: str, mode: str = "classic") -> Folder:
    """Return a folder with these captures of http.sys only."""
    folder = Folder(mode=mode, name=UNNAMED)
    for kind in {"tls-binding", "url-reservation"} - set(kinds):
        folder.without(ROLES, kind)
    return folder


@pytest.mark.parametrize(
    ("mode", "kinds", "told"),
    [
        ("classic", ("tls-binding",), Mode.CLASSIC),
        ("alternate", ("tls-binding",), Mode.ALTERNATE),
        ("classic", ("url-reservation",), Mode.CLASSIC),
        ("classic", ("tls-binding", "url-reservation"), Mode.CLASSIC),
        ("alternate", ("tls-binding", "url-reservation"), Mode.ALTERNATE),
    ],
)
def test_the_mode_is_read_from_what_there_is(mode: str, kinds: tuple[str, ...], told: Mode) -> None:
    """The reservation of port 49443 stays behind in alternate mode, and bindings come before it."""
    made = folder_of(*kinds, mode=mode).farm()

    assert farm_mode(made).mode is told
    assert farm_mode(made).evidence


def test_reservations_of_both_kinds_tell_no_mode() -> None:
    folder = folder_of("url-reservation")
    url = f"https://{CERTAUTH}:443/adfs/"
    folder.put("STS01", fact(adfs_farms.reservation(url), url))

    assert farm_mode(folder.farm()).mode is Mode.UNKNOWN
    assert "both" in farm_mode(folder.farm()).reason


def test_a_folder_of_proxies_alone_tells_mode_and_name() -> None:
    made = Folder(roles=dict.fromkeys(WAPS, "wap"), name=UNNAMED).farm()

    assert farm_mode(made).mode is Mode.CLASSIC
    assert federation_service(made)[0] == FARM


def empty() -> Folder:
    """Return a folder whose captures of http.sys hold nothing."""
    return Folder(name=UNNAMED).drop(ROLES, "tls-binding").drop(ROLES, "url-reservation")


def named_by(**facts: pb.Fact) -> Folder:
    folder = empty()
    for name, one in facts.items():
        folder.put(name, one)
    return folder


@pytest.mark.parametrize(
    "one",
    [
        fact(pb.AdfsProperties(host_name=FARM.upper()), "-"),
        fact(pb.WapConfiguration(federation_service_name=FARM), "-"),
        fact(pb.WapConfiguration(adfs_url=f"https://{FARM}/adfs"), "-"),
        fact(adfs_farms.binding(FARM, 49443), f"{FARM}:49443"),
        fact(adfs_farms.binding(CERTAUTH, 443), f"{CERTAUTH}:443"),
        fact(adfs_farms.binding(FARM, 443), f"{FARM}:443"),
        fact(adfs_farms.reservation(f"https://{FARM}:49443/adfs/"), f"https://{FARM}:49443/adfs/"),
        fact(pb.EntraDomain(name="contoso.com", passive_sign_in_uri=f"https://{FARM}/adfs/ls/"), "contoso.com"),
    ],
    ids=lambda one: f"{one.WhichOneof('value')} {one.key}",
)
def test_each_kind_of_evidence_names_the_service(one: pb.Fact) -> None:
    made = named_by(STS01=one).farm()

    assert federation_service(made)[0] == FARM
    assert known_name(made) == FARM


def test_what_names_nothing() -> None:
    folder = empty()
    for server, host, fields in (
        ("STS01", "enterpriseregistration.contoso.com", {}),
        ("STS02", "localhost", {}),
        ("WAP01", "mail.contoso.com", {"application_id": "{f955c070-e044-456c-ac00-e9e4275b3f04}"}),
        ("WAP02", "0.0.0.0", {}),
    ):
        folder.bind(server, host, 443, **fields)

    name, reason = federation_service(folder.farm())
    assert name is None
    assert reason == "no setting, binding or reservation names the federation service"


def test_two_names_are_no_name_unless_something_chooses() -> None:
    folder = folder_of("tls-binding").bind("WAP02", "sts.fabrikam.com", 49443)

    name, reason = federation_service(folder.farm())
    assert name is None
    assert FARM in reason
    assert "sts.fabrikam.com" in reason
    assert causes(folder) == []
    assert {one.code for one in judged(folder).unknown} >= {"http.binding-missing", "http.negotiate-on-443"}

    folder.put("STS01", fact(pb.EntraDomain(name="c.com", passive_sign_in_uri=f"https://{FARM}/adfs/ls/"), "c.com"))
    assert federation_service(folder.farm())[0] == FARM


@pytest.mark.parametrize(
    ("mode", "place"), [("classic", (CERTAUTH, 443)), ("alternate", (FARM, 49443))], ids=["classic", "alternate"]
)
def test_a_proxy_in_the_other_mode_is_one_finding(mode: str, place: tuple[str, int]) -> None:
    folder = Folder(mode=mode, name=UNNAMED)
    own = f"{FARM}:49443" if mode == "classic" else f"{CERTAUTH}:443"
    folder.drop("WAP01", "tls-binding", own).bind("WAP01", *place)

    assert causes(folder) == [("http.mode-differs", ("WAP01",), ())]
    assert server_mode(folder.farm(), folder.farm().server("WAP01")).mode is not farm_mode(folder.farm()).mode


def test_proxies_in_another_mode_than_adfs_is_set_to() -> None:
    """No bindings of the nodes: their configuration says what is meant."""
    folder = Folder(mode="alternate").without(NODES, "tls-binding")
    folder.put("STS01", fact(pb.AdfsProperties(host_name=FARM, tls_client_port=49443), "-"))

    assert causes(folder) == [("http.mode-differs", WAPS, ())]
    assert "TlsClientPort is 49443" in heavy(folder)[0].title


@pytest.mark.parametrize("kinds", [("url-reservation",), ("url-reservation", "tls-binding")])
def test_a_reservation_that_one_server_lacks(kinds: tuple[str, ...]) -> None:
    folder = folder_of(*kinds).drop("WAP02", "url-reservation", "https://+:49443/adfs/")

    assert causes(folder) == [("http.reservation-missing", ("WAP02",), ())]


def test_a_reservation_that_a_server_lacks_in_alternate_mode_is_none() -> None:
    folder = folder_of("url-reservation", "tls-binding", mode="alternate")
    folder.drop("WAP02", "url-reservation", "https://+:49443/adfs/")

    assert causes(folder) == []


@pytest.mark.parametrize(
    ("mode", "key", "code"),
    [
        ("classic", f"{FARM}:49443", "http.binding-missing"),
        ("alternate", f"{CERTAUTH}:443", "http.certauth-binding-missing"),
    ],
)
def test_a_binding_that_one_server_lacks(mode: str, key: str, code: str) -> None:
    folder = folder_of("tls-binding", mode=mode).drop("STS02", "tls-binding", key)

    assert causes(folder) == [(code, ("STS02",), ())]


def test_bindings_by_address_alone_name_no_service_and_serve_it() -> None:
    folder = Folder(name=UNNAMED).drop(ROLES, "tls-binding")
    for port in (443, 49443):
        key = f"0.0.0.0:{port}"
        folder.put_all(fact(adfs_farms.binding("0.0.0.0", port, certificate_sha1=SSL.sha1), key))
    made = folder.farm()

    assert farm_mode(made).mode is Mode.CLASSIC
    assert evaluate(made, [BINDING_MISSING]).findings == ()
    assert causes(folder) == []


def test_a_bound_certificate_that_its_listing_lacks() -> None:
    folder = Folder().unlist("WAP02", "MY", SSL)

    assert causes(folder) == [("http.bound-certificate-missing", ("WAP02",), ())]


def test_a_bound_certificate_that_is_over_by_its_listing() -> None:
    folder = Folder().put_all(stored("MY", replace(SSL, ends=NOW - timedelta(days=3))))

    assert causes(folder) == [("http.bound-certificate-expired", tuple(sorted(ROLES)), ())]


def test_a_bound_certificate_that_ends_within_the_day_of_a_listing_can_not_be_judged() -> None:
    folder = Folder().put_all(stored("MY", replace(SSL, ends=NOW - timedelta(hours=3))))

    assert causes(folder) == []
    assert ("WAP01", SSL.sha1) in untold(folder, "http.bound-certificate-expired")
