"""The real agent as a Windows service under Wine, beside a collector on this machine: what `make demo-windows` shows.

A WAP with a small PKI in its stores and two faults planted: the root of the
users' certificates lies among the intermediate CAs, and the issuing CA names
a CRL that its server does not have.
"""

import argparse
import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from shutil import rmtree
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from tests.fakes import serving
from tests.fakes.pki import Made, make
from tests.windows.bed import places, prefix
from tests.windows.bed.seeds import Entry, registry
from tests.windows.bed.wine_host import WineError, WineHost

FOLDER: Final = Path("build/windows-demo")
DATA: Final = FOLDER / "collector"
CONFIG: Final = r"C:\ProgramData\farmsight-agent\agent.toml"
_FIRST_ROUND_WITHIN_S: Final = 180.0
_LAST_PROBE: Final = "agent"  # of a round
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
                    f"up; ask with: farmsight status --data {DATA}; farmsight history WAP01 --data {DATA}; Ctrl-C stops"
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
    with serving.served(DATA) as collector, _web(FOLDER / "cdp") as cdp:
        _say("the collector serves")
        _say("Windows is made ready (half a minute the first time)")
        host = WineHost(prefix.clone("demo"))
        host.registry(registry(_stores(cdp)))
        try:
            with host:
                _say("Windows runs")
                _install(host, collector)
                yield
                host.agent("service", "stop", check=False)
        finally:
            host.remove()


def _install(host: WineHost, collector: serving.Served) -> None:
    token = serving.token(DATA, "wap", "--host", "WAP01")
    at = collector.addresses
    _agent(
        host, "enroll", "--name", "WAP01", "--token", token,
        "--collector", at["telemetry"], "--enrolment", at["enrolment"],
    )  # fmt: skip
    _agent(host, "service", "install", "--config", CONFIG)
    _agent(host, "service", "start")
    ends = time.monotonic() + _FIRST_ROUND_WITHIN_S
    while not _reported() and time.monotonic() < ends:
        time.sleep(2)
    _say("every probe has told once" if _reported() else "not every probe has told yet")


def _reported() -> bool:
    farms = json.loads(_farmsight("status", "--probes", "--json").stdout)["farms"]
    return any(run["probe"] == _LAST_PROBE for farm in farms for server in farm["servers"] for run in server["probes"])


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


def _stores(cdp: str) -> list[Entry]:
    """Return a WAP's stores with both faults, and put on the web server what it has."""
    now = datetime.now(UTC)
    valid = {"begins": now - timedelta(days=100), "ends": now + timedelta(days=1000)}
    root = make("Contoso Root CA", **valid)
    policy = make("Contoso Policy CA", root, crls=(f"{cdp}/root.crl",), **valid)
    issuing = make("Contoso Issuing CA 1", policy, crls=(f"{cdp}/gone.crl",), **valid)
    (FOLDER / "cdp/root.crl").write_bytes(_crl(root, now))
    return [
        Entry(store="CA", der=root.der, friendly_name="put into the wrong store"),
        Entry(store="CA", der=policy.der),
        Entry(store="CA", der=issuing.der),
    ]


def _crl(issuer: Made, now: datetime) -> bytes:
    builder = x509.CertificateRevocationListBuilder(
        issuer.certificate.subject, now - timedelta(hours=1), now + timedelta(days=7)
    )
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(Encoding.DER)


@contextlib.contextmanager
def _web(folder: Path) -> Iterator[str]:
    """Serve a folder on a port of this machine while in the block; give its URL."""
    folder.mkdir(parents=True)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


if __name__ == "__main__":
    sys.exit(main())
