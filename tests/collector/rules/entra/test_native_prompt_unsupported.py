"""Nodes on 2012 R2 that do not understand prompt=login are named."""

import pytest

from farmsight_collector.rules.entra.native_prompt_unsupported import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent


def old(**changed):
    """Return a farm of a domain that is set to nativeSupport, with a node on 2012 R2."""
    plan = healthy()
    fields = {"os_version": "6.3.9600", "os_update_revision": 17031, "installed_updates": ["KB2919355"], **changed}
    plan.edit("STS02", "host", "STS02", **fields)
    return plan


def test_a_node_without_the_rollup_is_named():
    fires(RULE, old(), "STS02", subject="contoso.com")


@pytest.mark.parametrize(
    "changed",
    [
        {"installed_updates": ["KB2919355", "KB3172614"]},
        {"os_update_revision": 20000},
        {"os_version": "10.0.14393"},
    ],
)
def test_the_rollup_a_later_one_or_a_newer_system_is_right(changed):
    silent(RULE, old(**changed))


@pytest.mark.parametrize("prompt", [pb.PROMPT_LOGIN_DISABLED, pb.PROMPT_LOGIN_TRANSLATE, pb.PROMPT_LOGIN_UNSPECIFIED])
def test_a_domain_that_does_not_pass_it_on_asks_nothing_of_the_nodes(prompt):
    plan = old()
    plan.edit("STS01", "entra-domain", "contoso.com", prompt_login=prompt)
    silent(RULE, plan)


def test_updates_that_were_not_collected_are_in_doubt():
    cannot_tell(RULE, old(installed_updates=[]), "STS02")


def test_nodes_and_a_tenant_that_are_not_known_are_in_doubt():
    plan = healthy()
    plan.lose("STS02", "host")
    cannot_tell(RULE, plan, "STS02")
    plan = healthy()
    plan.lose("STS01", "entra-domain")
    cannot_tell(RULE, plan, None)
