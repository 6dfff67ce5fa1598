"""The list of URLs for a vantage agent."""

from farmsight_collector.cli.administration.entra_urls import of_tenant
from tests.fakes.pki import ISSUING, ISSUING_URL, ROOT, URL, World, tenant


def test_each_url_is_listed_once_with_its_purpose() -> None:
    world = World(tenant=False).put(
        "STS01", tenant(ROOT, root=True, crl_url=URL), tenant(ISSUING, crl_url=ISSUING_URL, delta_url=f"{URL}+")
    )
    assert of_tenant(world.farm()) == [("crl", ISSUING_URL), ("crl", URL), ("delta", f"{URL}+")]


def test_a_url_with_a_line_break_makes_no_line_of_its_own() -> None:
    world = World(tenant=False).put("STS01", tenant(ROOT, root=True, crl_url=f"{URL}\ncrl http://elsewhere/"))
    assert of_tenant(world.farm()) == []
