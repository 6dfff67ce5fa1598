"""A farm that was well a week ago and is not today: what changed first is told for the cause, and since when."""

from datetime import timedelta
from pathlib import Path

import pytest

from farmsight_collector.offline.analysis import analysed
from farmsight_collector.offline.document import document
from farmsight_collector.offline.reading import Request
from farmsight_lab.captured.folder import farm_files, write
from farmsight_lab.captured.plan import Plan
from farmsight_lab.farm.healthy import healthy
from tests.causes.combined import NOW, pki, scenario

pytestmark = pytest.mark.slow

THEN = NOW - timedelta(days=7)
PLAN = Plan(form="script")
CHANGES = {
    "issuing-ca-missing": ("WAP02", "store-certificate", "gone: CN=Contoso Issuing CA 1,O=Contoso"),
    "reservation-missing": ("WAP02", "url-reservation", "gone: D:(A;;GA;;;S-1-5-80-"),
    "negotiate-off": ("WAP02", "tls-binding", "negotiate_client_certificate: yes -> no"),
    "proxy-differs": ("WAP02", "proxy-setting", "direct: yes -> no; proxy: (none) -> proxy.contoso.test:8080"),
    "no-route": ("WAP02", "retrieval", "outcome: ok -> unreachable"),
    "crl-wrong-signature": ("STS01", "retrieval", "signature: verified -> failed"),
    "service-stopped": ("STS02", "service", "state: running -> stopped"),
    "proxy-trust-lost": ("STS01", "store-certificate", "gone: CN=ADFS ProxyTrust - WAP01"),
    "clock-wrong": ("WAP01", "clock", "offset: +0 s -> +420 s"),
    "prompt-login": ("STS01", "entra-domain", "prompt_login: native -> translate"),
    "service-accounts-differ": ("STS02", "service", "account_sid: "),
    "claim-missing": ("STS01", "adfs-trust", "issuance_transform_rules: "),
}


def looked(folder: Path, *captures) -> dict:
    for at, farm in captures:
        write(farm_files(farm, PLAN), folder / f"{at:%d}", at)
    with analysed(Request(paths=(folder,), roles={}), now=NOW) as analysis:
        return document(analysis)


@pytest.mark.parametrize("name", CHANGES)
def test_what_changed_first_is_told(tmp_path, name):
    chosen = scenario(name)
    told = looked(tmp_path, (THEN, healthy(pki(), THEN, chosen.mode)), (NOW, chosen.farm(pki(), NOW)))

    cause = told["findings"][0]
    assert cause["code"] == chosen.expected[0].code
    server, kind, text = CHANGES[name]
    change = cause["first_change"]
    assert (change["server"], change["kind"], change["at"]) == (server, kind, "2026-11-23T10:00:00Z")
    assert text in change["text"]
    assert cause["since"] == "2026-11-23T10:00:00Z"
    assert all(one["first_change"] is None for one in told["findings"] if one["caused_by"])


def test_what_was_so_a_week_ago_has_no_first_change(tmp_path):
    chosen = scenario("issuing-ca-missing")
    told = looked(tmp_path, (THEN, chosen.farm(pki(), THEN)), (NOW, chosen.farm(pki(), NOW)))

    assert told["findings"][0]["first_change"] is None
    assert told["findings"][0]["since"] <= "2026-11-16T10:00:00Z"


def test_one_capture_has_no_history(tmp_path):
    told = looked(tmp_path, (NOW, scenario("issuing-ca-missing").farm(pki(), NOW)))

    assert told["findings"][0]["first_change"] is None
