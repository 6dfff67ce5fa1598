"""How the command line finds its collector: address, token and CA certificate."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

import grpc

from farmsight_wire.v1 import query_pb2_grpc

SERVER_NAME = "collector.farmsight"  # the name in every collector's own certificate
DEFAULT_ADDRESS = "127.0.0.1:7445"


class ConnectionSettingsError(Exception):
    """The settings do not lead to a collector; the text says what to do."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """All that is needed to ask a collector."""

    address: str
    token: str
    ca_pem: bytes

    def stub(self) -> tuple[grpc.Channel, query_pb2_grpc.QueryServiceStub]:
        """Open a channel; the caller closes it."""
        credentials = grpc.composite_channel_credentials(
            grpc.ssl_channel_credentials(self.ca_pem), grpc.access_token_call_credentials(self.token)
        )
        channel = grpc.secure_channel(
            self.address,
            credentials,
            [
                ("grpc.ssl_target_name_override", SERVER_NAME),
                ("grpc.max_receive_message_length", 64 << 20),
                ("grpc.enable_http_proxy", 0),
            ],
        )
        return channel, query_pb2_grpc.QueryServiceStub(channel)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options that every asking verb takes."""
    group = parser.add_argument_group("collector")
    group.add_argument(
        "--data",
        metavar="DIR",
        help="data folder of a collector on this machine (FARMSIGHT_DATA; ./farmsight-data)",
    )
    group.add_argument(
        "--collector", metavar="HOST:PORT", help=f"query address (FARMSIGHT_COLLECTOR; {DEFAULT_ADDRESS})"
    )
    group.add_argument("--token", metavar="TOKEN", help="bearer token, or @FILE (FARMSIGHT_TOKEN; DIR/query-token)")
    group.add_argument("--ca", metavar="FILE", help="the collector's CA certificate (FARMSIGHT_CA; DIR/ca.crt)")


def resolve(arguments: argparse.Namespace) -> Connection:
    """Return the connection that options, environment and data folder give; raises ConnectionSettingsError."""
    folder = Path(arguments.data or os.environ.get("FARMSIGHT_DATA") or "farmsight-data")
    ca_file = Path(arguments.ca or os.environ.get("FARMSIGHT_CA") or folder / "ca.crt")
    token = arguments.token or os.environ.get("FARMSIGHT_TOKEN") or f"@{folder / 'query-token'}"
    return Connection(
        address=arguments.collector or os.environ.get("FARMSIGHT_COLLECTOR") or _address_in(folder),
        token=_token(token),
        ca_pem=_certificate(ca_file),
    )


def _token(given: str) -> str:
    text = _read(Path(given[1:]), "token").decode("utf-8", "replace").strip() if given.startswith("@") else given
    if not text.isascii() or not text.isprintable():
        raise ConnectionSettingsError("the token holds what no token holds; it stands in the data folder's query-token")
    return text


def _certificate(file: Path) -> bytes:
    data = _read(file, "CA certificate")
    if b"-----BEGIN CERTIFICATE-----" not in data:
        raise ConnectionSettingsError(f"{file} holds no certificate in PEM form; give the collector's ca.crt")
    return data


def _address_in(folder: Path) -> str:
    try:
        return (folder / "query-address").read_text(encoding="utf-8").strip() or DEFAULT_ADDRESS
    except OSError:
        return DEFAULT_ADDRESS


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConnectionSettingsError(
            f"cannot read the collector's {what} from {path}: {error.strerror}; "
            "run this on the collector's machine with --data DIR, or give --collector, --token and --ca"
        ) from error
