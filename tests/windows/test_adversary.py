"""A server that somebody made as hard to look at as he could: the whole agent, twice, on junk, loops and silence.

Both looks have to end in time, tell each thing apart from what is wrong with
another, leave no process behind, and say the same: nothing changed between them.
"""

import hashlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from farmsight_lab.servers.answers import Answer
from farmsight_lab.servers.cdp import CdpServer
from tests.agent.hosts.windows import store_bytes
from tests.agent.hosts.windows.test_cmdlets import NODE, printed
from tests.fakes.pki import crl_der, make
from tests.windows import proxy_host
from tests.windows.bed import prefix
from tests.windows.bed.seeds import Entry
from tests.windows.bed.wine_host import WineHost
from tests.windows.farm_node import Node, Pki
from tests.windows.http_sys_host import NETSH, bound

CONFIG = r"C:\adversary\agent.toml"
SCRIPT = "<script>alert(1)</script>"
BROKEN = b"0\x84\xff\xff\xff\xff"
TURNED = "Contoso\N{RIGHT-TO-LEFT OVERRIDE}gnp.exe"
# As any program with rights may write it: names that no editor takes, numbers of 64 bits, values of any type.
PLANT = r"""
import winreg as w
turned = "Contoso\u202egnp.exe"
store = "SOFTWARE\\Microsoft\\SystemCertificates\\CA\\Certificates\\"
for name in (turned, "<script>alert(1)</script>", "lone \ud800 surrogate", "x" * 255, "A" * 40, "a" * 40 + " "):
    with w.CreateKey(w.HKEY_LOCAL_MACHINE, store + name) as key:
        w.SetValueEx(key, "Blob", 0, w.REG_BINARY, b"\xff" * 100)
schannel = "SYSTEM\\CurrentControlSet\\Control\\SecurityProviders\\SCHANNEL"
with w.CreateKey(w.HKEY_LOCAL_MACHINE, schannel) as key:
    w.SetValueEx(key, "SendTrustedIssuerList", 0, w.REG_QWORD, 2 ** 64 - 1)
    w.SetValueEx(key, "<script>", 0, w.REG_SZ, turned)
    w.SetValueEx(key, "lone \ud800", 0, w.REG_SZ, "lone \udfff")
    w.SetValueEx(key, "long", 0, w.REG_SZ, "y" * 200_000)
    w.SetValueEx(key, "bytes", 0, w.REG_NONE, b"\0" * 10)
with w.CreateKey(w.HKEY_LOCAL_MACHINE, schannel + "\\Protocols\\TLS 1.2\\Server") as key:
    w.SetValueEx(key, "Enabled", 0, w.REG_MULTI_SZ, ["1", "0"])
"""


@dataclass(kw_only=True)
class Looks:
    """What two runs told, how long each took, and which processes were left."""

    told: list[dict[str, Any]] = field(default_factory=list)
    took_s: list[float] = field(default_factory=list)
    left: str = ""

    def values(self, kind: str, look: int = 0) -> dict[str, Any]:
        return {one["key"]: one["value"] for one in self.told[look]["facts"] if one["kind"] == kind}

    def outcome(self, probe: str) -> set[tuple[str, str | None]]:
        return {(one["outcome"], one["reason"]) for one in self.told[0]["probes"] if one["probe"] == probe}


def sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()


def _junk() -> list[Entry]:
    named = make(f"{TURNED} {SCRIPT}")
    return [
        Entry(store="CA", der=named.der, friendly_name=f"{TURNED}\0{SCRIPT}"),
        Entry(store="CA", der=BROKEN, friendly_name=""),
        Entry(store="CA", der=b"\0" * 5000),
        Entry(store="CA", der=crl_der(named)[:-40], kind="CRLs"),
        Entry(store="CA", der=store_bytes.ctl(entries=5000)[:-3000], kind="CTLs"),
        Entry(
            store="ROOT",
            der=named.der,
            properties={2: b"\xff" * 64, 9: b"\x30\x84\xff\xff\xff\xff", 11: b"\0\xd8" * 40},
        ),
    ]


@pytest.fixture(scope="module")
def looks(wine: Path) -> Iterator[Looks]:
    host = WineHost(prefix.clone())
    node, seen = Node(host=host), Looks()
    node.prepare(bound("sni", "sts.contoso.com:49443", ctl_store=f"..\\{SCRIPT}"), cmdlets=printed(NODE))
    host.stand_in(NETSH, "0 | 60000 | - | - | *\n")
    try:
        with CdpServer() as cdp, host:
            pki = Pki(cdp=cdp)
            pki.publish()
            loop = Answer(body=b"while (true) {}", content_type="application/x-ns-proxy-autoconfig")
            cdp.put("/proxy.pac", loop)
            host.code(PLANT)
            node.hold(Entry(store="ROOT", der=pki.root.der), Entry(store="CA", der=pki.issuing.der), *_junk())
            proxy_host.of_account(host, 5, pac_url=cdp.url("/proxy.pac"))
            node.install("adfssrv")
            host.put(CONFIG, 'role = "adfs"\nstate_dir = "state"\n[endpoints]\nenabled = false\n')
            for _ in range(2):
                began = time.monotonic()
                done = host.agent("collect", "--config", CONFIG, "--json", timeout=240)
                seen.took_s.append(time.monotonic() - began)
                seen.told.append(json.loads(done.stdout))
            seen.left = " ".join(host.processes().values())
            yield seen
    finally:
        host.remove()


def test_each_run_ends_and_leaves_nothing_running(looks: Looks) -> None:
    assert max(looks.took_s) < 90
    for program in ("asked_aside", "netsh", "powershell", "contexts.child"):
        assert program not in looks.left


def test_nothing_that_did_not_change_is_told_otherwise(looks: Looks) -> None:
    first, second = (
        # Ports are the machine's own: other tests open and close some beside this one.
        {
            (one["kind"], one["context"], one["key"]): dict(one["value"])
            for one in told["facts"]
            if one["kind"] != "listener"
        }
        for told in looks.told
    )

    assert first.keys() == second.keys()
    for one in (*first.values(), *second.values()):
        one.pop("platformCache", None)  # Wine's WinINet keeps what it fetches, though CryptoAPI is told not to
    assert [key for key in first if first[key] != second[key]] == []
    outcomes = [[(one["probe"], one["outcome"], one["reason"]) for one in told["probes"]] for told in looks.told]
    assert outcomes[0] == outcomes[1]


def test_no_fact_is_told_under_a_key_of_another(looks: Looks) -> None:
    keys = [(one["kind"], one["context"], one["key"]) for one in looks.told[0]["facts"]]

    assert len(keys) == len(set(keys))


def test_what_is_sound_stands_beside_the_junk(looks: Looks) -> None:
    certificates = looks.values("store-certificate")
    subjects = {one["certificate"].get("subject", ""): one["store"] for one in certificates.values()}
    spoiled = {key for key, one in certificates.items() if one["certificate"].get("parseError")}

    assert subjects["CN=Contoso Issuing CA"] == "CA"
    assert r"CN=Contoso\E2\80\AEgnp.exe \<script\>alert(1)\</script\>" in subjects
    assert {one.get("friendlyName") for one in certificates.values()} >= {TURNED}
    assert spoiled >= {"CA/", f"CA/{'a' * 40}", f"CA/{sha1(bytes(5000))}", f"CA/{sha1(BROKEN)}"}
    assert "no certificate" in certificates["CA/"]["certificate"]["parseError"]
    assert looks.outcome("certificate-stores") >= {("observed", None)}


def test_settings_of_any_type_are_told_or_left_out(looks: Looks) -> None:
    settings = looks.values("schannel-setting")

    assert settings["SendTrustedIssuerList"]["number"] == str(2**64 - 1)
    assert settings["<script>"]["text"] == TURNED
    assert len(settings["long"]["text"]) == 1000
    assert "bytes" not in settings
    (schannel,) = [one for one in looks.told[0]["probes"] if one["probe"] == "schannel"]
    assert schannel["source"] == "registry, 2 left out"


def test_a_script_without_an_end_costs_its_time_alone(looks: Looks) -> None:
    fetched = [one for key, one in looks.values("retrieval").items() if key.startswith("crl http://127.0.0.1")]

    assert fetched
    assert {one["outcome"] for one in fetched} == {"RETRIEVAL_OUTCOME_OK"}  # by the next setting: directly
    assert all(any("did not answer within 10 s" in said for said in one["remarks"]) for one in fetched)


def test_what_does_not_answer_is_unknown_and_nothing_else_is(looks: Looks) -> None:
    assert ("timed_out", "netsh-too-slow") in looks.outcome("http-sys")
    assert looks.outcome("port-exclusions") == {("timed_out", "netsh-too-slow")}
    assert "sts.contoso.com:49443" in looks.values("tls-binding")
    assert looks.values("adfs-properties")
