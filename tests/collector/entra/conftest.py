"""A tenant to ask: the service over TLS, an application registered in it, a farm's CAs in it."""

import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from farmsight_collector.clock import SystemClock
from farmsight_collector.entra import registration
from farmsight_collector.entra.credentials import from_files
from farmsight_collector.entra.registration import Registration
from farmsight_collector.entra.run import Runner
from tests.fakes import certificates
from tests.fakes.graph_service import (
    CLIENT,
    SECRET,
    TENANT,
    GraphService,
    Serving,
    authority,
    client_credential,
    detail,
)

FARM = "sts.contoso.com"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[GraphService]:
    """A tenant with a root and an issuing CA on its classic list, one CA in the newer store, and a federated domain."""
    held = GraphService()
    crl = "http://pki.contoso.com"
    held.authorities = [
        authority(certificates.certificate("Contoso Root CA"), root=True, crl=f"{crl}/root.crl"),
        authority(certificates.certificate("Contoso CA 1"), root=False, crl=f"{crl}/ca1.crl", delta=f"{crl}/ca1+.crl"),
    ]
    held.containers = {"pki-1": [detail(certificates.certificate("Contoso CA 2"), root=False, crl=f"{crl}/ca2.crl")]}
    held.add_domain("contoso.com")
    held.add_domain("contoso.onmicrosoft.com", "Managed")
    serving = Serving(held, tmp_path)
    held.ca_file = str(serving.ca_file)  # type: ignore[attr-defined]
    yield held
    serving.close()


Register = Callable[..., Registration]


@pytest.fixture
def register(service: GraphService, tmp_path: Path) -> Register:
    """Return what adds a tenant to the data folder."""

    def add(kind: str = "certificate", **changes: object) -> Registration:
        secrets = {}
        if kind == "certificate":
            file, leaf = client_credential(tmp_path)
            service.certificates = [leaf]
            secrets = {registration.CREDENTIAL: from_files(file, None)}
        elif kind == "secret":
            secrets = {registration.SECRET: SECRET.encode()}
        one = Registration(
            **{
                "name": "contoso",
                "farm": FARM,
                "tenant": TENANT,
                "client_id": CLIENT,
                "kind": kind,
                "voice": f"entra-{uuid.uuid4()}",
                "graph_url": service.url,
                "authority_url": service.url,
                "ca_file": service.ca_file,  # type: ignore[attr-defined]
                **changes,
            }  # type: ignore[arg-type]
        )
        (tmp_path / "data").mkdir(exist_ok=True)
        registration.save(tmp_path / "data", one, secrets)
        return one

    return add


@pytest.fixture
def runner(register: Register, tmp_path: Path) -> Callable[..., Runner]:
    """Return what makes a runner for a new registration."""

    def make(kind: str = "certificate", seconds: float = 30.0, **changes: object) -> Runner:
        return Runner(tmp_path / "data", register(kind, **changes), SystemClock(), seconds)

    return make


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("farmsight_collector.entra.graph.WAITS_S", (0.05, 0.05, 0.05))
    monkeypatch.setattr("farmsight_collector.entra.web.SILENCE_S", 3.0)


def ended_in(seconds: float, runner: Runner) -> None:
    """End a run from another thread, as a stop does."""
    threading.Timer(seconds, runner.stop.set).start()
