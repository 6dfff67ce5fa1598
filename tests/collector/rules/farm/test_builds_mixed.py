"""Servers of one role on different builds are named."""

from farmsight_collector.rules.farm.builds_mixed import RULE
from tests.fakes.adfs_farms import WAPS, cannot_tell, fires, healthy, judged, silent


def test_another_revision_is_named():
    plan = healthy()
    plan.edit("WAP02", "host", "WAP02", os_update_revision=1)
    fires(RULE, plan, "WAP01", "WAP02", subject="wap builds")


def test_a_server_that_waits_for_a_restart_is_said_to_run_the_old_build_until_then():
    plan = healthy()
    plan.edit("WAP02", "host", "WAP02", os_update_revision=1, pending_reboot_reasons=["windows-update"])
    (one,) = judged(RULE, plan).findings
    assert one.why.endswith(" WAP02 waits for a restart: what is installed there runs only after it.")

    plan.edit("WAP02", "host", "WAP02", pending_reboot_reasons=["file-renames"])
    (one,) = judged(RULE, plan).findings
    assert "restart" not in one.why


def test_roles_may_differ_from_each_other():
    plan = healthy()
    for name in WAPS:
        plan.edit(name, "host", name, os_version="10.0.17763")
    silent(RULE, plan)


def test_a_server_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("WAP02", "host")
    cannot_tell(RULE, plan, None)
