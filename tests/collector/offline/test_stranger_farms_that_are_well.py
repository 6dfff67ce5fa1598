"""Farms that strangers hand in and that are well: with other names, other PKIs and the noise of real servers."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

import pytest

from tests.fakes import stranger_files as files
from tests.fakes.stranger_farm import IIS_APP, WAP_APP, Binding, Pki, StrangerFarm, two_tier
from tests.fakes.stranger_look import Look, causes, spoil
from tests.fakes.stranger_pki import AT, Wish, make, user

ORG: Final = (("C", "DE"), ("O", "Fabrikam GmbH & Co. KG"))
SHAPES: Final[dict[str, Callable[[], StrangerFarm]]] = {
    "three tiers, 49443": StrangerFarm,
    "two tiers, certauth, 2022": lambda: StrangerFarm(pki=two_tier(), mode="alternate", newer=10),
    "two tiers, RSA, LDAP and OCSP, 2012 R2": lambda: StrangerFarm(pki=two_tier("rsa", ldap=True, ocsp=True), newer=0),
}
PARTS: Final[dict[str, tuple[Callable[[str, str], bool], bool]]] = {
    "everything": (lambda _s, _f: False, True),
    "by the article": (lambda _s, f: f.startswith(("wap", "adfsp", "winhttp", "store_my")), False),
    "one node missing": (lambda s, _f: s == "ADFS02", True),
    "one node alone": (lambda s, _f: s != "ADFS02", False),
    "proxies alone": (lambda s, _f: s.startswith("ADFS"), False),
    "reservations alone": (lambda _s, f: f != "49443", False),
    "bindings alone": (lambda _s, f: f != "sslcert", False),
    "stores alone": (lambda _s, f: not f.startswith("store"), False),
    "stores and the tenant": (lambda _s, f: not f.startswith("store"), True),
    "verifications alone": (lambda _s, f: not f.endswith(("cert", "CA")), False),
}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("shape", SHAPES)
def test_a_farm_that_is_well(look: Look, shape: str, part: str) -> None:
    drop, all_given = PARTS[part]
    assert causes(look(SHAPES[shape](), drop=drop, tenant=all_given, handed_in=all_given)) == []


@pytest.mark.parametrize("given", ["tenant", "user"])
def test_one_file_alone_accuses_nobody(look: Look, given: str) -> None:
    told = look(StrangerFarm(), drop=lambda _s, _f: True, tenant=given == "tenant", handed_in=given == "user")

    assert causes(told) == []


@pytest.mark.parametrize("shape", SHAPES)
def test_exports_beside_the_listings(look: Look, shape: str) -> None:
    farm = SHAPES[shape]()

    assert causes(look(farm, change=farm.write_exports)) == []


def with_fallbacks(farm: StrangerFarm) -> None:
    for server in farm.all():
        server.bindings += [Binding("0.0.0.0:443", farm.ssl.sha1), Binding("[::]:443", farm.ssl.sha1)]
        server.bindings.append(Binding("0.0.0.0:49443", farm.ssl.sha1, ctl="(null)", negotiate="Enabled"))


def with_applications(farm: StrangerFarm) -> None:
    other = farm.pki.server("mail.fabrikam.net")
    for server in farm.all("wap"):
        server.bindings.append(Binding("mail.fabrikam.net:443", other.sha1, app=WAP_APP, ctl="(null)"))
        server.stores["MY"].append(other)
    for server in farm.all():
        server.bindings.append(Binding("10.0.0.5:8443", "bb" * 20, app=IIS_APP, ctl="(null)"))


def with_a_wildcard(farm: StrangerFarm) -> None:
    farm.present(farm.pki.server("*.fabrikam.net", "fabrikam.net"))


def with_an_old_certificate_of_the_ca(farm: StrangerFarm, key: str = "") -> None:
    name = (*ORG, ("CN", "Fabrikam Users 1"))
    begins, ends = AT - timedelta(days=2500), AT - timedelta(days=30)
    old = make(Wish(name, farm.pki.middle[0], key=key, begins=begins, ends=ends))
    for server in farm.all():
        server.stores["CA"].append(old)
    farm.authorities.append(files.ca_object(old, url="http://crl.fabrikam.net/old.crl", root=False))


def with_an_old_key_of_the_ca(farm: StrangerFarm) -> None:
    with_an_old_certificate_of_the_ca(farm, "old key")


def with_cross_certificates(farm: StrangerFarm) -> None:
    name = (*ORG, ("CN", "Fabrikam Root G1"))
    new = make(Wish(name, key="new root"))
    crosses = [make(Wish(name, farm.pki.root, key="new root")), make(Wish(name, new, kind="p384"))]
    for server in farm.all():
        server.stores["ROOT"].append(new)
        server.stores["CA"] += crosses


def with_ldap_that_proxies_do_not_reach(farm: StrangerFarm) -> None:
    spoil(farm, "ldap:", "The network path was not found. 0x80070035 (WIN32: 53 ERROR_BAD_NETPATH)", "PRX01", "PRX02")


NOISE: Final = (
    with_fallbacks,
    with_applications,
    with_a_wildcard,
    with_an_old_certificate_of_the_ca,
    with_an_old_key_of_the_ca,
    with_cross_certificates,
    with_ldap_that_proxies_do_not_reach,
)


@pytest.mark.parametrize("exported", [False, True], ids=["listed", "exported"])
@pytest.mark.parametrize("noise", NOISE, ids=lambda one: one.__name__)
def test_what_real_farms_have_besides(look: Look, noise: Callable[[StrangerFarm], None], exported: bool) -> None:
    farm = StrangerFarm()
    noise(farm)

    assert causes(look(farm, change=farm.write_exports if exported else lambda _folder: None)) == []


def test_a_user_without_a_subject(look: Look) -> None:
    pki = two_tier()
    pki.user = user(pki.issuing, subject=(), cdp=pki.user.cdp)

    assert causes(look(StrangerFarm(pki=pki))) == []


def test_one_pki_for_users_and_servers(look: Look) -> None:
    pki = two_tier()

    assert causes(look(StrangerFarm(pki=Pki(pki.root, pki.issuing, pki.user, [], [], pki.root, pki.issuing)))) == []
