"""Each rule's own tests see it err: overlook the fault, fire on the near miss, know what it can't, blame others.

Whether they do is found out by letting every rule err in one way at a time
(tests/fakes/erring_rules.py) while its tests run. What can't be seen of a
rule stands below with the reason, and no longer than it is so.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from farmsight_collector.rules.catalogue import RULES
from tests.fakes.erring_rules import READING, WAYS

ROOT = Path(__file__).parents[2]
CODES = {rule.code for rule in RULES}

UNSEEN: dict[str, dict[str, str]] = {
    "silent": {},
    "eager": {},
    "certain": {},
    "misplaced": {},
    "everywhere": {"chain.issuer-unknown": "no server holds what it misses: all that were looked at are named"},
    "any-account": {},
}

# Worked out once for all rules, from whatever tells it; a rule that stands on it names only what it looks at itself.
STANDS_ON = {
    "the shell that a remedy is for, and whose an address is": {"host"},
    "the federation service's name, and where it asks for certificates": {
        "adfs-properties",
        "entra-domain",
        "tls-binding",
        "url-reservation",
        "wap-configuration",
    },
    "the node that tells of the whole farm": {"adfs-sync"},
    "the CAs of users' chains": {"store-certificate", "entra-authority", "chain-verdict", "given-certificate"},
    "the certificates that servers hold for themselves": {
        "adfs-certificate",
        "store-certificate",
        "tls-binding",
        "wap-trust-certificate",
    },
}


def _ran(way: str, told: Path) -> dict[str, list[int]]:
    """Run the rules' tests while every rule errs this way; return what the plugin told."""
    environment = {**os.environ, "FARMSIGHT_ERR": way, "FARMSIGHT_ERR_TOLD": str(told), "PYTEST_ADDOPTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "--tb=no", "-r", "N", "-p", "no:xdist"]
    command += ["-p", "tests.fakes.erring_rules", "tests/collector/rules"]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode in (0, 1), ran.stdout + ran.stderr
    found: dict[str, list[int]] = json.loads(told.read_text(encoding="utf-8"))
    return found


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize("way", WAYS)
def test_a_rule_that_errs_is_seen_by_its_own_tests(way: str, tmp_path: Path) -> None:
    told = _ran(way, tmp_path / "told.json")
    erred = {code for code, (times, _) in told.items() if times} if way == "any-account" else CODES
    unseen = {code for code in erred if not told.get(code, [0, 0])[1]}

    assert sorted(unseen - UNSEEN[way].keys()) == [], f"no test of theirs fails when they err: {way}"
    assert sorted(UNSEEN[way].keys() - unseen) == [], "seen by now: take them off the list"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_rule_names_the_kinds_of_facts_that_it_looks_at(tmp_path: Path) -> None:
    looked = _ran(READING, tmp_path / "told.json")
    shared = set[str]().union(*STANDS_ON.values())
    unnamed = {rule.code: sorted(set(looked[rule.code]) - {*rule.reads} - shared) for rule in RULES}
    unused = {rule.code: sorted({*rule.reads} - set(looked[rule.code])) for rule in RULES}

    assert {code: kinds for code, kinds in unnamed.items() if kinds} == {}, "looked at, and not in reads"
    assert {code: kinds for code, kinds in unused.items() if kinds} == {}, "in reads, and never looked at"
