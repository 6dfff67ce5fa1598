"""TLS servers of an nginx configuration, includes followed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.linux import authority_files
from farmsight_agent.hosts.linux.directives import MAX_DEPTH, Reader
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

CONFIGURATIONS: Final = ("etc/nginx/nginx.conf", "usr/local/nginx/conf/nginx.conf")
_TOKEN: Final = re.compile(r"""#[^\n]*|"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([{};])|([^\s{};"']+)""")
_LISTEN: Final = re.compile(r"(?:(\[[0-9a-fA-F:]+\]|[^:\s]+):)?(\d{1,5})|(\[[0-9a-fA-F:]+\]|[^:\s/]+)")
_MAX_TOKENS: Final = 200_000


@dataclass
class _Block:
    """A server block or what it inherits from."""

    values: dict[str, list[str]] = field(default_factory=dict)
    listens: list[tuple[list[str], str]] = field(default_factory=list)


def bindings(root: Path = Path("/")) -> Seen[facts_pb2.TlsBinding]:
    """Return one binding a name and TLS port; none where nginx is not configured here."""
    path = next((root / name for name in CONFIGURATIONS if (root / name).is_file()), None)
    if path is None:
        return Seen(values=(), source="linux")
    reader = Reader(root)
    servers = list(_Parser(reader, path).servers())
    found = [(binding, line) for server in servers for binding, line in _bindings(server, reader, path.parent)]
    return Seen(
        values=tuple(binding for binding, _ in found),
        lines=tuple(line for _, line in found),
        source=f"file:{path}",
    )


class _Parser:
    """Walks the directives of all files as one stream; only `server` blocks within `http` count."""

    def __init__(self, reader: Reader, path: Path) -> None:
        self._reader, self._path, self._tokens = reader, path, 0

    def servers(self) -> Iterator[_Block]:
        stack: list[tuple[str, _Block]] = [("", _Block())]
        for words, mark, line in self._statements(self._path, 0):
            name = words[0] if words else ""
            if mark == "{":
                inherited = {key: list(value) for key, value in stack[-1][1].values.items()}
                stack.append((name, _Block(values=inherited)))
            elif mark == "}":
                if len(stack) == 1:
                    raise FailedError("not-understood", f"{line}: a closing brace too many", source=line)
                kind, block = stack.pop()
                if kind == "server" and any(outer == "http" for outer, _ in stack):
                    yield block
            elif name == "listen":
                stack[-1][1].listens.append((words[1:], line))
            elif name:
                stack[-1][1].values[name] = words[1:]
        if len(stack) > 1:
            raise FailedError("truncated", f"{self._path}: {stack[-1][0]} is not closed", source=str(self._path))

    def _statements(self, path: Path, depth: int) -> Iterator[tuple[list[str], str, str]]:
        if depth > MAX_DEPTH:
            raise FailedError("not-understood", f"{path}: included {depth} deep", source=f"file:{path}")
        text = self._reader.text(path)
        words: list[str] = []
        for token in _TOKEN.finditer(text):
            self._tokens += 1
            if self._tokens > _MAX_TOKENS:
                raise FailedError("too-large", f"{path}: over {_MAX_TOKENS} words", source=f"file:{path}")
            if token[0].startswith("#"):
                continue
            if not token[3]:
                words.append(next(one for one in (token[1], token[2], token[4], "") if one is not None))
                continue
            if token[3] == ";" and words[:1] == ["include"] and len(words) == 2:
                for one in self._reader.matching(words[1], self._path.parent):
                    yield from self._statements(one, depth + 1)
            else:
                yield words, token[3], f"file:{path}:{text.count(chr(10), 0, token.start()) + 1}"
            words = []


def _bindings(server: _Block, reader: Reader, folder: Path) -> Iterator[tuple[facts_pb2.TlsBinding, str]]:
    all_ssl = server.values.get("ssl") == ["on"]
    for words, line in server.listens:
        place = _LISTEN.fullmatch(words[0]) if words else None
        if place is None or not (all_ssl or "ssl" in words[1:] or "quic" in words[1:]):
            continue
        address, port = place[1] or place[3] or "0.0.0.0", int(place[2] or 80)  # noqa: S104 - what nginx listens on
        names = [name for name in server.values.get("server_name", []) if name not in {"", "_"}]
        for host in names or [address]:
            yield _binding(server, host, port, reader, folder, sni=bool(names)), line


def _binding(server: _Block, host: str, port: int, reader: Reader, folder: Path, *, sni: bool) -> facts_pb2.TlsBinding:
    def first(name: str) -> str:
        return (server.values.get(name) or [""])[0]

    def path(name: str) -> Path:
        return reader.path(first(name), folder)

    verify = first("ssl_verify_client")
    value = facts_pb2.TlsBinding(
        binding_kind=facts_pb2.BINDING_KIND_SNI if sni else facts_pb2.BINDING_KIND_IP,
        host="0.0.0.0" if host == "*" else host.removeprefix("."),  # noqa: S104 - what nginx listens on
        port=port,
        negotiate_client_certificate=verify in {"on", "optional", "optional_no_ca"},
        verify_client_revocation="ssl_crl" in server.values or first("ssl_ocsp") in {"on", "leaf"},
        client_ca_file=first("ssl_client_certificate"),
        product="nginx",
        data_source=facts_pb2.AGENT_DATA_SOURCE_FILE,
    )
    protocols = server.values.get("ssl_protocols")
    if protocols is not None:
        value.disable_tls12 = "TLSv1.2" not in protocols
        value.disable_tls13 = "TLSv1.3" not in protocols
    if first("ssl_certificate") and "$" not in first("ssl_certificate"):
        value.certificate_sha1 = authority_files.first_thumbprint(path("ssl_certificate"))
    if value.client_ca_file:
        value.client_ca_names.extend(authority_files.subjects(path("ssl_client_certificate")))
    return value
