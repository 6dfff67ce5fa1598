"""An agent that stopped reporting is named."""

from farmsight_collector.rules.agent.silent import RULE
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
