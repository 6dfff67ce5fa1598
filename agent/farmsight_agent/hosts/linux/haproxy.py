"""TLS binds of an HAProxy configuration."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.host import Seen
from farmsight_agent.hosts.linux import authority_files
from farmsight_agent.hosts.linux.directives import Reader
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

CONFIGURATION: Final = "etc/haproxy/haproxy.cfg"
FRAGMENTS: Final = "etc/haproxy/conf.d/*.cfg"
_SECTIONS: Final = frozenset(
    {"global", "defaults", "frontend", "backend", "listen", "peers", "resolvers", "userlist", "cache", "program"}
)
_WITH_VALUE: Final = frozenset({"crt", "ca-file", "verify", "crl-file", "ssl-min-ver", "ssl-max-ver"})
_VERSIONS: Final = ("SSLv3", "TLSv1.0", "TLSv1.1", "TLSv1.2", "TLSv1.3")


def bindings(root: Path = Path("/")) -> Seen[facts_pb2.TlsBinding]:
    """Return one binding an address; none where HAProxy is not configured here."""
    path = root / CONFIGURATION
    if not path.is_file():
        return Seen(values=(), source="linux")
    reader = Reader(root)
    found: list[tuple[facts_pb2.TlsBinding, str]] = []
    for one in (path, *reader.matching(f"/{FRAGMENTS}", root)):
        found += _file(one, reader)
    return Seen(
        values=tuple(binding for binding, _ in found),
        lines=tuple(line for _, line in found),
        source=f"file:{path}",
    )


def _file(path: Path, reader: Reader) -> Iterator[tuple[facts_pb2.TlsBinding, str]]:
    section, bases = "", {"ca-base": "", "crt-base": ""}
    for number, line in enumerate(reader.text(path).splitlines(), 1):
        source = f"file:{path}:{number}"
        try:
            words = shlex.split(line, comments=True)
        except ValueError as error:
            raise FailedError("not-understood", f"{path}:{number}: {error}", source=source) from error
        if not words:
            continue
        if words[0] in _SECTIONS and not line[0].isspace():
            section = words[0]
        elif section == "global" and words[0] in bases and len(words) > 1:
            bases[words[0]] = words[1]
        elif words[0] == "bind" and section in {"frontend", "listen"} and "ssl" in words[2:]:
            for binding in _bind(words, bases, reader):
                yield binding, source


def _bind(words: list[str], bases: dict[str, str], reader: Reader) -> Iterator[facts_pb2.TlsBinding]:
    options = {name: words[at + 1] for at, name in enumerate(words[:-1]) if name in _WITH_VALUE}
    for place in words[1].split(","):
        host, _, port = place.rpartition(":")
        if not port.isdigit() or int(port) > 65535 or place.startswith(("/", "unix@", "abns@", "fd@")):
            continue  # sockets without a port are no one's endpoint; ranges are not used with TLS
        yield _binding(host.rpartition("@")[2], int(port), options, bases, reader, words)


def _binding(
    host: str, port: int, options: dict[str, str], bases: dict[str, str], reader: Reader, words: list[str]
) -> facts_pb2.TlsBinding:
    verify = options.get("verify", "none")
    value = facts_pb2.TlsBinding(
        binding_kind=facts_pb2.BINDING_KIND_IP,
        host="0.0.0.0" if host in {"", "*"} else host,  # noqa: S104 - what HAProxy listens on
        port=port,
        negotiate_client_certificate=verify in {"required", "optional"},
        verify_client_revocation="crl-file" in options,
        client_ca_file=options.get("ca-file", ""),
        product="haproxy",
        data_source=facts_pb2.AGENT_DATA_SOURCE_FILE,
    )
    for name, field in (("TLSv1.2", "disable_tls12"), ("TLSv1.3", "disable_tls13")):
        if f"no-{name.lower().replace('.', '')}" in words or not _allowed(name, options):
            setattr(value, field, True)
    if "crt" in options:
        value.certificate_sha1 = authority_files.first_thumbprint(_path(options["crt"], bases["crt-base"], reader))
    if value.client_ca_file and not value.client_ca_file.startswith("@"):
        path = _path(value.client_ca_file, bases["ca-base"], reader)
        value.client_ca_names.extend(authority_files.subjects(path))
    return value


def _allowed(version: str, options: dict[str, str]) -> bool:
    rank = _VERSIONS.index(version)
    least, most = options.get("ssl-min-ver", ""), options.get("ssl-max-ver", "")
    above = least not in _VERSIONS or _VERSIONS.index(least) <= rank
    return above and (most not in _VERSIONS or rank <= _VERSIONS.index(most))


def _path(name: str, base: str, reader: Reader) -> Path:
    return reader.path(name, reader.path(base or "/", Path("/")))
