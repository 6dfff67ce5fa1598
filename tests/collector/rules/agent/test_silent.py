"""An agent that stopped reporting is named."""

from dataclasses import replace

from farmsight_collector.rules.agent.silent import RULE
from farmsight_collector.rules.engine import evaluate
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def test_the_agent_that_is_overdue_is_named():
    plan = healthy()
    plan.stale.add("WAP02")
    fires(RULE, plan, "WAP02", subject="WAP02")


def test_agents_that_report_are_left_alone():
    silent(RULE, healthy())


def test_an_agent_that_never_reported_is_in_doubt():
    plan = healthy()
    plan.roles["WAP03"] = "wap"
    cannot_tell(RULE, plan, "WAP03")


def test_an_agent_that_reports_on_itself_is_not_silent_though_all_else_is_overdue():
    plan = healthy()
    farm = plan.farm()
    wap = farm.server("WAP02")
    late = replace(wap, coverage=tuple(replace(row, stale=row.probe != "agent") for row in wap.coverage))
    others = (server for server in farm.servers if server is not wap)
    assert evaluate(replace(farm, servers=(*others, late)), (RULE,)).findings == ()


def test_an_agent_of_another_version_that_reports_is_left_alone():
    plan = healthy()
    plan.edit("WAP02", "agent", "-", version="2")
    silent(RULE, plan)
