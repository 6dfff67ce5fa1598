"""A farm of a hundred servers still has one page that can be read."""

from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector.correlate.causes import fold
from farmsight_collector.offline.analysis import Analysis
from farmsight_collector.offline.reading import Captured
from farmsight_collector.queries.evaluated import Evaluated
from farmsight_collector.rules.catalogue import RULES
from farmsight_collector.rules.engine import evaluate
from farmsight_wire.v1 import facts_pb2
from tests.collector.report.conftest import MONDAY, Made
from tests.fakes import chromium
from tests.fakes.farms import fact, farm, server

URLS = [f"http://pki.contoso.com/cdp/a-rather-long-name-of-an-issuing-ca-{n}.crl" for n in range(8)]
ODD = "WAP042"


def facts(name: str) -> list[facts_pb2.Fact]:
    made = []
    for context in ("network-service", "system"):
        for at, url in enumerate(URLS):
            bad = name == ODD and at == 3
            outcome = facts_pb2.RETRIEVAL_OUTCOME_REFUSED if bad else facts_pb2.RETRIEVAL_OUTCOME_OK
            fetched = facts_pb2.Retrieval(url=url, purpose=facts_pb2.RETRIEVAL_PURPOSE_CRL, outcome=outcome)
            if not bad:
                fetched.crl.number = "2a"
                fetched.crl.next_update.FromDatetime(MONDAY + timedelta(days=7))
            made.append(fact(fetched, f"crl {url}", context))
            made[-1].source = f"evidence:{name}/{name}_{context}_SubCA.txt:{40 + at}"
    bound = facts_pb2.TlsBinding(host="sts.contoso.com", port=49443, certificate_sha1="c" * 40, store="MY")
    bound.negotiate_client_certificate = name != ODD
    return [*made, fact(bound, "sts.contoso.com:49443")]


@pytest.fixture(scope="module")
def crowd() -> Made:
    names = [f"WAP{n:03}" for n in range(100)]
    view = farm(*(server(name, "wap", *facts(name)) for name in names), at=MONDAY)
    captured = [
        Captured(
            name=name,
            role="wap",
            role_reason="files were captured as NETWORK SERVICE, as whom proxies run",
            taken=(MONDAY,),
            time_source="content",
            files=tuple(f"{name}/{name}_{n}.txt" for n in range(20)),
        )
        for name in names
    ]
    picture = Evaluated(farm=view, evaluation=fold(evaluate(view, RULES)))
    return Made(
        Analysis(picture=picture, servers=tuple(captured), leftovers=(), notes=(), farm_reason="given by --farm")
    )


def test_the_one_that_differs_stands_beside_all_others_as_one(crowd: Made) -> None:
    grid = next(one for one in crowd.root.all("table") if one.attributes.get("class") == "grid")
    heads = [one.text for one in grid.all("thead")[0].all("th")]

    assert heads[1].startswith("WAP000 and 99 alike") or heads[1].startswith("WAP000 and 98 alike")
    assert heads[2] == ODD
    assert all(len(row.all("td")) == 4 for row in grid.all("tbody")[0].all("tr"))
    compared = next(one for one in crowd.root.all("table") if one.attributes.get("class") == "compare")
    assert "99 servers" in compared.text
    assert f"odd one out: certificate {'c' * 40}, store MY, negotiate off" in compared.text


def test_every_server_is_in_the_page_with_its_files_and_the_page_can_be_mailed(crowd: Made) -> None:
    assert all(f"WAP{n:03}/WAP{n:03}_19.txt" in crowd.root.text for n in range(100))
    assert len(crowd.page.encode()) < 1_500_000


@pytest.mark.timeout(120)
@pytest.mark.parametrize("width", [1400, 420])
def test_the_page_does_not_scroll_sideways_and_heads_of_its_matrix_stay_in_sight(
    crowd: Made, tmp_path: Path, width: int
) -> None:
    file = tmp_path / "report.html"
    file.write_text(crowd.page, encoding="utf-8")
    with chromium.page() as browser:
        browser.load(file, width=width)
        assert browser.value("document.documentElement.scrollWidth") <= width
        moved = browser.value(
            """(() => {
              const box = [...document.querySelectorAll('.tall')].find(
                one => one.querySelector('.named') && one.textContent.includes('WAP099'));
              const head = box.querySelector('thead th'), row = box.querySelector('tbody th[scope=row]');
              box.style.maxHeight = '200px'; box.style.width = '300px';
              box.scrollTop = 400; box.scrollLeft = 120;
              const [outer, first, own] = [box, head, row].map(one => one.getBoundingClientRect());
              return [box.scrollTop, first.top - outer.top, own.left - outer.left];
            })()"""
        )
        assert moved[0] == 400
        assert abs(moved[1]) <= 2
        assert abs(moved[2]) <= 2
        assert browser.complaints == []
