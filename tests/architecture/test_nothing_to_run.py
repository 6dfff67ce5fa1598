"""Nothing that a collector says, and nothing that is configured, names a program, a command or a script to be run.

The lists are of everything that is text or bytes on the way to the agent:
who adds to them has to say here what it is for.
"""

import ast
import dataclasses
import typing
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor

from farmsight_agent import config
from farmsight_agent.contexts import operations
from farmsight_agent.contexts.runner import CHILD
from farmsight_wire.v1 import enrolment_pb2, telemetry_pb2

AGENT = Path(__file__).parents[2] / "agent" / "farmsight_agent"
SAID_BY_A_COLLECTOR = {
    "Welcome.farm": "logged",
    "Welcome.server": "logged",
    "Welcome.role": "logged",
    "WantBlobs.sha256": "looked up among the bytes that facts named",
    "WantSnapshot.probe": "looked up among the probes' own names",
    "WantSnapshot.part": "looked up among the parts that were reported",
    "Cadence.probe": "looked up among the probes' own names",
    "Refused.detail": "logged",
    "Welcome.collector_version": "kept, cut short, and shown by doctor",
    "EnrollResponse.agent_id": "kept beside the identity",
    "EnrollResponse.farm": "kept beside the identity",
    "EnrollResponse.server": "kept beside the identity",
    "EnrollResponse.role": "kept beside the identity",
    "Identity.chain_der": "checked against the pinned CA, and kept",
}
CONFIGURED = {
    "state_dir": "a folder to write to",
    "collectors": "addresses to connect to",
    "enrolment": "an address to connect to",
    "role": "one of four words",
    "server_name": "a name in facts",
    "federation_service_name": "a name to resolve and connect to",
    "host": "one of the hosts' words",
    "evidence_dir": "a folder to read",
    "platform_only": "names of probes",
    "contexts": "names of accounts by context",
    "connect_to": "addresses to connect to",
    "retrieval.authorities": "names of CAs",
    "retrieval.user_certificates": "files to read",
    "retrieval.urls": "URLs to fetch",
    "retrieval.urls_from": "files to read",
    "endpoints.names": "names to connect to",
    "cadence": "numbers by names of probes",
    "log_level": "one of four words",
}
# Where processes are started, and the program of each: the interpreter, a program of the system by its whole path,
# what a test hands in.
STARTED = {
    "contexts/posix/entering.py": {"command"},
    "contexts/windows/by_task.py": {"argv"},
    "contexts/windows/by_token.py": {"command"},
    "hosts/linux/commands.py": {"program"},
    "hosts/windows/programs/netsh.py": {"command"},
    "hosts/windows/programs/powershell.py": {"program"},
    "pending_enrolment.py": {"command"},  # enroll itself, with what an administrator told the package
    "retrieve/aside.py": {"self._command"},
    "service/systemd.py": {"asked", "self._systemctl"},
}
_STARTERS = frozenset({"Popen", "run", "call", "check_call", "check_output", "start_suspended", "register"})


def _texts(message: Descriptor, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    if message.full_name in seen:
        return
    for field in message.fields:
        if field.message_type is not None:
            yield from _texts(field.message_type, seen | {message.full_name})
        elif field.type in {FieldDescriptor.TYPE_STRING, FieldDescriptor.TYPE_BYTES}:
            yield f"{message.name}.{field.name}"


def test_every_text_that_a_collector_can_send_is_known() -> None:
    services = [
        *telemetry_pb2.DESCRIPTOR.services_by_name.values(),
        *enrolment_pb2.DESCRIPTOR.services_by_name.values(),
    ]
    answers = [method.output_type for service in services for method in service.methods]

    assert {text for answer in answers for text in _texts(answer)} == SAID_BY_A_COLLECTOR.keys()


def _settings(kind: type, prefix: str = "") -> Iterator[str]:
    hints = typing.get_type_hints(kind)
    for one in dataclasses.fields(kind):
        if dataclasses.is_dataclass(hints[one.name]):
            yield from _settings(hints[one.name], f"{prefix}{one.name}.")
        elif _holds_text(hints[one.name]):
            yield prefix + one.name


def _holds_text(hint: Any) -> bool:
    return hint in {str, Path, bytes} or any(_holds_text(inner) for inner in typing.get_args(hint))


def test_every_text_that_can_be_configured_is_known() -> None:
    assert set(_settings(config.Config)) == CONFIGURED.keys()


def test_a_child_is_this_program_and_answers_a_fixed_list() -> None:
    assert CHILD[1:] == ("-I", "-m", "farmsight_agent.contexts.child")
    assert {*operations.OBSERVERS, *operations.FINDERS} <= {
        "whoami", "proxy", "retrieve", "endpoints", "chain", "select", "identity",
    }  # fmt: skip


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node


def _first(call: ast.Call, place: int) -> str:
    argument = call.args[place]
    return ast.unparse(argument.elts[0] if isinstance(argument, ast.List) else argument)


def _starts(file: Path) -> Mapping[str, ast.Call]:
    found = {}
    for name, call in _calls(ast.parse(file.read_text(encoding="utf-8"))):
        text = ast.unparse(call.func)
        if name in _STARTERS and text.startswith(("subprocess.", "process_creation.", "tasks.register")):
            found[_first(call, 1 if name in {"start_suspended", "register"} else 0)] = call
    return found


def test_processes_are_started_in_known_places_by_known_programs() -> None:
    found = {str(file.relative_to(AGENT)): set(_starts(file)) for file in sorted(AGENT.rglob("*.py"))}

    assert {name: programs for name, programs in found.items() if programs} == STARTED


def test_no_text_becomes_code() -> None:
    for file in AGENT.rglob("*.py"):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        names = {name for name, call in _calls(tree) if not isinstance(call.func, ast.Attribute)}
        assert not names & {"eval", "exec", "compile", "__import__"}, file
        modules = {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
        assert not modules & {"pickle", "marshal", "shelve", "code", "runpy"}, file
