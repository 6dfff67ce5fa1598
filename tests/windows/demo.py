"""The real agent as a Windows service under Wine, beside a collector on this machine: what `make demo-windows` shows.

An AD FS server with stores, http.sys, a running AD FS service and its cmdlets
(those of http.sys and the cmdlets are stand-ins), and three faults planted:
the root of the users' certificates lies among the intermediate CAs, its CRL
is not where the issuing CA says, and no reservation lets AD FS listen on 49443.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from typing import Final

from cryptography import x509

from farmsight_lab.servers.cdp import CdpServer
from tests.agent.hosts.windows.store_bytes import key_prov_info
from tests.agent.hosts.windows.test_cmdlets import NODE, printed
from tests.fakes import serving
from tests.fakes.pki import SERVER_AUTH, Made, extended, make
from tests.windows.bed import places, prefix
from tests.windows.bed.seeds import Entry
from tests.windows.bed.wine_host import WineError, WineHost
from tests.windows.farm_node import Node, Pki
from tests.windows.http_sys_host import bound

FOLDER: Final = Path("build/windows-demo")
DATA: Final = FOLDER / "collector"
ADFS: Final = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"  # NT SERVICE\\adfssrv
FARM: Final = "sts.contoso.com"
CONFIG: Final = r"C:\ProgramData\farmsight-agent\agent.toml"
_FIRST_ROUND_WITHIN_S: Final = 180.0
_OF_A_ROUND: Final = frozenset({"agent", "retrievals", "tls-endpoints", "adfs"})  # what takes longest
_JUDGED_WITHIN_S: Final = 2.0
_BEGAN: Final = time.monotonic()


def main() -> int:
    """Run the demo; 2 where it can't be, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m tests.windows.demo", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--once", action="store_true", help="print what was found, stop everything and end")
    arguments = parser.parse_args()
    if reason := places.missing():
        print(
            f"no Windows here: {reason}; `sh tests/setup.sh` installs it (Debian or Ubuntu, as root)", file=sys.stderr
        )
        return 2
    try:
        with _up():
            _ask("status")
            _ask("findings", "-v")
            if not arguments.once:
                _say(
                    f"up; ask with: farmsight status --data {DATA}; farmsight history STS01 --data {DATA}; Ctrl-C stops"
                )
                threading.Event().wait()
    except KeyboardInterrupt:
        return 130
    except (WineError, subprocess.SubprocessError, OSError) as error:
        print(f"demo-windows: {error}", file=sys.stderr)
        return 2
    return 0


@contextlib.contextmanager
def _up() -> Iterator[None]:
    rmtree(FOLDER, ignore_errors=True)
    DATA.parent.mkdir(parents=True)
    serving.initialise(DATA)
    with serving.served(DATA) as collector, CdpServer() as cdp:
        _say("the collector serves; Windows is made ready (half a minute the first time)")
        node = Node(host=WineHost(prefix.clone("demo")))
        pki = Pki(cdp=cdp)
        server = _server_certificate(pki)
        bindings = (
            bound("sni", f"{FARM}:443", certificate=server.sha1, ctl_store="AdfsTrustedDevices"),
            bound("sni", f"{FARM}:49443", certificate=server.sha1, flags=2),
        )
        node.prepare(f"urlacl|https://+:443/adfs/|D:(A;;GA;;;{ADFS})", *bindings, cmdlets=printed(NODE))
        try:
            with node.host:
                _say("Windows runs")
                _plant(node, pki, server)
                _install(node.host, collector)
                yield
                node.host.agent("service", "stop", check=False)
        finally:
            node.host.remove()


def _server_certificate(pki: Pki) -> Made:
    names = x509.SubjectAlternativeName([x509.DNSName(FARM), x509.DNSName(f"certauth.{FARM}")])
    return extended(make(FARM, pki.root, ca=False, usages=(SERVER_AUTH,)), pki.root, names, critical=False)


def _plant(node: Node, pki: Pki, server: Made) -> None:
    """Fill the stores, the root in the wrong one, and start AD FS; the CRL is never published."""
    node.hold(
        Entry(store="MY", der=server.der, properties={2: key_prov_info(provider="Contoso Key Storage Provider")}),
        Entry(store="CA", der=pki.root.der, friendly_name="put into the wrong store"),
        Entry(store="CA", der=pki.issuing.der),
    )
    node.install("adfssrv")


def _install(host: WineHost, collector: serving.Served) -> None:
    token = serving.token(DATA, "adfs", "--host", "STS01")
    at = collector.addresses
    _agent(
        host, "enroll", "--name", "STS01", "--token", token,
        "--collector", at["telemetry"], "--enrolment", at["enrolment"],
    )  # fmt: skip
    _agent(host, "service", "install", "--config", CONFIG)
    _agent(host, "service", "start")
    ends = time.monotonic() + _FIRST_ROUND_WITHIN_S
    while not _reported() and time.monotonic() < ends:
        time.sleep(2)
    time.sleep(_JUDGED_WITHIN_S)
    _say("every probe has told once" if _reported() else "not every probe has told yet")


def _reported() -> bool:
    farms = json.loads(_farmsight("status", "--probes", "--json").stdout)["farms"]
    return {run["probe"] for farm in farms for server in farm["servers"] for run in server["probes"]} >= _OF_A_ROUND


def _agent(host: WineHost, *arguments: str) -> None:
    shown = ("fs1...." if one.startswith("fs1.") else one for one in arguments)
    _say(f"C:\\> farmsight-agent {' '.join(shown)}")
    for line in host.agent(*arguments).stdout.decode(errors="replace").splitlines():
        _say(f"     {line}")


def _ask(*question: str) -> None:
    print(f"\n$ farmsight {' '.join(question)}\n{_farmsight(*question).stdout}", flush=True)


def _farmsight(*question: str) -> "subprocess.CompletedProcess[str]":
    command = [Path(sys.executable).with_name("farmsight"), *question, "--data", DATA]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def _say(line: str) -> None:
    print(f"{time.monotonic() - _BEGAN:5.1f} s: {line}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
