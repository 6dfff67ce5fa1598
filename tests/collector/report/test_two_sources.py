"""The same farm from captured files and from a collector is the same page, but for where things were read."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from farmsight_collector.correlate.causes import fold
from farmsight_collector.offline.analysis import Analysis, analysed
from farmsight_collector.offline.document import verdict
from farmsight_collector.offline.reading import Request
from farmsight_collector.queries import messages, status
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.queries.questions import Asking
from farmsight_collector.report import captured, collected, render
from farmsight_collector.report.made import made
from farmsight_collector.report.source import COLLECTOR, Source
from farmsight_collector.report.view import view
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_collector.store.engine import open_store
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES
from tests.bench.worlds import large
from tests.collector.report.conftest import MONDAY, SAMPLE
from tests.fakes import chromium
from tests.fakes.farms import fact, farm, server
from tests.fakes.pages import read

# What says where the farm comes from; all else is the farm.
OF_THE_SOURCE = {
    *("kind", "farm_reason", "history", "captured", "silent", "files", "servers", "changes", "unknown", "leftovers"),
    *("notes", "retrievals", "chains"),
}
SCRIPT = 'CN=</title><script>alert(1)</script>,O="><img src=//evil.example/x onerror=alert(1)>'


def from_collector(picture: Evaluated, **more: Any) -> Source:
    with open_in_memory() as store, store.read() as connection:
        asking = Asking(connection=connection, now=picture.farm.as_of, work_out=lambda _c, _n, _at: picture)
        return replace(collected.source(asking, picture), **more)


class open_in_memory:  # noqa: N801 - reads as what it does
    def __enter__(self):
        self.store = open_store("sqlite://", scratch=True)
        return self.store

    def __exit__(self, *_: object) -> None:
        self.store.close()


@pytest.fixture(scope="module")
def sample() -> Iterator[Analysis]:
    with analysed(Request(paths=(SAMPLE,), roles={}), now=MONDAY) as analysis:
        yield analysis


def test_what_is_said_of_the_farm_is_the_same_from_either_source(sample: Analysis) -> None:
    files, agents = view(captured.source(sample)), view(from_collector(sample.picture))

    assert agents["kind"] == COLLECTOR
    assert files.keys() == agents.keys()
    for name in files.keys() - OF_THE_SOURCE:
        assert files[name] == agents[name], name
    for name in ("retrievals", "chains"):
        cells = [[[(c.state, c.text) for c in cells] for _, cells in one[name].rows] for one in (files, agents)]
        assert cells[0] == cells[1]
    assert [one["seen"].server for one in files["servers"]] == [one["seen"].server for one in agents["servers"]]


def test_sections_read_alike_in_both_pages(sample: Analysis) -> None:
    pages = [read(render(view(one))) for one in (captured.source(sample), from_collector(sample.picture))]
    for heading in ("causes", "checks", "topology", "compared"):
        texts = [
            next(one for one in page.all("section") if one.attributes["aria-labelledby"] == heading).text
            for page in pages
        ]
        alike = [text.replace("as shown since", "since").replace("file and line", "read from") for text in texts]
        alike = [text.replace("the files show", "the servers tell") for text in alike]
        assert [one.count("STS01") for one in alike] == [alike[0].count("STS01")] * 2, heading
        if heading != "causes":
            assert alike[0] == alike[1]


def test_analyze_counts_what_is_unknown_as_a_collector_does(sample: Analysis) -> None:
    items = messages.unknown_items(sample.picture.farm.servers, sample.picture.evaluation.unknown)

    assert verdict(sample) == status.answer(sample.picture).verdict
    assert f"{status.things(items)} things are not known" in verdict(sample)
    assert view(captured.source(sample))["untold"] == status.untold(items)


def test_the_page_of_a_collector_speaks_of_servers_and_not_of_files(sample: Analysis) -> None:
    page = read(render(view(from_collector(sample.picture))))
    ids = {one.attributes.get("id") for one in page.all()}

    assert not {"files", "lacking"} & ids
    assert "from what the agents of 4 servers told a collector" in page.all("footer")[0].text
    assert "captured files" not in page.text


def test_a_farm_that_nobody_reports_of_is_said_to_be_unknown() -> None:
    empty = farm(at=MONDAY)
    page = read(render(view(from_collector(Evaluated(farm=empty, evaluation=evaluate(empty, RULES))))))

    assert "nothing is known" in page.text
    assert "healthy" not in page.text.replace("not the same as healthy", "")


def test_a_server_that_fell_silent_is_named_at_the_top() -> None:
    bound = facts_pb2.TlsBinding(host="sts.contoso.com", port=49443, certificate_sha1="c" * 40, store="MY")
    view_of = farm(server("WAP01", "wap", fact(bound, "sts.contoso.com:49443"), stale=True), at=MONDAY)
    page = read(render(view(from_collector(Evaluated(farm=view_of, evaluation=fold(evaluate(view_of, RULES)))))))

    assert "1 not heard of: WAP01" in page.all("header")[0].text


def hostile() -> Evaluated:
    one = facts_pb2.StoreCertificate(store="CA")
    one.certificate.sha1, one.certificate.subject, one.certificate.issuer = "d" * 40, SCRIPT, SCRIPT
    offered = facts_pb2.Retrieval(
        url=f"http://pki.contoso.com/{SCRIPT}.crl",
        purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL,
        outcome=facts_pb2.RETRIEVAL_OUTCOME_REFUSED,
        detail="connection refused",
    )
    facts = (fact(one, f"CA/{'d' * 40}"), fact(offered, f"crl {offered.url}", "system"))
    made_of = farm(
        server("WAP01", "wap", *facts), server("WAP02", "wap", fact(offered, f"crl {offered.url}", "system"))
    )
    return Evaluated(farm=made_of, evaluation=fold(evaluate(made_of, RULES)))


@pytest.mark.parametrize("redact", [False, True], ids=["plain", "redacted"])
def test_a_certificate_whose_subject_is_a_script_is_text(redact: bool) -> None:
    page = read(made(from_collector(hostile()), redact=redact).page)

    assert not page.all("script", "img", "iframe", "link", "object")
    assert all((one.attributes.get("href") or "#").startswith("#") for one in page.all())
    assert not [name for one in page.all() for name in one.attributes if name.startswith("on") or name == "src"]
    assert ("alert" in page.text) is not redact


@cache
def fifty() -> Evaluated:
    """Return the farm that re-evaluation is measured on."""
    servers = []
    for one in large(50, 1000):
        elsewhere = [(probe, part, CONTEXT_NAMES[context]) for probe, part, context in one.elsewhere]
        facts = [its for slot in one.slots.values() for its in slot.values()]
        servers.append(server(one.name, one.role, *facts, not_applicable=elsewhere))
    big = farm(*servers)
    return Evaluated(farm=big, evaluation=fold(evaluate(big, RULES)))


@pytest.mark.parametrize("redact", [False, True], ids=["plain", "redacted"])
def test_the_page_of_fifty_servers_with_a_thousand_facts_each_can_be_mailed(redact: bool) -> None:
    picture = fifty()
    page = made(from_collector(picture), redact=redact).page

    assert len(page.encode()) <= 3_000_000
    assert not redact or "contoso" not in page.lower()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1440, 760])
def test_a_browser_shows_a_collectors_page_whole_and_asks_no_other_host(
    sample: Analysis, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "report.html"
    file.write_text(made(from_collector(sample.picture), redact=True).page, encoding="utf-8")
    with chromium.page() as browser:
        for dark in (False, True):
            browser.load(file, width=width, dark=dark)
            assert browser.value("document.documentElement.scrollWidth") <= width
            assert browser.value("document.querySelectorAll('svg.map').length") == 1
            assert browser.requested == [file.as_uri()]
            assert browser.complaints == []
        assert browser.printed().startswith(b"%PDF")
