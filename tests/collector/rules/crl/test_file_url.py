"""crl.file-url."""

from farmsight_collector.rules.crl.file_url import RULE
from tests.fakes.pki import ROOT, World, found, make, stored, tenant

URL = "file://pki/share/4.crl"
ALL = ("STS01", "STS02", "WAP01", "WAP02")


def world(*urls: str) -> World:
    made = make("Contoso Issuing CA 4", ROOT, crls=urls)
    farm = World().put_all(stored("CA", made)).put("STS01", tenant(made))
    farm.blobs.append(made.der)
    return farm


def test_alone_it_is_a_warning_and_beside_http_worth_knowing() -> None:
    assert found(RULE, world(URL)) == [("CN=Contoso Issuing CA 4", ALL, (), "warning")]
    assert found(RULE, world(URL, "http://pki.contoso.com/4.crl")) == [("CN=Contoso Issuing CA 4", ALL, (), "info")]


def test_http_alone_is_well() -> None:
    assert found(RULE, world("http://pki.contoso.com/4.crl")) == []
