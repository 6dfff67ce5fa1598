"""The lab's collector: a data folder made here, served by a process of its own."""

import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import grpc

from farmsight_collector import config as configuration
from farmsight_collector import folder
from farmsight_collector.cli.administration.web import address_with
from farmsight_collector.cli.connection import Connection
from farmsight_collector.clock import SystemClock
from farmsight_collector.config import Listen
from farmsight_collector.identity.people import make_token
from farmsight_collector.store.people import SIGN_IN
from farmsight_lab.layout import Layout
from farmsight_lab.names import FEDERATION_SERVICE
from farmsight_lab.processes import Child, ProcessError
from farmsight_wire.v1 import query_pb2, query_pb2_grpc

READY_S: Final = 20.0


class Collector:
    """The collector of one lab."""

    def __init__(self, layout: Layout, address: str) -> None:
        self._layout = layout
        self._address = address
        self._channel: grpc.Channel | None = None
        self._stub: query_pb2_grpc.QueryServiceStub | None = None
        self.child: Child | None = None

    def initialise(self) -> None:
        """Make the data folder, as `farmsight-collector init` does."""
        listen = Listen(
            telemetry=f"{self._address}:0", enrolment=f"{self._address}:0", query="127.0.0.1:0", web="127.0.0.1:0"
        )
        folder.initialise(self._layout.collector, listen, (self._address,), (FEDERATION_SERVICE,), SystemClock())

    def start(self) -> None:
        """Start serving; `wait` says when it does. A second start takes the ports of the first."""
        command = [sys.executable, "-m", "farmsight_collector.cli.collector", "serve"]
        command += ["--data", str(self._layout.collector)]
        if self.child is not None:
            for name, where in self.addresses.items():
                command += [f"--{name}", where.rpartition("//")[2]]
        else:
            self.addresses: dict[str, str] = {}
        folder.withdraw_addresses(self._layout.collector)
        self.child = Child("collector", command, self._layout.log("collector"))

    def wait(self) -> None:
        """Wait until it serves; raises ProcessError when it does not."""
        assert self.child is not None
        deadline = time.monotonic() + READY_S
        told = self._layout.collector / folder.ADDRESSES
        while not told.is_file():
            self.child.check()
            if time.monotonic() > deadline:
                raise ProcessError(f"the collector did not get ready: {self.child.last_words()}")
            time.sleep(0.03)
        opened = configuration.load(self._layout.collector)
        self.addresses = folder.addresses(opened)

    def way_in(self) -> str:
        """Return the address that signs one person in on the web page, once."""
        opened = folder.open_folder(self._layout.collector)
        at, life = SystemClock().now(), timedelta(hours=12)
        text, _ = make_token(opened.store, kind=SIGN_IN, name="lab", role="admin", life=life, at=at, actor="lab")
        opened.store.close()
        return address_with(self.addresses["web"], text)

    @property
    def connection(self) -> Connection:
        """Return how to ask it."""
        data = self._layout.collector
        return Connection(
            address=self.addresses["query"],
            token=folder.query_token(data),
            ca_pem=(data / "ca.crt").read_bytes(),
        )

    @property
    def stub(self) -> query_pb2_grpc.QueryServiceStub:
        """Return a stub of its query service."""
        if self._channel is None or self._stub is None:
            self._channel, self._stub = self.connection.stub()
        return self._stub

    def findings(self) -> query_pb2.ListFindingsResponse:
        """Return all findings, as of now."""
        return self.stub.ListFindings(query_pb2.ListFindingsRequest(page_size=5000), timeout=30)

    def topology(self) -> query_pb2.GetTopologyResponse:
        """Return the topology, as of now."""
        return self.stub.GetTopology(query_pb2.GetTopologyRequest(), timeout=30)

    def trace(self, certificate: bytes, paths: Sequence[str] = ()) -> query_pb2.TraceResponse:
        """Return what becomes of a user's certificate, as of now."""
        return self.stub.Trace(query_pb2.TraceRequest(certificate=certificate, paths=paths), timeout=30)

    def close(self) -> None:
        """Close the connection for questions."""
        if self._channel is not None:
            self._channel.close()
            self._channel = None
