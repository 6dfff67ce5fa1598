"""The whole way, as processes: a collector asks the tenant, an agent outside fetches what the tenant names."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from tests.fakes.graph_service import CLIENT, TENANT, GraphService, authority, client_credential
from tests.fakes.pki import make
from tests.fakes.serving import initialise, run, served, token

AGENT = (sys.executable, "-m", "farmsight_agent.cli")
ASK = (sys.executable, "-m", "farmsight_collector.cli.main")
CA = make("Contoso CA 1")


def crl(begins: timedelta, ends: timedelta) -> bytes:
    """Return an empty CRL of the CA; times from now."""
    now = datetime.now(UTC)
    keyed = x509.AuthorityKeyIdentifier.from_issuer_public_key(CA.key.public_key())
    builder = x509.CertificateRevocationListBuilder(CA.certificate.subject, now + begins, now + ends)
    signed = builder.add_extension(x509.CRLNumber(5), critical=False).add_extension(keyed, critical=False)
    return signed.sign(CA.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


@dataclass
class Web:
    """A web server that publishes CRLs."""

    status: int = 200
    body: bytes = b""
    asked: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def web() -> Iterator[Web]:
    """A web server on loopback, under a name that only the agent is told the address of."""
    held = Web()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            held.asked.append(self.path)
            self.send_response(held.status)
            self.send_header("Content-Type", "application/pkix-crl")
            self.send_header("Content-Length", str(len(held.body)))
            self.end_headers()
            self.wfile.write(held.body)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    held.body = crl(timedelta(hours=-1), timedelta(days=5))
    yield held
    server.shutdown()
    server.server_close()


def asked(data: Path, *arguments: str) -> dict[str, object]:
    """Return what `farmsight` says as JSON."""
    done = subprocess.run(
        [*ASK, *arguments, "--data", str(data), "--json"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def eventually(holds: Callable[[], object], seconds: float = 90.0) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "it did not come to be"
        time.sleep(0.3)


def codes(data: Path) -> dict[str, str]:
    found = asked(data, "findings")["findings"]
    return {one["code"]: one["title"] for one in found}  # type: ignore[index,union-attr]


@pytest.mark.e2e
@pytest.mark.timeout(300)  # a dozen processes, one after the other
def test_what_the_tenant_names_is_fetched_from_outside_and_judged(
    tmp_path: Path, service: GraphService, web: Web
) -> None:
    data, outside = tmp_path / "collector", tmp_path / "outside"
    service.authorities = [authority(CA.der, root=True, crl=f"{web.url}/ca1.crl")]
    service.containers = {}
    service.consented.remove("PublicKeyInfrastructure.Read.All")
    initialise(data)
    file, leaf = client_credential(tmp_path)
    service.certificates = [leaf]
    given = {
        "--farm": "sts.contoso.com",
        "--tenant": TENANT,
        "--client-id": CLIENT,
        "--certificate": str(file),
        "--graph-url": service.url,
        "--authority-url": service.url,
        "--ca-file": service.ca_file,  # type: ignore[attr-defined]
    }
    with served(data) as up:
        # The tenant is added while the collector runs, and asked by it.
        done = run("entra", "add", "contoso", "--data", str(data), *[t for pair in given.items() for t in pair])
        assert done.returncode == 0, done.stderr
        eventually(lambda: asked(data, "status")["farms"])
        eventually(lambda: asked(data, "status")["farms"][0]["tenants"][0]["last_asked"])  # type: ignore[index]
        (tenant,) = asked(data, "status")["farms"][0]["tenants"]  # type: ignore[index]
        assert {one["part"]: one["outcome"] for one in tenant["not_known"]} == {
            "pki-store": "denied",
            "rollouts": "denied",
        }
        said = "not known from the Internet: no vantage agent"
        eventually(lambda: said in json.dumps(asked(data, "findings")))

        # Somebody carries the list of URLs to a machine outside.
        outside.mkdir()
        done = run("entra", "urls", "--data", str(data), "--output", str(outside / "entra-urls.txt"))
        assert done.returncode == 0, done.stderr
        assert f"crl {web.url}/ca1.crl" in (outside / "entra-urls.txt").read_text()
        join = token(data, "vantage", "--farm", "sts.contoso.com")
        where = ("--collector", up.addresses["telemetry"], "--enrolment", up.addresses["enrolment"])
        state = outside / "state"
        enrolled = subprocess.run(
            [*AGENT, "enroll", "--token", join, *where, "--state-dir", str(state), "--name", "OUT01"],
            capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert enrolled.returncode == 0, enrolled.stderr
        (outside / "agent.toml").write_text(
            f'state_dir = "{state}"\ncollectors = ["{up.addresses["telemetry"]}"]\n'
            f'enrolment = "{up.addresses["enrolment"]}"\nrole = "vantage"\nserver_name = "OUT01"\n'
            '[retrieval]\nurls_from = ["entra-urls.txt"]\n'
        )

        def look() -> None:
            once = subprocess.run(
                [*AGENT, "run", "--config", str(outside / "agent.toml"), "--once", "--within", "60"],
                capture_output=True, text=True, timeout=90, check=False, env={**os.environ, "NO_PROXY": "*"},
            )  # fmt: skip
            assert once.returncode == 0, once.stderr

        look()
        assert web.asked == ["/ca1.crl"]
        eventually(lambda: said not in json.dumps(asked(data, "findings")))
        assert "entra.crl-url-unreachable-outside" not in codes(data)

        # The URL stops answering the Internet.
        web.status, web.body = 403, b""
        look()
        eventually(lambda: "entra.crl-url-unreachable-outside" in codes(data))
        assert "the web server answers 403" in codes(data)["entra.crl-url-unreachable-outside"]

        # It answers again, with a CRL that has ended.
        web.status = 200
        web.body = crl(timedelta(days=-9), timedelta(days=-1))
        look()
        eventually(lambda: "entra.crl-expired" in codes(data))
        text = subprocess.run(
            [*ASK, "status", "--data", str(data)], capture_output=True, text=True, timeout=60, check=False
        ).stdout
        assert "tenant contoso: last asked 20" in text
        assert "pki-store not known: denied" in text
        assert "PublicKeyInfrastructure.Read.All" in text
