"""What the verbs share that change something: who does it, for how long, and the service that takes it."""

import getpass
import re
from datetime import datetime, timedelta
from typing import Final

from farmsight_collector.cli.verb import Asking, InputError
from farmsight_wire.v1 import operation_pb2_grpc

_SPAN: Final = re.compile(r"(\d{1,6})\s*([smhdw])", re.ASCII)
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN: Final = "30m, 4h, 2d"


def operations(asking: Asking) -> operation_pb2_grpc.OperationServiceStub:
    """Return the service that takes changes."""
    assert asking.channel is not None  # these verbs always have a collector
    return operation_pb2_grpc.OperationServiceStub(asking.channel)


def operator() -> str:
    """Return who does this, for the audit."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return "somebody"


def span(text: str) -> timedelta:
    """Return how long "4h" is; raises InputError."""
    found = _SPAN.fullmatch(text.strip().lower())
    if found is None or not int(found[1]):
        raise InputError(f"'{text}' is no span of time; give {SPAN}")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def until(asking: Asking, begins: datetime) -> datetime:
    """Return the end that --for or --until names; raises InputError when it is not one of them."""
    arguments = asking.arguments
    if bool(arguments.span) == bool(arguments.until):
        raise InputError("give either --for SPAN or --until TIME")
    return begins + span(arguments.span) if arguments.span else asking.instant(arguments.until)
