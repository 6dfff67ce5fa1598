"""A node on 2012 R2 without the updates that AD FS needs is named."""

import pytest

from farmsight_collector.rules.adfs.updates_missing import RULE
from tests.fakes.adfs_farms import cannot_tell, fires, healthy, silent

NEEDED = ["KB2919355", "KB3000850", "KB3013769", "KB3020773"]


def old(updates, version="6.3.9600"):
    plan = healthy()
    system = "Microsoft Windows Server 2012 R2 Standard"
    plan.edit("STS02", "host", "STS02", os_name=system, os_version=version, installed_updates=updates)
    return plan


def test_what_is_missing_is_named():
    fires(RULE, old([NEEDED[0], "3013769", "KB4012216"]), "STS02", subject="KB3000850, KB3020773")


def test_all_four_in_any_spelling_are_right():
    silent(RULE, old([" kb2919355", "3000850", "KB3013769", "KB3020773", "Update", "KB5034819"]))


@pytest.mark.parametrize("version", ["10.0.14393", "6.30.1"])
def test_newer_systems_have_them(version):
    silent(RULE, old(["KB1234567"], version))


def test_proxies_are_not_asked():
    plan = healthy()
    plan.edit("WAP01", "host", "WAP01", os_version="6.3.9600", installed_updates=["KB2919355"])
    silent(RULE, plan)


def test_updates_that_were_not_collected_are_in_doubt():
    cannot_tell(RULE, old([]), "STS02")


def test_a_host_that_is_not_known_is_in_doubt():
    plan = healthy()
    plan.lose("STS02", "host")
    cannot_tell(RULE, plan, "STS02")
