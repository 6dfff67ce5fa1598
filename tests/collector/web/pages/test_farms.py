"""All farms in a line each, from what was stored."""

from farmsight_collector.store import farms
from tests.fakes.watched_farm import FARM, Person, WatchedFarm, links, rows, words


def test_each_farm_tells_its_worst_cause_and_its_servers(viewer: Person) -> None:
    page = viewer.sees("/farms")
    line = next(row for row in rows(page, "Farms") if row.startswith(FARM))

    assert "critical" in line
    assert "2 AD FS" in line
    assert f"/farms/{FARM}" in links(page)


def test_who_is_not_heard_of_is_named(farm: WatchedFarm) -> None:
    farm.later(hours=1, heard=False)

    assert "STS01" in rows(Person(farm).sees("/farms"), "Farms")[0]


def test_farms_are_found_by_a_part_of_their_name_and_paged(farm: WatchedFarm) -> None:
    with farm.store.write() as connection:
        for number in range(120):
            farms.ensure_farm(connection, f"sts{number:03}.fabrikam.com")
    person = Person(farm)

    assert len(rows(person.sees("/farms"), "Farms")) == 100
    assert len(rows(person.sees("/farms?skip=100"), "Farms")) == 21
    assert [row[:20] for row in rows(person.sees("/farms?find=STS007"), "Farms")] == ["sts007.fabrikam.com "]
    assert "No farm has that in its name" in words(person.sees("/farms?find=zzz"))
