"""The map's page: at any instant, with what is opened, as one looks at it, and as the difference of two instants."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from farmsight_collector.topology.draw import line_mark, node_mark
from farmsight_wire.v1 import facts_pb2 as pb
from tests.bench import worlds
from tests.bench.worlds import FARM
from tests.collector.web.pages.conftest import EVIL
from tests.fakes.pages import Element
from tests.fakes.watched_farm import Person, WatchedFarm, words

WAP01, STS01 = node_mark("server:WAP01"), node_mark("server:STS01")
AT = "2026-11-23T{}:00Z".format


def thing(page: Element, mark: str) -> Element:
    return next(one for one in page.all() if one.attributes.get("id") == mark)


def named(page: Element, mark: str) -> str:
    return str(thing(page, mark).attributes["aria-label"])


def boxes(text: str) -> list[str]:
    return re.findall(r'<rect class="box" [^>]*>', text)


def test_every_server_ca_host_and_the_tenant_is_on_the_map_with_role_state_and_findings(viewer: Person) -> None:
    page = viewer.sees("topology")

    assert re.match(r"WAP01, Web Application Proxy: critical, \d+ finding", named(page, WAP01))
    assert named(page, STS01).startswith("STS01, AD FS node: ")
    assert "OUT01, vantage point" in viewer.text
    assert "Contoso Issuing CA 1, certificate authority" in viewer.text
    assert thing(page, line_mark(("vip:" + FARM, "server:WAP01", "sign-in"))).attributes["href"]


def test_the_map_as_of_an_earlier_instant_tells_what_was_so_then(viewer: Person) -> None:
    page = viewer.sees(f"topology?at={AT('10:05')}")

    assert "WAP01, Web Application Proxy: no fault found" in named(page, WAP01)
    assert "critical" in named(viewer.sees(f"topology?at={AT('10:15')}"), WAP01)


def test_nothing_moves_from_instant_to_instant_of_a_span(viewer: Person) -> None:
    until = f"until={AT('11:10')}"
    pictures = []
    for at in ("10:05", "10:15", "10:30", "11:05"):
        viewer.sees(f"topology?at={AT(at)}&{until}")
        pictures.append(boxes(viewer.text))

    assert all(one == pictures[0] for one in pictures)


def test_marks_stand_where_something_changed_and_lead_from_one_to_the_next(viewer: Person) -> None:
    page = viewer.sees(f"topology?at={AT('10:30')}&span=1d")
    marks = json.loads(re.search(r'id="marks-data">(.*?)</script>', viewer.text)[1])

    assert [one[11:16] for one in marks] == ["10:00", "10:10", "10:20", "10:40", "11:00"]
    earlier = str(thing(page, "earlier").attributes["href"])
    assert "10:2" in parse_qs(urlsplit(earlier).query)["at"][0]
    assert "10:4" in parse_qs(urlsplit(str(thing(page, "later").attributes["href"])).query)["at"][0]
    assert "finding" in page.text


def test_states_of_instants_are_told_by_the_ids_of_the_picture(viewer: Person) -> None:
    page = viewer.sees(f"topology?at={AT('11:10')}&until={AT('11:10')}")
    ids = {str(one.attributes.get("id")) for one in page.all()}
    query = "&".join(f"instant=2026-11-23T{at}:00%2B00:00" for at in ("10:05", "10:15"))
    viewer.sees(f"topology/states?at={AT('11:10')}&until={AT('11:10')}&{query}")
    before, after = json.loads(re.search(r">(.*)</script>", viewer.text, re.DOTALL)[1])

    assert "s-ok" in before["nodes"][WAP01][0]
    assert "s-critical" in after["nodes"][WAP01][0]
    assert before["line"] != after["line"]
    assert before["nodes"].keys() <= ids
    assert before["lines"].keys() <= ids


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("", "from 1 to 6"),
        ("&".join(["instant=2026-11-23T10:00:00%2B00:00"] * 7), "from 1 to 6"),
        ("instant=soon", "such as"),
        ("instant=2026-11-23T10:00:00", "time zone"),
    ],
)
def test_no_more_instants_than_a_few_are_worked_out_at_once(viewer: Person, query: str, said: str) -> None:
    viewer.sees(f"topology/states?{query}", status=400)

    assert said in viewer.text


def test_what_is_opened_tells_findings_facts_and_each_account(viewer: Person) -> None:
    page = viewer.sees(f"topology?open={WAP01}")
    panel = thing(page, "opened").text

    assert "CN=Contoso Issuing CA 1 is not in the intermediate store" in panel
    assert "passes on to STS01" in panel
    assert "host WAP01" in panel
    assert "picked" in str(thing(page, WAP01).attributes["class"])
    assert panel.split() == viewer.sees(f"topology/one?open={WAP01}").text.split()


def test_retrievals_are_told_by_account_with_what_came_of_them(farm: WatchedFarm) -> None:
    refused = worlds.retrieval(0, "network-service")
    refused.retrieval.outcome = pb.RETRIEVAL_OUTCOME_REFUSED
    farm.put("WAP02", worlds.retrieval(0, "system"), refused)
    someone = Person(farm)

    panel = someone.sees(f"topology/one?open={node_mark('server:WAP02')}")
    rows = [row.text for row in panel.all("tr") if "fetches CRLs from pki0.contoso.com" in row.text]
    page = someone.sees("topology?as=system")

    assert [("error" in row, "0 of 1" in row, "network-service" in row) for row in rows] == [
        (True, True, True),
        (False, False, False),
    ]
    assert "network-service" not in named(page, line_mark(("server:WAP02", "host:pki0.contoso.com", "fetches")))


def test_a_line_is_opened_with_both_its_ends(viewer: Person) -> None:
    mark = line_mark(("server:STS02", "server:STS01", "syncs"))

    panel = viewer.sees(f"topology/one?open={mark}").text

    assert "STS02 → STS01" in panel
    assert "syncs from" in panel


def test_what_is_not_on_the_map_is_not_opened_and_says_so(viewer: Person) -> None:
    viewer.sees("topology/one?open=n-000000000000", status=404)

    assert "not on the map at this instant" in viewer.sees("topology?open=n-000000000000").text


def test_finding_hiding_and_grouping_stand_in_the_address(viewer: Person) -> None:
    page = viewer.sees("topology?find=wap01&hide=trusts&fold=adfs&as=system")

    assert "found" in str(thing(page, WAP01).attributes["class"])
    assert "2 AD FS nodes" in viewer.text
    assert "STS01, AD FS node" not in viewer.text
    assert "as network-service" not in named(page, WAP01)
    held = parse_qs(urlsplit(str(thing(page, WAP01).attributes["href"])).query)
    assert (held["find"], held["hide"], held["fold"], held["as"]) == (["wap01"], ["trusts"], ["adfs"], ["system"])


def test_only_what_is_not_well_leaves_the_rest_out_of_sight(viewer: Person) -> None:
    page = viewer.sees("topology?only=trouble")

    assert "absent" not in str(thing(page, WAP01).attributes["class"])
    assert "absent" in str(thing(page, line_mark(("server:STS02", "server:STS01", "syncs"))).attributes["class"])


@pytest.mark.parametrize("query", ["hide=everything", "as=root", "fold=all", "span=1y", "only=good", "from=now"])
def test_what_there_is_not_is_refused_by_name(viewer: Person, query: str) -> None:
    viewer.sees(f"topology?{query}", status=400)

    assert query.partition("=")[0] in viewer.text


def test_the_difference_of_two_instants_marks_and_lists_what_is_not_as_it_was(viewer: Person) -> None:
    page = viewer.sees(f"topology?from={AT('10:05')}&at={AT('10:15')}")

    assert named(page, WAP01).startswith("changed, WAP01")
    assert "d-changed" in str(thing(page, WAP01).attributes["class"])
    assert "d-same" in str(thing(page, node_mark("server:WAP02")).attributes["class"])
    table = next(one for one in page.all("table") if "differences" in str(one.attributes.get("class")))
    first = table.all("tbody")[0].all("tr")[0].text
    assert "changed" in first
    assert "critical" in first


def test_where_nothing_is_different_the_page_says_so(viewer: Person) -> None:
    assert "Nothing on the map is different" in viewer.sees(f"topology?from={AT('10:41')}&at={AT('10:45')}").text


def test_all_of_the_map_is_in_tables_too(viewer: Person) -> None:
    page = viewer.sees("topology")
    tables = {one.all("caption")[0].text: one for one in page.all("table") if one.all("caption")}

    assert any("WAP01" in row.text and "critical" in row.text for row in tables["Nodes"].all("tr"))
    assert any("syncs from" in row.text for row in tables["Ways, by account"].all("tr"))


def test_a_farm_of_which_nothing_is_known_yet_is_an_answer(viewer: Person) -> None:
    assert "there is nothing to draw" in words(viewer.sees("topology?at=2026-11-01T00:00Z"))


def test_hostile_names_are_text_here_too(viewer: Person) -> None:
    viewer.sees("topology")

    assert "<script>alert" not in viewer.text
    assert "onerror=y>" not in viewer.text
    assert EVIL not in viewer.text
    assert "style=" not in viewer.text
