"""Those who are told: a webhook that checks signatures and fails at will, a mail server, syslog receivers."""

import asyncio
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Tls:
    """The files of a server on loopback: its CA's certificate, its own with the key."""

    ca: Path
    certificate: Path

    @property
    def context(self) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(self.certificate)
        return made


def tls(folder: Path) -> Tls:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver of tests")])
    now = dt.datetime.now(dt.UTC)
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(PEM)
    private = key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "receiver-ca.pem").write_bytes(pem)
    (folder / "receiver.pem").write_bytes(pem + private)
    return Tls(folder / "receiver-ca.pem", folder / "receiver.pem")


@dataclass
class Request:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Webhook:
    """Remembers every request; answers as it is told, 200 when nothing is."""

    requests: list[Request] = field(default_factory=list)
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    cut: bool = False  # takes the request and ends the connection without an answer
    url: str = ""


@contextmanager
def webhook(folder: Path | None = None) -> Iterator[Webhook]:
    """Serve on loopback; with a folder by TLS, whose CA is `receiver-ca.pem` there."""
    state = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            state.requests.append(Request(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            if state.cut:
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            status, headers, answer = state.answers.pop(0) if state.answers else (200, {}, b"thank you")
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if folder is not None:
        server.socket = tls(folder).context.wrap_socket(server.socket, server_side=True)
    state.url = f"{'https' if folder else 'http'}://127.0.0.1:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@dataclass
class MailBox:
    """A mail server's memory; refuses as it is told."""

    mails: list[EmailMessage] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    recipients: list[list[str]] = field(default_factory=list)
    secured: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)  # to DATA, before it takes any
    address: str = ""

    async def handle_DATA(self, server: Any, _session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        self.raw.append(envelope.content)
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        self.recipients.append(envelope.rcpt_tos)
        self.secured.append(server.transport.get_extra_info("ssl_object") is not None)
        return "250 taken"

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if address.startswith("nobody@"):
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 fine"


@asynccontextmanager
async def mail_server(folder: Path, how: str = "starttls", password: str = "") -> AsyncIterator[MailBox]:
    """Serve SMTP on loopback, in the loop of the test: `starttls`, `tls` or `none`."""
    box = MailBox()
    context = tls(folder).context

    def check(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        box.users.append(data.login.decode())
        return AuthResult(success=data.password.decode() == password)

    options: dict[str, Any] = {"authenticator": check, "auth_require_tls": how == "starttls"} if password else {}
    if how == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    loop = asyncio.get_running_loop()
    secured = context if how == "tls" else None
    server = await loop.create_server(lambda: SMTP(box, loop=loop, **options), "127.0.0.1", 0, ssl=secured)
    box.address = f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield box
    finally:
        server.close()
        await server.wait_closed()


@contextmanager
def syslog_receiver(transport: str, folder: Path) -> Iterator[tuple[str, list[bytes]]]:
    """Yield the address of a receiver and what it got: datagrams, or all bytes of each connection."""
    got: list[bytes] = []
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    server = socket.socket(socket.AF_INET, kind)
    server.bind(("127.0.0.1", 0))
    server.settimeout(0.1)
    over = threading.Event()
    context = tls(folder).context if transport == "tls" else None
    if transport != "udp":
        server.listen()

    def listen() -> None:
        while not over.is_set():
            with suppress(TimeoutError, OSError):
                if transport == "udp":
                    got.append(server.recv(65536))
                else:
                    got.append(_whole(server.accept()[0], context))

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.getsockname()[1]}", got
    finally:
        over.set()
        thread.join(5)
        server.close()


def _whole(connection: socket.socket, context: ssl.SSLContext | None) -> bytes:
    connection.settimeout(5)
    opened = context.wrap_socket(connection, server_side=True) if context else connection
    data = b""
    with opened, suppress(OSError):
        while piece := opened.recv(65536):
            data += piece
    return data
