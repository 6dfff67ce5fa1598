"""Farms of odd but right shapes, by the article's files: what is on purpose is told once, and nothing fails by it."""

from pathlib import Path
from typing import Any

from farmsight_wire.v1 import query_pb2
from tests.fakes.stranger_farm import FS, StrangerFarm, two_tier
from tests.fakes.stranger_look import EVERYBODY, Look, causes, heavy
from tests.fakes.stranger_pki import SERVER_AUTH, Wish, make, user

NO_SOURCE = 0x40  # CERT_TRUST_REVOCATION_STATUS_UNKNOWN


def unchecked() -> StrangerFarm:
    """Return a farm whose users' CA publishes no CRL, and whose bindings therefore do not check."""
    pki = two_tier()
    pki.user = user(pki.issuing)
    farm = StrangerFarm(pki=pki)
    for server in farm.all():
        server.binding(f"{FS}:49443").revocation = "Disabled"
        for said in server.verdicts():
            said.errors[0] |= NO_SOURCE
    return farm


def test_a_ca_without_crls_whose_bindings_do_not_check_is_told_once(tmp_path: Path) -> None:
    told = Look(tmp_path)(unchecked())

    assert [one for one in causes(told) if not one[0].startswith("entra.")] == [("crl.check-disabled", EVERYBODY)]
    assert [one.answer.verdict for one in told.traces] == [query_pb2.TRACE_VERDICT_UNKNOWN]


def handed_in(tmp_path: Path, **wishes: Any) -> list[tuple[str, tuple[str, ...]]]:
    """Return what is told of a farm that is well and of a user's certificate, which each server verified too."""
    pki = two_tier()
    pki.user = user(pki.issuing, cdp=("http://crl.fabrikam.net/issuing.crl",), **wishes)
    return causes(Look(tmp_path)(StrangerFarm(pki=pki)))


def test_the_certificate_itself_says_more_than_what_a_server_printed_of_it(tmp_path: Path) -> None:
    assert handed_in(tmp_path / "named") == []
    assert handed_in(tmp_path / "nameless", upn="", mail="") == [("user.mapping-name-missing", ())]
    assert handed_in(tmp_path / "of a server", usages=(SERVER_AUTH,)) == [("user.eku-without-client-auth", ())]


def test_a_user_of_a_ca_that_nobody_knows_is_one_cause(tmp_path: Path) -> None:
    pki = two_tier()
    domain = (("DC", "net"), ("DC", "stranger"))
    shadow = make(Wish((*domain, ("CN", "Shadow Issuing")), make(Wish((*domain, ("CN", "Shadow Root"))))))
    pki.user = user(shadow, cdp=("http://crl.stranger.net/shadow.crl",))
    farm = StrangerFarm(pki=pki)
    for server in farm.all():
        for said in server.verdicts():
            said.chain, said.fetches, said.errors = said.chain[:1], said.fetches[:1], [0x10000]

    assert [one[0] for one in causes(Look(tmp_path)(farm)) if not one[0].startswith("entra.")] == [
        "user.issuer-unknown"
    ]


def test_a_title_names_all_of_whom_the_same_is_said(tmp_path: Path) -> None:
    farm = StrangerFarm()
    for name in ("PRX01", "PRX02"):
        farm.servers[name].bindings.remove(farm.servers[name].binding(f"{FS}:49443"))

    [found] = heavy(Look(tmp_path)(farm))
    assert (found.rule.code, found.servers) == ("http.binding-missing", ("PRX01", "PRX02"))
    assert found.title == f"PRX01 has no TLS binding for {FS}:49443 (likewise PRX02)"
