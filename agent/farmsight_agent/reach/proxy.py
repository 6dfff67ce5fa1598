"""The HTTP proxy that an operator set for the way to the collector; those of the environment are observed, not used.

Only the tunnel is asked of it (CONNECT, RFC 9110 9.3.6): TLS stays end to end,
so that the pinned CA and the agent's own certificate hold as without it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from farmsight_agent.identity import IdentityError
from farmsight_agent.private_files import strangers

_LONGEST_LOGIN: Final = 1024
_FORM: Final = "it must read http://HOST:PORT, for example http://proxy.contoso.com:3128"


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """A proxy's host and port, and the file that its login stands in: USER:PASSWORD on one line."""

    host: str
    port: int
    credentials: Path | None = None

    @property
    def text(self) -> str:
        """Return "host:port"."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def login(self) -> str:
        """Return "user:password", empty where none is set. Read anew each time; raises IdentityError."""
        return "" if self.credentials is None else read_login(self.credentials)

    def for_grpc(self) -> tuple[tuple[str, object], ...]:
        """Return the channel options that lead through it; raises IdentityError for a login that can't be used."""
        # What a bypass list of the environment says is about other traffic: the operator named this way.
        os.environ["no_grpc_proxy"] = "none.invalid"  # noqa: SIM112 - gRPC's spelling
        user, _, password = self.login().partition(":")
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return (("grpc.enable_http_proxy", 1), ("grpc.http_proxy", f"http://{login}{self.text}"))


def parse(text: str, credentials: Path | None = None) -> Proxy:
    """Read "http://HOST:PORT" or "HOST:PORT"; raises ValueError with a sentence that fits after the setting's name."""
    given = text.strip()
    try:
        url = urlsplit(given if "://" in given else f"http://{given}")
        host, port = url.hostname, url.port
    except ValueError:
        raise ValueError(f"is {_shown(given)!r}; {_FORM}") from None
    if url.username is not None or url.password is not None:
        raise ValueError("must hold no login: everybody sees a command line; put USER:PASSWORD into a file of its own")
    if url.scheme == "https":
        raise ValueError("begins with https://; the proxy itself is spoken to in plain HTTP, TLS is within the tunnel")
    known = url.scheme == "http" and not (url.query or url.fragment) and url.path in {"", "/"}
    if not known or not host or not port or any(one.isspace() or one == "%" for one in host):
        raise ValueError(f"is {_shown(given)!r}; {_FORM}")
    return Proxy(host=host, port=port, credentials=credentials)


def read_login(path: Path) -> str:
    """Return the login that a file holds; raises IdentityError unless it is one, and none of others' business."""
    try:
        others = strangers(path)
        with path.open("rb") as file:
            data = file.read(_LONGEST_LOGIN + 1)
    except OSError as error:
        raise IdentityError(f"the proxy's login in {path} can't be read ({error})") from error
    if others:
        raise IdentityError(f"{path} holds the proxy's login, and is open to {', '.join(others)}; take that right away")
    try:
        lines = data.decode("utf-8-sig").strip("\r\n").splitlines()
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1 or len(data) > _LONGEST_LOGIN or not lines[0].partition(":")[0] or ":" not in lines[0]:
        raise IdentityError(f"{path} must hold the proxy's login alone: USER:PASSWORD on one line, UTF-8")
    return lines[0]


def _shown(text: str) -> str:
    return text.rpartition("@")[2][:100]
