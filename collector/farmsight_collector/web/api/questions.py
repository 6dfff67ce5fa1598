"""Which question, operation or stream answers at which address."""

from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor import Descriptor, FieldDescriptor, MethodDescriptor, ServiceDescriptor

from farmsight_wire.v1 import operation_pb2, query_pb2

BASE: Final = "/api/v1"
_QUERY: Final = query_pb2.DESCRIPTOR.services_by_name["QueryService"]
_OPERATION: Final = operation_pb2.DESCRIPTOR.services_by_name["OperationService"]
_FROM_THE_PATH: Final = ("scope", "farm")


@dataclass(frozen=True, kw_only=True)
class Question:
    """One question: `posted` says that a body may hold the request, for what parameters can't say."""

    method: str  # of the service
    path: str  # below the base
    summary: str
    posted: bool = False
    service: ServiceDescriptor = _QUERY
    changes: bool = False  # something: by a token alone, never by the session of a page, and by a body alone
    live: bool = False  # of what happens from now on, until the caller goes

    @property
    def contract(self) -> MethodDescriptor:
        """Return the method as the wire contract has it."""
        return self.service.methods_by_name[self.method]

    @property
    def parameters(self) -> list[FieldDescriptor]:
        """Return the fields of the request that parameters can say: all but the farm, messages and bytes."""
        return [one for one in self.contract.input_type.fields if one.name not in _FROM_THE_PATH and says(one)]

    @property
    def got(self) -> bool:
        """Tell whether parameters alone can ask it: bytes, such as a certificate, fit none."""
        fields = self.contract.input_type.fields
        return not self.changes and all(one.type != FieldDescriptor.TYPE_BYTES for one in fields)

    @property
    def scoped(self) -> bool:
        """Tell whether the question is about a farm as of an instant."""
        return not self.live and "scope" in self.contract.input_type.fields_by_name

    @property
    def streamed(self) -> bool:
        """Tell whether the answer is a line for each message, as they come."""
        return bool(self.contract.server_streaming)


def says(field: FieldDescriptor) -> bool:
    """Tell whether a parameter can say what is in this field."""
    if field.type == FieldDescriptor.TYPE_BYTES:
        return False
    return field.message_type is None or is_instant(field.message_type)


def is_instant(message: Descriptor | None) -> bool:
    """Tell whether a message is a time."""
    return message is not None and message.full_name == "google.protobuf.Timestamp"


QUESTIONS: Final[tuple[Question, ...]] = (
    Question(method="GetStatus", path="/status", summary="Every farm: its verdict, its servers, what is not known"),
    Question(method="GetStatus", path="/farms/{farm}/status", summary="One farm: its verdict and its servers"),
    Question(method="ListFindings", path="/farms/{farm}/findings", summary="Findings, the worst first, by pages"),
    Question(method="GetTopology", path="/farms/{farm}/topology", summary="The farm as nodes and edges with states"),
    Question(
        method="Compare",
        path="/farms/{farm}/compare",
        summary="Facts of servers, instants or farms side by side",
        posted=True,
    ),
    Question(method="ListHistory", path="/farms/{farm}/history", summary="What was so, from when until when"),
    Question(method="Diff", path="/farms/{farm}/diff", summary="What changed between two instants"),
    Question(method="ListChanges", path="/farms/{farm}/changes", summary="The change log, the newest first, by pages"),
    Question(method="GetTrend", path="/farms/{farm}/trend", summary="A series over a span, with quantiles and gaps"),
    Question(method="GetForecast", path="/farms/{farm}/forecast", summary="What is to be expected, or why it can't be"),
    Question(method="ResolveInstant", path="/farms/{farm}/instant", summary="The instant that a word stands for"),
    Question(
        method="Trace",
        path="/farms/{farm}/trace",
        summary="What becomes of a user's certificate on every way into the farm",
        posted=True,
    ),
    Question(method="Explain", path="/rules", summary="What rules say of themselves"),
)

_ACKNOWLEDGEMENTS: Final = "/farms/{farm}/acknowledgements"
_MAINTENANCE: Final = "/farms/{farm}/maintenance"


def _read(method: str, path: str, summary: str) -> Question:
    return Question(method=method, path=path, summary=summary, service=_OPERATION)


def _change(method: str, path: str, summary: str) -> Question:
    return Question(method=method, path=path, summary=summary, service=_OPERATION, posted=True, changes=True)


OPERATIONS: Final[tuple[Question, ...]] = (
    _read("ListAcknowledgements", _ACKNOWLEDGEMENTS, "Who takes care of which finding, until when"),
    _change("Acknowledge", _ACKNOWLEDGEMENTS, "Let a finding be quiet until an instant, or until it worsens or closes"),
    _change("WithdrawAcknowledgement", f"{_ACKNOWLEDGEMENTS}/withdraw", "Take an acknowledgement back"),
    _read("ListMaintenance", "/maintenance", "Maintenance windows of every farm"),
    _read("ListMaintenance", _MAINTENANCE, "Maintenance windows of one farm"),
    _change("AddMaintenance", _MAINTENANCE, "Hold alerts back for servers, or for the farm, for a while"),
    _change("EndMaintenance", f"{_MAINTENANCE}/end", "End a window before its time"),
)

STREAMS: Final[tuple[Question, ...]] = (
    Question(method="Watch", path="/farms/{farm}/watch", summary="Findings as they open, change and close", live=True),
    Question(method="Export", path="/farms/{farm}/export", summary="All facts, or all findings, as of an instant"),
)

EVERY: Final = (*QUESTIONS, *OPERATIONS, *STREAMS)
