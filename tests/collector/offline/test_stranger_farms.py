"""Farms that strangers hand in: with other names, other PKIs and the noise of real servers; well, or with a fault."""

from collections.abc import Callable
from datetime import UTC, timedelta
from itertools import combinations
from pathlib import Path
from typing import Final

import pytest

from farmsight_collector.offline.analysis import Analysis, analysed
from farmsight_collector.offline.reading import Request
from farmsight_collector.rules.engine import Finding
from farmsight_collector.rules.rule import Severity
from tests.fakes import stranger_files as files
from tests.fakes.stranger_farm import FS, IIS_APP, WAP_APP, Binding, Pki, StrangerFarm, three_tier, two_tier
from tests.fakes.stranger_pki import AT, SERVER_AUTH, Wish, make, user

DOMAIN: Final = (("DC", "net"), ("DC", "fabrikam"))
ORG: Final = (("C", "DE"), ("O", "Fabrikam GmbH & Co. KG"))
TIMED_OUT: Final = "The operation timed out 0x80072ee2 (WinHttp: 12002 ERROR_WINHTTP_TIMEOUT)"
EVERYBODY: Final = ("ADFS01", "ADFS02", "PRX01", "PRX02")
Cause = tuple[str, tuple[str, ...]]
Look = Callable[..., Analysis]


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Return what analyses a farm: `drop` says which files nobody captured, `change` spoils what is there."""

    def analyse(
        farm: StrangerFarm,
        *,
        drop: Callable[[str, str], bool] = lambda _server, _file: False,
        change: Callable[[Path], object] = lambda _folder: None,
        tenant: bool = True,
        handed_in: bool = True,
    ) -> Analysis:
        folder = farm.write(tmp_path / "evidence")
        for path in sorted(folder.rglob("*.txt")):
            if drop(path.parent.name, path.stem.partition("_")[2]):
                path.unlink()
        change(folder)
        given = tmp_path / "given.cer"
        given.write_bytes(farm.pki.user.der)
        extra = (farm.write_tenant(tmp_path / "entra.json"),) if tenant else ()
        users = (given,) if handed_in else ()
        paths = (folder,) if any(folder.rglob("*.*")) else extra or users
        request = Request(paths=paths, roles={}, at=AT.astimezone(UTC), tenant=extra, user_certificates=users)
        with analysed(request, now=AT.astimezone(UTC)) as told:
            return told

    return analyse


def heavy(told: Analysis) -> list[Finding]:
    found = told.picture.evaluation.findings
    broken = [one for one in told.picture.evaluation.unknown if "the rule failed" in one.verdict.reason]
    assert not broken
    return [one for one in found if one.severity >= Severity.WARNING and one.caused_by is None]


def causes(told: Analysis) -> list[Cause]:
    return [(one.rule.code, one.servers) for one in heavy(told)]


# --- farms that are well

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


# --- farms with a fault


def asking(farm: StrangerFarm, name: str) -> Binding:
    return next(one for one in farm.servers[name].bindings if one.key in (f"{FS}:49443", f"certauth.{FS}:443"))


def spoil(farm: StrangerFarm, url: str, error: str, *names: str, account: str = "") -> None:
    for name in names or EVERYBODY:
        for (who, _what), said in farm.servers[name].verified.items():
            for place, tried in enumerate(said.fetches if account in who else ()):
                for one in (one for one in tried if url in one.url):
                    one.error = error
                    if all(other.error for other in tried):
                        said.errors[place] |= 0x1000040
                        said.offline = said.offline or place == 0


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


def test_another_port_is_the_cause_of_what_is_missing_on_it(look: Look) -> None:
    farm = StrangerFarm()
    texts = farm.servers["ADFS01"].texts
    texts["adfsproperties"] = texts["adfsproperties"].replace("49443", "49543")

    assert causes(look(farm)) == [("adfs.client-port-changed", ())]


def test_a_wildcard_does_not_cover_the_host_that_asks(look: Look) -> None:
    farm = StrangerFarm(mode="alternate")
    with_a_wildcard(farm)

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
