"""Strangers' farms where one thing keeps a server from the CRLs: one cause is told, and what is as it should be is not.

Certificates name their CRLs at a web server and in the directory, as Windows CAs write them by default. A proxy in
a workgroup never gets anything from the directory.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.fakes.stranger_farm import FS, StrangerFarm, three_tier
from tests.fakes.stranger_look import EVERYBODY, TIMED_OUT, Look, heavy, spoil
from tests.fakes.stranger_pki import AT, SERVER_AUTH, Wish, make, user

NO_DOMAIN: Final = "The specified domain either does not exist or could not be contacted. 0x54b (WIN32: 1355)"
FORBIDDEN: Final = "Forbidden (403). 0x80190193 (-2145844845 HTTP_E_STATUS_FORBIDDEN)"
NO_NAME: Final = "The server name or address could not be resolved 0x80072ee7 (WinHttp: 12007)"


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return Look(tmp_path)


@pytest.fixture
def farm() -> StrangerFarm:
    """Return a farm whose proxies get nothing from the directory, and need nothing from there."""
    pki = three_tier(ldap=True, ocsp=False)
    pki.user = replace(pki.user, aia=())  # nothing else comes from the web server
    made = StrangerFarm(pki=pki)
    spoil(made, "ldap:///", NO_DOMAIN, "PRX01", "PRX02")
    return made


def test_a_proxy_that_can_not_ask_the_directory_is_well(look: Look, farm: StrangerFarm) -> None:
    assert heavy(look(farm)) == []


def test_a_crl_that_is_over_at_the_web_server_and_in_the_directory_is_one_cause(look: Look, farm: StrangerFarm) -> None:
    for server in farm.all():
        for said in server.verified.values():
            for one in (one for tried in said.fetches for one in tried if "users1" in one.url and not one.error):
                one.word, one.begins, one.ends = "Expired", AT - timedelta(days=9), AT - timedelta(days=2)

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers) == ("crl.expired", EVERYBODY)
    assert "http://crl.fabrikam.net/users1.crl" in found.title


def no_answer(farm: StrangerFarm) -> str:
    spoil(farm, "http://crl.fabrikam.net", TIMED_OUT, "PRX01")
    return "network.host-unreachable"


def no_name(farm: StrangerFarm) -> str:
    spoil(farm, "http://crl.fabrikam.net", NO_NAME, "PRX01")
    return "network.name-not-resolved"


def a_proxy_that_forbids(farm: StrangerFarm) -> str:
    farm.servers["PRX01"].proxy = "    Proxy Server(s) :  proxy.fabrikam.net:8080\r\n    Bypass List     :  (none)"
    spoil(farm, "http://crl.fabrikam.net", FORBIDDEN, "PRX01")
    return "network.proxy-without-bypass"


@pytest.mark.parametrize("fault", [no_answer, no_name, a_proxy_that_forbids])
def test_what_keeps_a_proxy_from_the_web_server_is_the_one_cause(
    look: Look, farm: StrangerFarm, fault: Callable[[StrangerFarm], str]
) -> None:
    code = fault(farm)

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers) == (code, ("PRX01",))
    assert "CRL-02" not in found.catalogue  # no AD FS account is concerned


def test_one_url_that_is_not_answered_is_not_the_host(look: Look, farm: StrangerFarm) -> None:
    spoil(farm, "http://crl.fabrikam.net/policy.crl", TIMED_OUT, "PRX02")

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers) == ("crl.unreachable", ("PRX02",))


def test_a_certificate_that_is_over_is_told_by_the_name_that_users_meet(look: Look) -> None:
    farm = StrangerFarm()
    names = (FS, "enterpriseregistration.fabrikam.net")
    wish = Wish((("CN", FS),), farm.pki.tls_ca, ca=False, names=names, usages=(SERVER_AUTH,), key="ssl")
    farm.present(make(replace(wish, ends=AT - timedelta(days=4))))

    told = [one.title for one in heavy(look(farm)) if one.rule.code == "http.bound-certificate-expired"]
    assert len(told) == 1
    assert FS in told[0]


def test_what_to_do_about_a_hop_begins_with_what_brings_its_fault_about(look: Look, farm: StrangerFarm) -> None:
    code = a_proxy_that_forbids(farm)

    [traced] = look(farm).traces
    [first] = {tuple(hop.codes)[:1] for hop in traced.answer.hops if hop.hop == "wap-revocation" and hop.codes}
    assert first == (code,)


def test_a_responder_that_is_the_only_source_is_the_cause_where_it_is_not_found(look: Look) -> None:
    pki = three_tier(ldap=False, ocsp=True)
    pki.user = user(pki.issuing, ocsp=("http://ocsp.fabrikam.net/ocsp",))
    farm = StrangerFarm(pki=pki)
    for said in farm.servers["PRX01"].verdicts():
        said.responders, said.offline = NO_NAME, True
        said.errors[0] |= 0x1000040

    [found] = [one for one in heavy(look(farm)) if not one.rule.code.startswith("entra.")]
    assert (found.rule.code, found.servers) == ("network.name-not-resolved", ("PRX01",))
