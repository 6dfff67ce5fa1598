"""A threaded HTTP server for CRLs, AIA certificates and OCSP, with faults at will.

In a program:

    with CdpServer() as server:
        server.put("/ca1.crl", answers.crl(der))
        server.put("/ca1+.crl", answers.not_found())
        server.put_ocsp("/ocsp", OcspResponder(...))
        server.url("/ca1.crl")        # http://127.0.0.1:PORT/ca1.crl

Answers can be exchanged while it runs; what was asked is kept in `requests`.
It also plays a proxy: an absolute-form request is logged as it came and is
answered by the path alone, and CONNECT by the answer put at "CONNECT".

As a process, from a site file that is read again whenever it changes:

    python -m farmsight_lab.servers.cdp SITE.json

    {"listen": "127.0.0.1:8080", "refuse_plus": false,
     "paths": {"/ca1.crl": {"file": "ca1.crl"},
               "/ca2.crl": {"file": "ca2.crl", "bytes_per_s": 1000},
               "/gone.crl": {"status": 404},
               "/moved.crl": {"status": 302, "headers": [["Location", "/ca1.crl"]]},
               "/page.crl": {"fault": "html_page"},
               "/ocsp": {"ocsp": {"issuer": "ca1.pem", "signer": "ocsp.pem", "key": "ocsp.key",
                                  "revoked": ["0a1b"], "unknown": [], "lifetime_s": 86400}}}}

Files are relative to the site file. Every field of `Answer` but `body` may be
set; `fault` is one of `html_page`, `gzip`, `gzip_bomb`, `endless`, `reset`,
`truncated`, `spoiled_signature`, `proxy_authentication`, `pem`.
"""

import base64
import contextlib
import io
import socket
import ssl
import struct
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final, Protocol, Self, cast
from urllib.parse import unquote, urlsplit

from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer
from farmsight_lab.servers.site import load_site

BLOCK: Final = 65536
TICKS_PER_S: Final = 20  # how often a slowed body moves on


class Responder(Protocol):
    """Answers OCSP requests: DER in, and what to send."""

    def answer(self, request_der: bytes, method: str) -> Answer:
        """Return the answer to one request; `method` is "GET" or "POST"."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request, as it came."""

    method: str
    target: str  # as on the request line
    headers: Mapping[str, str]
    body: bytes


class CdpServer:
    """The server; `refuse_plus` plays IIS without double escaping: 404 for "+" in names."""

    def __init__(
        self,
        address: tuple[str, int] = ("127.0.0.1", 0),
        *,
        tls: ssl.SSLContext | None = None,
        refuse_plus: bool = False,
    ) -> None:
        self.refuse_plus = refuse_plus
        self.requests: list[Asked] = []
        self._answers: dict[str, Answer] = {}
        self._responders: dict[str, Responder] = {}
        self._httpd = _Httpd(address, _Handler)
        self._httpd.site = self
        self._tls = tls
        if tls is not None:
            self._httpd.socket = tls.wrap_socket(self._httpd.socket, server_side=True, do_handshake_on_connect=False)

    @property
    def address(self) -> tuple[str, int]:
        """Return the address and port it listens on."""
        host, port = self._httpd.server_address[:2]
        return str(host), int(port)

    def url(self, path: str, host: str | None = None) -> str:
        """Return the URL of a path, with a name of your own in place of the address."""
        scheme = "https" if self._tls else "http"
        return f"{scheme}://{host or self.address[0]}:{self.address[1]}{path}"

    def put(self, path: str, answer: Answer) -> None:
        """Answer this path so from now on."""
        self._answers[path] = answer

    def put_ocsp(self, path: str, responder: Responder) -> None:
        """Answer OCSP by GET below this path and by POST to it."""
        self._responders[path.rstrip("/")] = responder

    def replace(self, paths: Mapping[str, Answer], responders: Mapping[str, Responder]) -> None:
        """Exchange everything at once."""
        self._answers, self._responders = dict(paths), dict(responders)

    def find(self, method: str, path: str, body: bytes) -> Answer:
        """Return the answer to a request."""
        if self.refuse_plus and "+" in unquote(path):
            return answers.not_found()
        plain = path.partition("?")[0]
        found = next((self._answers[one] for one in (path, plain, unquote(plain)) if one in self._answers), None)
        if found is not None:
            return found
        for prefix, responder in self._responders.items():
            if method == "POST" and path.rstrip("/") == prefix:
                return responder.answer(body, "POST")
            if method == "GET" and path.startswith(prefix + "/"):
                return responder.answer(_from_path(path[len(prefix) + 1 :]), "GET")
        return answers.not_found()

    def start(self) -> None:
        """Serve in a thread of its own."""
        threading.Thread(target=self._httpd.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening; answers that are under way end with their connections."""
        self._httpd.shutdown()
        self._httpd.server_close()

    def serve_forever(self) -> None:
        """Serve in this thread."""
        self._httpd.serve_forever(0.2)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class _Httpd(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128
    site: CdpServer

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that go away in the middle are the business of this server."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "FarmsightLab"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_GET  # noqa: N815 - names that the base class looks for
    do_POST = do_GET  # noqa: N815

    def do_CONNECT(self) -> None:
        self.path = "CONNECT"
        self._serve()

    def log_message(self, *_: object) -> None:
        """Keep quiet; requests are kept instead."""

    def _serve(self) -> None:
        self.close_connection = True
        site = cast("_Httpd", self.server).site
        body = self.rfile.read(min(int(self.headers.get("Content-Length") or 0), 1 << 20))
        headers = {name.lower(): value for name, value in self.headers.items()}
        site.requests.append(Asked(method=self.command, target=self.path, headers=headers, body=body))
        path = self.path if self.path == "CONNECT" else _path(self.path)
        self._send(site.find(self.command, path, body))

    def _send(self, answer: Answer) -> None:
        if answer.reset_after == 0:
            self._reset()
            return
        time.sleep(answer.first_byte_delay_s)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        for name, value in answer.headers:
            self.send_header(name, value)
        if answer.chunked:
            self.send_header("Transfer-Encoding", "chunked")
        elif answer.announced_length != -1:
            length = len(answer.body) if answer.announced_length is None else answer.announced_length
            self.send_header("Content-Length", str(length))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self._send_body(answer)

    def _send_body(self, answer: Answer) -> None:
        left = answer.reset_after if answer.cut_after is None else answer.cut_after
        for block in _blocks(answer):
            part = block if left is None else block[:left]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part) if answer.chunked else part)
            if left is not None and (left := left - len(part)) <= 0:
                break
        if answer.reset_after is not None:
            self._reset()
        elif answer.chunked and answer.cut_after is None:
            self.wfile.write(b"0\r\n\r\n")

    def _reset(self) -> None:
        # SO_LINGER with no time makes close() send RST in place of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.connection.close()
        self.wfile = io.BytesIO()


def _blocks(answer: Answer) -> Iterator[bytes]:
    size = BLOCK if answer.bytes_per_s is None else max(1, int(answer.bytes_per_s / TICKS_PER_S))
    while True:
        for start in range(0, len(answer.body), size):
            if answer.bytes_per_s is not None:
                time.sleep(min(size, len(answer.body)) / answer.bytes_per_s)
            yield answer.body[start : start + size]
        if not answer.endless:
            return


def _path(target: str) -> str:
    parts = urlsplit(target)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _from_path(tail: str) -> bytes:
    """Return the request in the path of an OCSP GET (RFC 6960 A.1), or b"" when it isn't one."""
    try:
        return base64.b64decode(unquote(tail), validate=True)
    except ValueError:
        return b""


def _follow(path: Path, server: CdpServer) -> None:
    """Load the site file whenever it, or a file beside it, was written."""
    seen = 0
    while True:
        newest = max((entry.stat().st_mtime_ns for entry in [path, *path.parent.iterdir()]), default=0)
        if newest != seen:
            try:
                site = load_site(path)
            except (OSError, ValueError) as error:  # half written: the next round sees it whole
                print(f"{path}: {error}", file=sys.stderr)
            else:
                seen = newest
                server.refuse_plus = site.refuse_plus
                server.replace(site.paths, site.responders)
        time.sleep(0.2)


def main(arguments: list[str]) -> int:
    """Serve a site file until the process is ended."""
    path = Path(arguments[0])
    site = load_site(path)
    server = CdpServer(site.listen, refuse_plus=site.refuse_plus)
    threading.Thread(target=_follow, args=(path, server), daemon=True).start()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
