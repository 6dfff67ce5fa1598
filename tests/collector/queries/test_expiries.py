"""What ends first."""

from datetime import timedelta

from farmsight_collector.queries.expiries import answer
from tests.fakes.farms import NOW
from tests.fakes.pki import CLIENT_AUTH, ROOT, SERVER_AUTH, World, binding, make, stored, tenant


def test_the_certificate_that_ends_first_comes_first_with_its_use_and_servers() -> None:
    soon = make("sts.contoso.com", ROOT, ca=None, usages=(SERVER_AUTH,), ends=NOW + timedelta(days=9))
    world = World().put("STS01", stored("MY", soon), binding(host_port="0.0.0.0:443", certificate_sha1=soon.sha1))
    first = answer(world.farm())[0]

    assert (first.subject, first.state, first.servers) == ("CN=sts.contoso.com", "month", ("STS01",))
    assert first.uses == ("bound to 0.0.0.0:443",)


def test_what_has_ended_says_so_and_what_lasts_is_later() -> None:
    over = make("Contoso Old CA", ROOT, ends=NOW - timedelta(days=1), usages=(CLIENT_AUTH,))
    world = World().put_all(stored("CA", over)).put("STS01", tenant(over))
    world.blobs.append(over.der)
    states = {one.subject: one.state for one in answer(world.farm())}

    assert states["CN=Contoso Old CA"] == "ended"
    assert states["CN=Contoso Root CA"] == "later"


def test_a_date_from_a_listing_is_not_decided_within_a_day() -> None:
    close = make("Contoso Close CA", ROOT, ends=NOW - timedelta(hours=5), usages=(CLIENT_AUTH,))
    listed = World().put_all(stored("CA", close, der=False)).put("STS01", stored("NTAuth", close, der=False))
    found = next(one for one in answer(listed.farm()) if one.subject == "CN=Contoso Close CA")

    assert (found.state, found.exact) == ("unknown", False)


def test_a_binding_to_a_certificate_that_nobody_saw_is_told_last_without_a_date() -> None:
    world = World().put("STS01", binding(host_port="0.0.0.0:443", certificate_sha1="ab" * 20))
    last = answer(world.farm())[-1]

    assert (last.sha1, last.ends, last.state) == ("ab" * 20, None, "unknown")
