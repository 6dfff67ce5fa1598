"""docs/interfaces.md: what is spoken on which port, by service and method, from the contract."""

from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from docs.tools.contract import comments
from docs.tools.markdown import code, table
from farmsight_wire.v1 import enrolment_pb2, operation_pb2, query_pb2, telemetry_pb2

_HEAD: Final = """\
# Interfaces

Made by `make reference` from the contract, `proto/farmsight_wire/v1`, which only grows: fields are added, never
renumbered or given another meaning, so neighbouring versions of agent and collector work together in any order.

For programs, the [REST API](api.md) is the simplest way: the same questions as below, as JSON, with an OpenAPI
document. [Metrics](metrics.md) are for Prometheus, [alerts](alerts.md) go out by themselves. gRPC is what the
command line speaks; health checking (`grpc.health.v1`) and reflection are on, so `grpcurl` and the like can
look for themselves.

"""
_FILES: Final = (
    (enrolment_pb2, "7443", "a join token at first; then the agent's certificate"),
    (telemetry_pb2, "7443", "the agent's certificate"),
    (query_pb2, "7445, on this machine only unless told otherwise", "a bearer token of role viewer"),
    (operation_pb2, "7445, on this machine only unless told otherwise", "a bearer token of role operator"),
)


def page() -> str:
    """Return the page."""
    return (_HEAD + "\n".join(_page())).rstrip() + "\n"


def _page() -> Iterator[str]:
    for module, port, shown in _FILES:
        file: FileDescriptor = module.DESCRIPTOR
        said = comments(file.name.rpartition("/")[2])
        for service in file.services_by_name.values():
            yield f"## {service.name}\n"
            yield f"{said.get(service.name, '')} Port {port}. The caller shows {shown}. Package `{file.package}`.\n"
            yield from table(("method", "does"), (_row(method, said) for method in service.methods))


def _row(method: MethodDescriptor, said: dict[str, str]) -> tuple[str, str]:
    takes = f"{'stream ' if method.client_streaming else ''}{method.input_type.name}"
    gives = f"{'stream ' if method.server_streaming else ''}{method.output_type.name}"
    told = said.get(f"{method.containing_service.name}.{method.name}", "")
    return code(method.name), f"{told} {code(takes)} → {code(gives)}".strip()
