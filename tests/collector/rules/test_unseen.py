"""A place that was looked at before and is not known now leaves open what may have rested on it."""

from dataclasses import replace

import pytest

from farmsight_collector.model.view import Farm, UnknownFactError
from farmsight_collector.rules.rule import CannotTell
from farmsight_collector.rules.unseen import unseen
from tests.fakes.farms import farm, kinds_of, server

STORES = ("ROOT", "CA")


def waps(*, refused: str = "", stale: bool = False) -> Farm:
    places = [("certificate-stores", store, None) for store in STORES]
    lost = [place for place in places if place[1] == refused]
    return farm(
        server("WAP01", "wap", observed=places),
        server("WAP02", "wap", observed=places, unknown=lost, stale=stale),
        server("WAP03", "wap"),
    )


def test_a_refused_store_is_a_doubt_about_the_farm_that_names_server_probe_and_store() -> None:
    (doubt,) = unseen(waps(refused="CA"), "store-certificate")

    assert (doubt.server, doubt.probe, doubt.part, doubt.context) == (None, "certificate-stores", "CA", None)
    assert doubt.reason == "WAP02: certificate-stores/CA: denied: made-so"


def test_another_store_than_the_one_asked_for_is_no_doubt() -> None:
    assert list(unseen(waps(refused="CA"), "store-certificate", part="ROOT")) == []


def test_an_overdue_report_leaves_every_store_open_for_that_server_alone() -> None:
    doubts = tuple(unseen(waps(stale=True), "store-certificate", named=True))

    assert [(one.server, one.part) for one in doubts] == [("WAP02", "ROOT"), ("WAP02", "CA")]
    assert all("last seen" in one.reason for one in doubts)


def test_where_nobody_ever_looked_nothing_is_left_open() -> None:
    assert list(unseen(waps(), "store-certificate")) == []


def test_one_accounts_fetches_are_no_doubt_about_anothers() -> None:
    lost = [("retrievals", "", "network-service")]
    one = farm(server("WAP01", "wap", observed=[("retrievals", "", "system")], unknown=lost))

    assert [doubt.context for doubt in unseen(one, "retrieval", context="network-service")] == ["network-service"]
    assert list(unseen(one, "retrieval", context="system")) == []


def test_a_doubt_is_about_its_subject_or_about_any_that_is_not_told_otherwise() -> None:
    some = CannotTell(reason="", besides=frozenset({"CN=A"}))

    assert not some.about("CN=A")
    assert some.about("CN=B")
    assert [replace(some, subject="CN=A").about(subject) for subject in ("CN=A", "CN=B")] == [True, False]


def test_of_servers_that_do_not_know_the_one_that_tried_is_named() -> None:
    """That AD FS refused its settings is the reason, and not that the vantage point never asks for them."""
    shut = farm(server("OUT01", "vantage"), server("STS01", "adfs", unknown=kinds_of("adfs-properties")))

    with pytest.raises(UnknownFactError) as told:
        shut.known("adfs-properties")

    assert (told.value.server, told.value.reason) == ("STS01", "denied: made-so")
