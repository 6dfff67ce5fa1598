"""No name of a farm is in its redacted report, in whatever spelling; what stands for it says the same of the fault."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509 import Certificate
from cryptography.x509.oid import NameOID

from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.reading import Request
from farmsight_collector.report.captured import source
from farmsight_collector.report.made import Made, made
from farmsight_lab import names as lab
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan
from farmsight_lab.farm.windows import ADFS_ACCOUNT
from farmsight_lab.pki.hierarchy import Pki, make
from farmsight_lab.scenario import load
from tests.fakes.pages import read
from tests.fakes.stranger_farm import FS, StrangerFarm, three_tier, two_tier
from tests.fakes.stranger_farm import Pki as StrangerPki
from tests.fakes.stranger_pki import AT

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
SCENARIOS = (
    "demo",
    "sample",
    "certauth",
    "proxy-login",
    "service-accounts-differ",
    "ca-renewed",
    "ocsp-down",
    "name-leads-elsewhere",
)


def spellings(text: str) -> set[str]:
    """Return a name as URLs, files and listings spell it."""
    plain = {text, text.replace(" ", ""), text.replace(" ", "%20"), text.replace(" ", "_"), text.replace(" ", "+")}
    return {one.lower() for one in plain}


def numbers(digits: str) -> set[str]:
    """Return a serial number or a thumbprint in its spellings, turned around too."""
    even = digits.rjust(len(digits) + len(digits) % 2, "0")
    pairs = [even[at : at + 2] for at in range(0, len(even), 2)]
    return {between.join(order) for between in ("", ":", " ") for order in (pairs, pairs[::-1])} | {
        str(int(digits, 16))
    }


def of_certificate(one: Certificate) -> Iterator[str]:
    yield from numbers(f"{one.serial_number:x}")
    yield from numbers(one.fingerprint(hashes.SHA1()).hex())
    for attribute in one.subject:
        # What AD FS calls its own certificates tells nothing but the host in it.
        value = str(attribute.value).partition(" - ")[2] or str(attribute.value)
        yield from spellings(value) if attribute.oid != NameOID.COUNTRY_NAME else ()


def forbidden(pki: Pki) -> set[str]:
    """Return everything that names the lab's farm, by its own definition."""
    found = {lab.DOMAIN, lab.FEDERATION_SERVICE, lab.PKI_HOST, "contoso", "1004336348"}
    for server in lab.SERVERS:
        found |= {server.name.lower(), server.fqdn, lab.IN_NAMESPACES.of(server)}
    found |= {lab.IN_NAMESPACES.main, lab.IN_NAMESPACES.mirror, ADFS_ACCOUNT[0].partition("\\")[2].lower().rstrip("$")}
    for name in pki.names:
        found |= set(of_certificate(pki[name].certificate))
    return {one.lower() for one in found if len(one) > 3}


def shown(page: str) -> str:
    """Return all that stands in a page, tags and all, as somebody would search it: without marks for broken lines."""
    return unescape(re.sub(r"<wbr>", "", page.partition("</style>")[2] + page.partition("<style>")[0])).lower()


@pytest.fixture(scope="module")
def pki() -> Pki:
    return make(MONDAY, 7)


def report(pki: Pki, folder: Path, scenario: str) -> tuple[Made, Made]:
    """Return the report of a scenario with a user's certificate, as it is and redacted."""
    write(farm_files(load(scenario).farm(pki, MONDAY), Plan()), folder, MONDAY)
    user = folder / "alice.cer"
    user.write_bytes(pki["user-alice"].certificate.public_bytes(serialization.Encoding.DER))
    with analysed(Request(paths=(folder,), roles={}, user_certificates=(user,)), now=MONDAY) as analysis:
        told = source(analysis)
        return made(told), made(told, redact=True)


@pytest.fixture(scope="module")
def demo(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Made]:
    return report(pki, tmp_path_factory.mktemp("demo"), "demo")


@pytest.fixture(scope="module")
def names(demo: tuple[Made, Made]) -> dict[str, tuple[str, ...]]:
    stand_ins = demo[1].stand_ins
    assert stand_ins is not None
    return dict(stand_ins.items())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_name_of_the_farm_is_in_the_redacted_page_in_any_spelling(pki: Pki, tmp_path: Path, scenario: str) -> None:
    plain, redacted = report(pki, tmp_path, scenario)
    any_of = "|".join(map(re.escape, sorted(forbidden(pki), key=len, reverse=True)))

    there = shown(redacted.page)
    assert re.findall(rf"(?<![a-z0-9])(?:{any_of})(?![a-z0-9])", there) == []
    assert "contoso" not in there
    assert [one for one in ("contoso", "wap01", lab.FEDERATION_SERVICE) if one not in shown(plain.page)] == []


@pytest.mark.parametrize("hierarchy", [two_tier, three_tier], ids=lambda one: one.__name__)
def test_nor_is_one_of_a_strangers_farm_with_umlauts_commas_and_directories(
    tmp_path: Path, hierarchy: Callable[[], StrangerPki]
) -> None:
    farm = StrangerFarm(pki=hierarchy())
    farm.servers["PRX01"].stores["ROOT"].remove(farm.pki.root)
    (tmp_path / "jane.cer").write_bytes(farm.pki.user.der)
    request = Request(
        paths=(farm.write(tmp_path / "evidence"),),
        roles={},
        at=AT,
        tenant=(farm.write_tenant(tmp_path / "entra.json"),),
        user_certificates=(tmp_path / "jane.cer",),
    )
    with analysed(request, now=AT) as analysis:
        told = source(analysis)
        plain, redacted = shown(made(told).page), shown(made(told, redact=True).page)
    pki = farm.pki
    names = {FS, "fabrikam", *(name.lower() for name in farm.servers), "svc-fs", "public trust, inc."}
    for one in (pki.root, pki.issuing, pki.user, *pki.middle, *pki.others, pki.tls_root, pki.tls_ca):
        names |= {name.lower() for name in of_certificate(one.certificate)}
    any_of = "|".join(map(re.escape, sorted((one for one in names if len(one) > 3), key=len, reverse=True)))

    assert re.findall(rf"(?<![a-z0-9])(?:{any_of})(?![a-z0-9])", redacted) == []
    assert "fabrikam" not in redacted
    assert "fabrikam" in plain


def test_the_redacted_page_has_the_shape_and_the_sentences_of_the_other(demo: tuple[Made, Made]) -> None:
    pages = [read(one.page) for one in demo]

    tags = [[one.tag for one in page.all() if one.tag not in ("wbr", "text", "path", "g")] for page in pages]
    assert tags[0] == tags[1]
    ids = {one.attributes.get("id") for one in pages[1].all()}
    assert {one.attributes["href"].removeprefix("#") for one in pages[1].all("a")} <= ids
    told = pages[1].text
    assert re.search(r"CN=ca-\d+,O=organisation-1 is not in the intermediate store \(CA\)", told)
    assert "wap-1: farm-1.domain-1.example:49443 offers the issuers of AdfsTrustedDevices" in told
    assert "Names, addresses, serial numbers and thumbprints are replaced by stand-ins" in told
    assert "store.issuing-ca-missing" in told


def test_the_names_lead_back_from_each_stand_in(names: dict[str, tuple[str, ...]]) -> None:
    assert "WAP02" in names["wap-2"]
    assert names["farm-1.domain-1.example"] == (lab.FEDERATION_SERVICE,)
    assert any("Contoso Issuing CA 1" in reals for name, reals in names.items() if name.startswith("ca-"))


def test_the_same_name_has_the_same_stand_in_throughout(names: dict[str, tuple[str, ...]]) -> None:
    servers = [
        real.lower()
        for name, reals in names.items()
        if re.fullmatch(r"(wap|adfs)-\d", name)
        for real in {*map(str.lower, reals)}
    ]
    assert len(servers) == len(set(servers)) == len(lab.SERVERS)


def test_servers_of_one_subnet_stay_in_one_subnet(names: dict[str, tuple[str, ...]]) -> None:
    stand_ins = {real: name for name, reals in names.items() for real in reals}
    shown = [stand_ins[lab.IN_NAMESPACES.of(one)] for one in lab.SERVERS if lab.IN_NAMESPACES.of(one) in stand_ins]

    assert len(shown) > 1
    assert len({one.rpartition(".")[0] for one in shown}) == 1
