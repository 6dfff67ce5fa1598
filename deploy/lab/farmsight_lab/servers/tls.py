"""TLS listeners that ask for client certificates as AD FS and WAP do, with faults at will.

In a program:

    behaviour = Behaviour(certificate=chain_pem, key=key_pem, asks=True, ca_names=(root_der,))
    with TlsListener(behaviour) as listener:
        listener.address              # ("127.0.0.1", PORT)
        listener.behaviour = replace(behaviour, asks=False)   # from the next connection on

As a process, from a site file that is read again for every connection:

    python -m farmsight_lab.servers.tls SITE.json

    {"listen": "0.0.0.0:49443", "certificate": "sts.pem", "key": "sts.key", "asks": true,
     "requires": false, "ca_names": ["root.pem"], "versions": ["TLSv1.2", "TLSv1.3"],
     "sni": {"only": ["sts.contoso.com"], "otherwise": "reset"}, "before_tls": "",
     "paths": {"/adfs/services/trust/2005/certificatetransport": {"does": "waits"},
               "/federationmetadata/2007-06/federationmetadata.xml": {"status": 200}},
     "otherwise": {"status": 404}}

`certificate` holds the whole chain to present, leaf first. "by_name" gives, for
a name in the hello, the fields that differ for it. With "plain": true
it speaks HTTP without TLS, for http://.../adfs/probe.
"""

import contextlib
import json
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Self

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from OpenSSL import SSL

from farmsight_lab.servers.client_hello import server_name

PATIENCE_S: Final = 30.0  # how long a listener that waits does so
LATE_S: Final = 5.0  # how long it waits for the client to follow a late request
VERSIONS: Final = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}

Does = Literal["answers", "waits", "resets", "closes", "babbles"]
BeforeTls = Literal["", "resets", "closes", "silent", "not-tls", "alert"]


@dataclass(frozen=True, kw_only=True)
class Conduct:
    """What happens after a request: an HTTP status, or something else than an answer."""

    does: Does = "answers"
    status: int = 200
    body: bytes = b"ok\r\n"
    headers: tuple[tuple[str, str], ...] = (("Server", "Microsoft-HTTPAPI/2.0"),)


# Contexts by all that they are made of; as many as a lab has bindings and faults.
_contexts: dict[tuple[object, ...], SSL.Context] = {}


@dataclass(frozen=True, kw_only=True)
class Behaviour:
    """What a listener does with each connection.

    `certificate` is the PEM chain to present, leaf first. `asks` sends a
    CertificateRequest, `asks_late` does so after the request by renegotiation
    (TLS 1.2 only, as http.sys without "negotiate client certificate"),
    `requires` refuses who has no certificate; `ca_names`
    are the DER certificates whose subjects are offered in it, in order (none:
    an empty list, as Windows sends by default). `sni_only` serves these names
    alone and does `sni_otherwise` to others, connections without SNI
    included. `before_tls` acts as soon as the client has spoken; `alert`
    is then the number of the alert. `by_name` is what it does instead for
    who asks for that name in the hello, as http.sys has a binding a name.
    """

    certificate: bytes = b""
    key: bytes = b""
    asks: bool = False
    asks_late: bool = False
    requires: bool = False
    ca_names: tuple[bytes, ...] = ()
    versions: tuple[str, ...] = ("TLSv1.2", "TLSv1.3")
    sni_only: tuple[str, ...] = ()
    sni_otherwise: BeforeTls = "resets"
    before_tls: BeforeTls = ""
    alert: int = 40
    plain: bool = False
    paths: Mapping[str, Conduct] = field(default_factory=dict)
    otherwise: Conduct = Conduct(status=404)
    by_name: Mapping[str, "Behaviour"] = field(default_factory=dict)


class TlsListener:
    """Listens, one thread a connection."""

    def __init__(
        self, behaviour: Behaviour | Callable[[], Behaviour], address: tuple[str, int] = ("127.0.0.1", 0)
    ) -> None:
        self.behaviour = behaviour
        self.requests: list[bytes] = []
        self._socket = socket.create_server(
            address, family=socket.AF_INET6 if ":" in address[0] else socket.AF_INET, backlog=128
        )
        self._stopping = threading.Event()

    @property
    def address(self) -> tuple[str, int]:
        """Return the address and port it listens on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Stop listening and let go of connections that wait."""
        self._stopping.set()
        self._socket.close()

    def serve_forever(self) -> None:
        """Accept until stopped."""
        self._socket.settimeout(0.2)
        while not self._stopping.is_set():
            try:
                client, _ = self._socket.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            client.settimeout(None)
            threading.Thread(target=self._connection, args=(client,), daemon=True).start()

    def _connection(self, client: socket.socket) -> None:
        behaviour = self.behaviour() if callable(self.behaviour) else self.behaviour
        with contextlib.suppress(OSError, SSL.Error, ValueError), client:
            if behaviour.by_name:
                asked_for = server_name(client.recv(4096, socket.MSG_PEEK)) or ""
                behaviour = behaviour.by_name.get(asked_for, behaviour)
            if behaviour.plain:
                self._http(client.recv, client.sendall, client, behaviour)
            elif not self._before_tls(client, behaviour):
                secure = SSL.Connection(_context(behaviour), client)
                secure.set_accept_state()
                secure.do_handshake()
                self._http(
                    _late(secure, client) if behaviour.asks_late else secure.recv, secure.sendall, client, behaviour
                )
                with contextlib.suppress(SSL.Error):
                    secure.shutdown()

    def _before_tls(self, client: socket.socket, behaviour: Behaviour) -> bool:
        """Do what is to be done before TLS; true when that was all."""
        act = behaviour.before_tls
        hello = client.recv(4096, socket.MSG_PEEK)
        if not act and behaviour.sni_only and server_name(hello) not in behaviour.sni_only:
            act = behaviour.sni_otherwise
        if act == "resets":
            _reset(client)
        elif act == "silent":
            self._stopping.wait(PATIENCE_S)
        elif act == "not-tls":
            client.recv(4096)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        elif act == "alert":
            client.recv(4096)
            client.sendall(bytes([21, 3, 3, 0, 2, 2, behaviour.alert]))
        elif act == "closes":
            client.recv(4096)
        return bool(act)

    def _http(
        self,
        receive: Callable[[int], bytes],
        send: Callable[[bytes], object],
        client: socket.socket,
        behaviour: Behaviour,
    ) -> None:
        head = b""
        while b"\r\n\r\n" not in head and len(head) < 65536:
            block = receive(4096)
            if not block:
                return
            head += block
        self.requests.append(head)
        path = head.split(b" ", 2)[1].decode("ascii", "replace")
        conduct = behaviour.paths.get(path, behaviour.otherwise)
        if conduct.does == "answers":
            send(_response(conduct))
        elif conduct.does == "babbles":
            send(b"\x00\x01 this is not HTTP\r\n")
        elif conduct.does == "waits":
            self._stopping.wait(PATIENCE_S)
        elif conduct.does == "resets":
            _reset(client)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def _late(secure: SSL.Connection, client: socket.socket) -> Callable[[int], bytes]:
    """Return a way to receive that asks for a certificate once a request is there."""

    def receive(size: int) -> bytes:
        head = secure.recv(size)
        secure.set_verify(SSL.VERIFY_PEER, _accept_any)
        secure.renegotiate()
        secure.do_handshake()  # sends the HelloRequest; reading carries the rest
        client.setblocking(False)
        until = time.monotonic() + LATE_S
        while secure.renegotiate_pending() and time.monotonic() < until:
            with contextlib.suppress(SSL.WantReadError):
                secure.recv(1)
            time.sleep(0.01)
        client.setblocking(True)
        return head

    return receive


def _response(conduct: Conduct) -> bytes:
    lines = [f"HTTP/1.1 {conduct.status} Lab", *(f"{name}: {value}" for name, value in conduct.headers)]
    lines += [f"Content-Length: {len(conduct.body)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1") + conduct.body


def _reset(client: socket.socket) -> None:
    # SO_LINGER with no time makes close() send RST in place of FIN.
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def _context(behaviour: Behaviour) -> SSL.Context:
    if behaviour.asks_late:  # what it does to its context must not meet another connection
        return _made_context(behaviour)
    said = (behaviour.certificate, behaviour.key, behaviour.asks, behaviour.requires, behaviour.ca_names)
    key = (*said, behaviour.versions)
    found = _contexts.get(key)
    if found is None:
        # Reading an RSA key takes longer than the handshake: dozens of these follow each other.
        found = _contexts.setdefault(key, _made_context(behaviour))
    return found


def _made_context(behaviour: Behaviour) -> SSL.Context:
    context = SSL.Context(SSL.TLS_SERVER_METHOD)
    allowed = sorted(VERSIONS[name] for name in behaviour.versions)
    context.set_min_proto_version(allowed[0])
    context.set_max_proto_version(allowed[-1])
    chain = x509.load_pem_x509_certificates(behaviour.certificate)
    context.use_certificate(chain[0])
    for link in chain[1:]:
        context.add_extra_chain_cert(link)
    key = serialization.load_pem_private_key(behaviour.key, password=None)
    context.use_privatekey(key)  # type: ignore[arg-type] # a server's key, by the file's word
    if behaviour.asks or behaviour.requires:
        mode = SSL.VERIFY_PEER | (SSL.VERIFY_FAIL_IF_NO_PEER_CERT if behaviour.requires else 0)
        context.set_verify(mode, _accept_any)
    context.set_session_id(b"farmsight-lab")  # OpenSSL wants one wherever it asks for certificates
    if behaviour.asks_late:  # a resumed session would not ask anew
        context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
        context.set_options(SSL.OP_NO_TICKET)
    for der in behaviour.ca_names:
        context.add_client_ca(x509.load_der_x509_certificate(der))
    return context


def _accept_any(*_: object) -> bool:
    return True


def load_behaviour(path: Path) -> tuple[tuple[str, int], Behaviour]:
    """Read a site file: where to listen, and the behaviour.

    Raises OSError or ValueError for a file that can't be read or understood.
    """
    data = json.loads(path.read_text(encoding="utf-8"))
    host, _, port = str(data["listen"]).rpartition(":")
    return (host.strip("[]"), int(port)), _behaviour(path.parent, data)


def _behaviour(folder: Path, data: Mapping[str, Any]) -> Behaviour:
    sni = data.get("sni", {})
    names = [_first_der(folder / name) for name in data.get("ca_names", ())]
    return Behaviour(
        certificate=_read(folder, data.get("certificate")),
        key=_read(folder, data.get("key")),
        asks=bool(data.get("asks")),
        asks_late=bool(data.get("asks_late")),
        requires=bool(data.get("requires")),
        ca_names=tuple(names),
        versions=tuple(data.get("versions", ("TLSv1.2", "TLSv1.3"))),
        sni_only=tuple(sni.get("only", ())),
        sni_otherwise=sni.get("otherwise", "resets"),
        before_tls=data.get("before_tls", ""),
        alert=int(data.get("alert", 40)),
        plain=bool(data.get("plain")),
        paths={name: _conduct(entry) for name, entry in data.get("paths", {}).items()},
        otherwise=_conduct(data.get("otherwise", {"status": 404})),
        by_name={
            name: _behaviour(folder, {**data, "by_name": {}, **entry})
            for name, entry in data.get("by_name", {}).items()
        },
    )


def _read(folder: Path, name: str | None) -> bytes:
    return (folder / name).read_bytes() if name else b""


def _first_der(path: Path) -> bytes:
    certificate = x509.load_pem_x509_certificates(path.read_bytes())[0]
    return certificate.public_bytes(serialization.Encoding.DER)


def _conduct(entry: Mapping[str, Any]) -> Conduct:
    return Conduct(
        does=entry.get("does", "answers"),
        status=int(entry.get("status", 200)),
        body=str(entry.get("body", "ok\r\n")).encode(),
    )


def main(arguments: list[str]) -> int:
    """Serve a site file until the process is ended."""
    path = Path(arguments[0])
    address, _ = load_behaviour(path)
    listener = TlsListener(lambda: load_behaviour(path)[1], address)
    listener.start()
    with contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(3600)
    listener.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
