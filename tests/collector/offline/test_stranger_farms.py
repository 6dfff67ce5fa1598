"""Farms that strangers hand in with a fault or two: each is found, on its servers, and nothing else is."""

from collections.abc import Callable
from datetime import timedelta
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from farmsight_collector.rules.rule import Severity
from tests.fakes import stranger_files as files
from tests.fakes.stranger_farm import FS, IIS_APP, Binding, StrangerFarm, three_tier, two_tier
from tests.fakes.stranger_look import EVERYBODY, TIMED_OUT, Cause, Look, causes, heavy, spoil
from tests.fakes.stranger_pki import AT, SERVER_AUTH, Wish, make


def asking(farm: StrangerFarm, name: str) -> Binding:
    return next(one for one in farm.servers[name].bindings if one.key in (f"{FS}:49443", f"certauth.{FS}:443"))


def root_missing(farm: StrangerFarm) -> Cause:
    farm.servers["PRX01"].stores["ROOT"].remove(farm.pki.root)
    return "store.root-ca-missing", ("PRX01",)


def issuing_missing(farm: StrangerFarm) -> Cause:
    farm.servers["ADFS02"].stores["CA"].remove(farm.pki.issuing)
    return "store.issuing-ca-missing", ("ADFS02",)


def ca_among_roots(farm: StrangerFarm) -> Cause:
    farm.servers["PRX02"].stores["ROOT"].append(farm.pki.issuing)
    return "store.non-root-in-root", ("PRX02",)


def not_asked(farm: StrangerFarm) -> Cause:
    asking(farm, "ADFS01").negotiate = "Disabled"
    return "http.negotiate-off", ("ADFS01",)


def devices_for_users(farm: StrangerFarm) -> Cause:
    asking(farm, "PRX02").ctl = "AdfsTrustedDevices"
    return "http.ctl-store-on-client-binding", ("PRX02",)


def not_bound(farm: StrangerFarm) -> Cause:
    farm.servers["PRX01"].bindings.remove(asking(farm, "PRX01"))
    return ("http.binding-missing" if farm.mode == "classic" else "http.certauth-binding-missing"), ("PRX01",)


def not_checked(farm: StrangerFarm) -> Cause:
    asking(farm, "ADFS02").revocation = "Disabled"
    return "crl.check-disabled", ("ADFS02",)


def shadowed(farm: StrangerFarm) -> Cause:
    farm.servers["PRX01"].bindings.append(Binding("10.1.2.3:443", "dd" * 20, app=IIS_APP, ctl="(null)"))
    return "http.address-binding-shadows", ("PRX01",)


def crl_not_reached(farm: StrangerFarm) -> Cause:
    spoil(farm, farm.pki.user.cdp[0], TIMED_OUT, "PRX01", "PRX02")
    return "crl.unreachable", ("PRX01", "PRX02")


def serial_not_passed(farm: StrangerFarm) -> Cause:
    trust = {"Enabled": "True", "Identifier": "AD AUTHORITY", "Name": "Active Directory"}
    rules = {"AcceptanceTransformRules": files.rules(files.ISSUER)}
    farm.servers["ADFS01"].texts["claimstrust"] = files.listing(rules | trust)
    return "claim.provider-serial-missing", ()


def not_offered_outside(farm: StrangerFarm) -> Cause:
    texts = farm.servers["ADFS01"].texts
    texts["authprovider"] = texts["authprovider"].replace("Extranet : True", "Extranet : False", 1)
    return "adfs.certificate-extranet-off", ()


FAULTS: Final = (
    root_missing,
    issuing_missing,
    ca_among_roots,
    not_asked,
    devices_for_users,
    not_bound,
    not_checked,
    shadowed,
    crl_not_reached,
    serial_not_passed,
    not_offered_outside,
)
MODES: Final = {"classic": two_tier, "alternate": lambda: three_tier(ldap=False, ocsp=False)}


@pytest.mark.parametrize(
    ("one", "other", "mode"),
    # Half of the pairs in either mode: what is told of both is told in a few seconds.
    [(*pair, tuple(MODES)[at % 2]) for at, pair in enumerate(combinations(FAULTS, 2))],
    ids=lambda one: getattr(one, "__name__", str(one)),
)
def test_two_faults_are_two_causes_and_nothing_else(
    look: Look, one: Callable[[StrangerFarm], Cause], other: Callable[[StrangerFarm], Cause], mode: str
) -> None:
    farm = StrangerFarm(pki=MODES[mode](), mode=mode)
    planted = [one(farm), other(farm)]

    assert sorted(causes(look(farm))) == sorted(planted)


@pytest.mark.parametrize(
    ("sid", "severity"),
    [("NS", Severity.CRITICAL), ("S-1-5-80-1-2-3-4-5", Severity.CRITICAL), ("S-1-5-21-1-2-3-1109", Severity.WARNING)],
)
def test_a_reservation_for_somebody_else_where_no_file_tells_the_account(
    look: Look, sid: str, severity: Severity
) -> None:
    farm = StrangerFarm()
    node = farm.servers["ADFS02"]
    node.urls = [(url, who, f"D:(A;;GA;;;{sid})" if "49443" in url else sddl) for url, who, sddl in node.urls]

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers, found.severity) == ("http.reservation-rights", ("ADFS02",), severity)


@pytest.mark.parametrize(
    ("account", "names", "entries"),
    [
        ("svc-fs$", ("ADFS01", "ADFS02"), ("CRL-02",)),
        ("NETWORK SERVICE", ("PRX02",), ("CRL-03",)),
        ("PRX02$", ("PRX02",), ("CRL-01",)),
        ("", EVERYBODY, ("CRL-01", "CRL-02", "CRL-03")),
    ],
)
def test_a_crl_that_one_account_can_not_have(
    look: Look, account: str, names: tuple[str, ...], entries: tuple[str, ...]
) -> None:
    farm = StrangerFarm(pki=two_tier())
    spoil(farm, "issuing.crl", TIMED_OUT, *names, account=account)

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers, found.catalogue) == ("crl.unreachable", names, entries)


@pytest.mark.parametrize(("url", "entry"), [("issuing.crl", "CRL-04"), ("root.crl", "CRL-06")])
def test_an_expired_crl_of_the_issuing_ca_and_of_the_root(look: Look, url: str, entry: str) -> None:
    farm = StrangerFarm(pki=two_tier())
    for server in farm.all():
        for said in server.verified.values():
            for one in (one for tried in said.fetches for one in tried if url in one.url):
                one.word, one.begins, one.ends = "Expired", AT - timedelta(days=9), AT - timedelta(days=2)

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers, found.catalogue) == ("crl.expired", EVERYBODY, (entry,))


@pytest.mark.parametrize("held", ["others", "nothing", "the root"])
def test_a_list_of_issuers_from_a_store_without_the_users_cas(look: Look, held: str) -> None:
    farm = StrangerFarm(pki=two_tier())
    for server in farm.all():
        asking(farm, server.name).ctl = "adfsclient"
        server.stores["ADFSCLIENT"] = [farm.pki.issuing]
    lists = {"others": [farm.pki.tls_root], "nothing": [], "the root": [farm.pki.root]}
    farm.servers["PRX01"].stores["ADFSCLIENT"] = lists[held]

    found = [] if held == "the root" else [("tls.issuer-list-lacks-ca", ("PRX01",))]
    assert causes(look(farm)) == found


def test_a_list_of_issuers_that_is_too_long_by_its_names_alone(look: Look) -> None:
    farm = StrangerFarm(pki=two_tier())
    for server in farm.all():
        asking(farm, server.name).ctl = "adfsclient"
        server.stores["ADFSCLIENT"] = [farm.pki.issuing]
    names = ((("O", "An organisation with a name " + "x" * 30), ("CN", f"CA {n} " + "y" * 50)) for n in range(170))
    farm.servers["PRX02"].stores["ADFSCLIENT"] += [make(Wish(name, key="many")) for name in names]

    [found] = heavy(look(farm))
    assert (found.rule.code, found.servers) == ("tls.issuer-list-too-long", ("PRX02",))
    assert "at least" in found.title


def test_another_port_is_the_cause_of_what_is_missing_on_it(look: Look) -> None:
    farm = StrangerFarm()
    texts = farm.servers["ADFS01"].texts
    texts["adfsproperties"] = texts["adfsproperties"].replace("49443", "49543")

    assert causes(look(farm)) == [("adfs.client-port-changed", ())]


def test_a_wildcard_does_not_cover_the_host_that_asks(look: Look) -> None:
    farm = StrangerFarm(mode="alternate")
    farm.present(farm.pki.server("*.fabrikam.net", "fabrikam.net"))

    assert causes(look(farm, change=farm.write_exports)) == [("http.san-certauth", EVERYBODY)]


def test_a_bound_certificate_that_is_over(look: Look) -> None:
    farm = StrangerFarm()
    wish = Wish((("CN", FS),), farm.pki.tls_ca, ca=False, names=(FS,), usages=(SERVER_AUTH,))
    wish.ends = AT - timedelta(days=2)
    farm.present(make(wish))

    assert causes(look(farm)) == [("http.bound-certificate-expired", EVERYBODY)]


# --- the file that proves it is gone


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def refused(path: Path) -> None:
    path.write_bytes(b"Access is denied.\r\n")


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 - 40])


PROOFS: Final = (
    (root_missing, "PRX01", "store_root"),
    (issuing_missing, "ADFS02", "store_ca"),
    (devices_for_users, "PRX02", "sslcert"),
    (not_bound, "PRX01", "sslcert"),
)


@pytest.mark.parametrize("spoiled", [Path.unlink, emptied, refused, cut_off], ids=lambda one: one.__name__)
@pytest.mark.parametrize(("fault", "server", "name"), PROOFS, ids=lambda one: getattr(one, "__name__", ""))
def test_what_no_file_proves_any_more_is_not_known(
    look: Look, fault: Callable[[StrangerFarm], Cause], server: str, name: str, spoiled: Callable[[Path], None]
) -> None:
    farm = StrangerFarm(pki=two_tier())
    code, _servers = fault(farm)
    told = look(farm, change=lambda folder: spoiled(folder / server / f"{server}_{name}.txt"))

    assert causes(told) == []
    unknown = [one.verdict for one in told.picture.evaluation.unknown if one.code == code]
    assert any(one.server == server and (f"{server}_{name}.txt" in one.reason) for one in unknown)


def test_a_crl_that_an_account_did_not_try_is_not_taken_for_reached(look: Look) -> None:
    farm = StrangerFarm(pki=two_tier())
    told = look(farm, drop=lambda server, name: server == "PRX01" and name.endswith("usercert"))

    assert causes(told) == []
    unknown = [one.verdict for one in told.picture.evaluation.unknown if one.code == "crl.unreachable"]
    assert {(one.server, one.subject, one.context) for one in unknown} == {
        ("PRX01", "http://crl.fabrikam.net/issuing.crl", context) for context in ("system", "network-service")
    }
