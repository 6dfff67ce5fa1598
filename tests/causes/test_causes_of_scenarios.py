"""One planted fault is one cause at the top of the list; two are two, and each has its own symptoms.

All pairs are measured by `make causes`; here every scenario alone, and a part of the pairs, each time the same ones.
"""

import pytest

from farmsight_lab.scenario import Expected
from tests.causes.combined import Said, Told, expected, singles
from tests.causes.measured import Measured, measured
from tests.causes.run import alone, over_pairs, rows
from tests.causes.table import lines, misses, precision, recall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PART = 45  # of all pairs, one in so many


@pytest.fixture(scope="module")
def by_itself():
    return alone(2)


@pytest.fixture(scope="module")
def single(by_itself):
    return rows(by_itself.values(), by_itself)


@pytest.fixture(scope="module")
def paired(by_itself):
    return over_pairs(by_itself, every=PART, processes=2)


def test_every_scenario_can_be_planted_and_looked_at(by_itself):
    assert set(by_itself) == set(singles())


def test_a_fault_alone_is_the_first_cause_and_the_only_one(single):
    print("\n".join(lines(single, [])))

    assert misses(single) == []
    assert (recall(single), precision(single)) == (1.0, 1.0)


def test_two_faults_are_two_causes_each_with_its_own_symptoms(single, paired):
    print("\n".join(lines(single, paired)))

    assert [told for row in paired if not row.excused for told in misses([row])] == []
    assert len(paired) > 50


def said(name: str, above: str | None = None, severity: int = 3, servers: tuple[str, ...] = ("WAP02",)) -> Said:
    return Said(id=name, code=name, subject="x", severity=severity, servers=servers, contexts=(), caused_by=above)


def test_the_measure_sees_what_it_should_see():
    """A cause that is folded, or listed after others, a symptom elsewhere: what a perfect run never shows."""
    name = "binding-missing"
    code = expected([name])[0].code
    well = Told(names=(name,), findings=(said(code), said("symptom", code)))
    own = {name: well}

    assert measured(well, own).perfect
    late = measured(Told(names=(name,), findings=(said("other"), said(code))), own)
    assert (late.worst_rank, late.extra, late.right, late.all) == (2, ("other [WAP02] x",), 1, 2)
    under = measured(Told(names=(name,), findings=(said("other"), said(code, "other"))), own)
    assert under.folded
    assert under.strayed
    gone = measured(Told(names=(name,), findings=(said("symptom"),)), own)
    assert gone.missed == (f"{code} [WAP02]",)
    elsewhere = measured(Told(names=(name,), findings=(said(code, servers=("WAP01",)),)), own)
    assert elsewhere.missed
    assert measured(Told(names=(name,), findings=(said(code), said("news", severity=1))), own).loose


def test_servers_and_contexts_of_an_expectation_must_be_among_those_of_the_finding():
    one = Expected(code="a.b", servers=("WAP01",), contexts=("system",))
    finding = Said(
        id="1", code="a.b", subject="", severity=3, servers=("WAP01", "WAP02"), contexts=("system",), caused_by=None
    )

    assert finding.meets(one)
    assert not finding.meets(Expected(code="a.b", servers=("STS01",)))
    assert isinstance(measured(Told(names=("healthy",), findings=()), {}), Measured)
