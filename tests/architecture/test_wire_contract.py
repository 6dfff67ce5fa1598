"""The contract is whole: generated code is fresh, the words and the messages agree."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from farmsight_wire.v1 import facts_pb2, operation_pb2, query_pb2, telemetry_pb2
from farmsight_wire.v1 import vocabulary as words

ROOT = Path(__file__).parents[2]
SECRETS = ("private_key", "password", "passphrase", "secret", "command_line", "script")


def test_generated_code_is_what_the_protos_generate(tmp_path: Path) -> None:
    """Regenerating changes nothing."""
    shutil.copytree(ROOT / "proto", tmp_path / "proto")
    bin_folder = Path(sys.executable).parent
    subprocess.run(
        ["sh", "proto/generate.sh"],
        cwd=tmp_path,
        check=True,
        env={"PATH": f"{bin_folder}:/usr/bin:/bin"},
        capture_output=True,
    )

    for made in sorted((tmp_path / "proto/farmsight_wire/v1").glob("*_pb2*")):
        committed = ROOT / "proto/farmsight_wire/v1" / made.name
        assert committed.read_text() == made.read_text(), f"{made.name} is stale: run 'make wire'"


def test_every_kind_of_fact_has_one_message_and_one_probe() -> None:
    """The oneof and the vocabulary name the same kinds."""
    fields = {field.name for field in facts_pb2.Fact.DESCRIPTOR.oneofs_by_name["value"].fields}

    assert {kind.field for kind in words.KINDS} == fields
    assert len({kind.name for kind in words.KINDS}) == len(words.KINDS)


def test_contexts_outcomes_and_purposes_are_all_named() -> None:
    """No enum value of the contract is without its word."""
    assert set(words.CONTEXT_NAMES) == set(facts_pb2.Context.values())
    assert set(words.OUTCOME_NAMES) == set(telemetry_pb2.ProbeOutcome.values()) - {0}
    assert set(words.PURPOSE_NAMES) == set(facts_pb2.RetrievalPurpose.values()) - {0}


@pytest.mark.parametrize("module", [facts_pb2, telemetry_pb2, query_pb2, operation_pb2])
def test_no_field_can_carry_a_secret_or_a_command(module: object) -> None:
    """Private keys, passwords and commands are not representable; remedies are text for people."""
    for message in module.DESCRIPTOR.message_types_by_name.values():  # type: ignore[attr-defined]
        for field in message.fields:
            if field.name == "has_private_key":
                continue
            assert not any(word in field.name for word in SECRETS), f"{message.name}.{field.name}"


def test_a_collector_can_ask_an_agent_for_cadence_data_and_pace_only() -> None:
    """What goes to the agent is a closed list; nothing of it runs anything."""
    frames = {field.name for field in telemetry_pb2.StreamResponse.DESCRIPTOR.oneofs_by_name["frame"].fields}

    assert frames == {"welcome", "ack", "want_blobs", "want_snapshot", "cadence", "pace", "refused"}


def test_every_enum_begins_with_unspecified() -> None:
    """A value that was not set never means something."""
    for module in (facts_pb2, telemetry_pb2, query_pb2, operation_pb2):
        for enum in module.DESCRIPTOR.enum_types_by_name.values():
            assert enum.values_by_number[0].name.endswith("_UNSPECIFIED")
