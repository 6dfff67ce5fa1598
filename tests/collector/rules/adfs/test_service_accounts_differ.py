"""A node that runs as another account is named."""

from farmsight_collector.rules.adfs.service_accounts_differ import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, service, silent


def test_two_nodes_with_two_accounts_are_both_named():
    plan = healthy()
    plan.put("STS02", "adfssrv", service("adfssrv", account="CONTOSO\\svc-old"))
    fires(RULE, plan, "STS01", "STS02")


def test_the_odd_one_of_three_is_named():
    plan = healthy()
    plan.roles["STS03"] = "adfs"
    plan.put("STS03", "adfssrv", service("adfssrv", account="CONTOSO\\svc-old"))
    fires(RULE, plan, "STS03", subject="adfssrv")


def test_one_account_spelled_differently_is_one_account():
    plan = healthy()
    plan.edit("STS02", "service", "adfssrv", account_name="gmsa$@contoso.com")
    silent(RULE, plan)


def test_a_node_whose_services_are_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "service")
    cannot_tell(RULE, plan, None)
