"""Pages of farms that the lab captured: the sample, a sparse one, and one that was captured on two days."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from farmsight_collector.offline.analysis import Analysis, analysed
from farmsight_collector.offline.document import document, response
from farmsight_collector.offline.reading import Request
from farmsight_collector.offline.traces import Traced
from farmsight_collector.queries.trace import message
from farmsight_collector.report import render
from farmsight_collector.report.captured import source
from farmsight_collector.report.view import view
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan
from farmsight_lab.pki.hierarchy import make
from farmsight_lab.scenario import load
from tests.fakes import traces
from tests.fakes.pages import read

SAMPLE = Path(__file__).parents[3] / "docs/sample-evidence"
MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


class Made:
    """One analysis in all its forms."""

    def __init__(self, analysis: Analysis) -> None:
        told = response(analysis)
        self.view = view(source(analysis))
        self.page = render(self.view)
        self.root = read(self.page)
        self.document: dict[str, Any] = document(analysis)
        self.says = tuple(fact.says for finding in told.findings for fact in finding.evidence)


def made(*paths: Path) -> Made:
    with analysed(Request(paths=paths, roles={}), now=MONDAY) as analysis:
        return Made(analysis)


@pytest.fixture(scope="session")
def sample() -> Made:
    return made(SAMPLE)


@pytest.fixture(scope="session")
def sparse(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return two proxies of the sample with the article's files alone, one cut short, and a file of nobody."""
    folder = tmp_path_factory.mktemp("sparse")
    for name in ("WAP01", "WAP02"):
        (folder / name).mkdir()
        for file in (SAMPLE / name).glob("*.txt"):
            if "store" not in file.name:
                shutil.copy2(file, folder / name)
    cut = folder / "WAP02/WAP02_sslcert.txt"
    cut.write_bytes(cut.read_bytes()[:700])
    (folder / "WAP01/holiday.txt").write_text("Dear all,\n\nthe office is closed on Friday.\n")
    return made(folder)


@pytest.fixture(scope="session")
def faultless() -> Made:
    """Return the sample as if no rule had found a fault in it."""
    with analysed(Request(paths=(SAMPLE,), roles={}), now=MONDAY) as analysis:
        evaluation = replace(analysis.picture.evaluation, findings=())
        return Made(replace(analysis, picture=replace(analysis.picture, evaluation=evaluation)))


@pytest.fixture(scope="session")
def history(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Return a farm that was well on Monday, and was not on Tuesday."""
    folder = tmp_path_factory.mktemp("history")
    pki, tuesday = make(MONDAY, 7), MONDAY + timedelta(days=1)
    for scenario, at, name in (("healthy", MONDAY, "monday"), ("demo", tuesday, "tuesday")):
        write(farm_files(load(scenario).farm(pki, at), Plan()), folder / name, at)
    return made(folder)


@pytest.fixture(scope="session")
def traced() -> Made:
    """Return the sample with the sign-ins of a farm whose WAP02 lacks the issuing CA, and of one of 625 pairs."""
    wide = ([f"{word}{n:02}" for n in range(1, 26)] for word in ("WAP", "STS"))
    small = traces.pairs(["WAP01", "WAP02"], ["STS01", "STS02"], broken={"WAP02"}, untold={"STS02"})
    told = [("alice.cer", traces.trace(small, "WAP02 cannot build the chain", ("a note",)))]
    told.append(("bob.cer", traces.trace(traces.pairs(*wide, broken={"WAP07"}))))
    with analysed(Request(paths=(SAMPLE,), roles={}), now=MONDAY) as analysis:
        held = tuple(Traced(file=file, answer=message(one)) for file, one in told)
        return Made(replace(analysis, traces=held))


@pytest.fixture(params=["sample", "sparse", "faultless", "history", "traced"])
def any_page(request: pytest.FixtureRequest) -> Made:
    return request.getfixturevalue(request.param)
