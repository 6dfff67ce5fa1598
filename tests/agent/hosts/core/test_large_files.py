"""Large files: documents may be, what commands print is not, and none takes memory or time out of proportion."""

import json
import time
import tracemalloc

import pytest

from farmsight_agent.evidence import open_evidence
from farmsight_agent.hosts.evidence.intake.entries import EvidenceFile
from farmsight_agent.hosts.evidence.intake.limits import IntakeLimits
from farmsight_agent.hosts.evidence.reads import read

LIMITS = IntakeLimits(max_text_bytes=20_000)
SERVICES = json.dumps({"Services": [{"Name": "adfssrv", "DisplayName": "x" * 30_000}], "Stores": ["ROOT"]})


def seen(name, data, limits=LIMITS):
    return read(EvidenceFile(name=name, size=len(data), modified=None, state=(), reader=lambda _limit: data), limits)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_a_document_may_be_larger_than_what_commands_print(encoding):
    found = seen("WAP01_host.json", SERVICES.encode(encoding))
    assert [one.form for one in found.pieces] == ["sections"]
    assert [one.trouble for one in found.pieces] == [None]


@pytest.mark.parametrize("prompt", ["[WAP01]: PS C:\\> Get-AdfsProperties", "[wap01.contoso.com]: PS>"])
def test_a_session_on_another_machine_is_no_document_though_it_begins_with_a_bracket(prompt):
    found = seen("session.txt", f"{prompt}\r\n".encode() * 2_000)
    assert [one.reason for one in found.leftovers] == ["too-large"]


def test_a_document_of_nothing_but_brackets_is_refused_before_it_fills_memory():
    hostile = b"[" + b"{}," * 2_000_000 + b"{}]"
    tracemalloc.start()
    began = time.process_time()
    found = seen("WAP01_host.json", hostile, IntakeLimits())
    took, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert [one.form for one in found.pieces] == ["sections"]  # its name promises it; its reader says what is wrong
    assert peak < 10 * len(hostile)
    assert took < 10


def test_a_long_history_of_large_documents_takes_no_more_memory_than_a_short_one(tmp_path):
    def peak(rounds):
        for number in range(1, rounds + 1):
            stamp = f"2026-10-{number:02}T10:00:00Z"
            folder = tmp_path / str(rounds) / f"farmsight-WAP01-{stamp.replace('-', '').replace(':', '')}"
            folder.mkdir(parents=True)
            notes = [{"Note": number} for number in range(10_000)]
            document = {"Services": [{"Name": "appproxysvc"}], "CollectedAt": stamp, "Notes": notes}
            (folder / "WAP01_host.json").write_text(json.dumps(document))
        tracemalloc.start()
        found = open_evidence([tmp_path / str(rounds)])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert [len(one.rounds) for one in found.servers] == [rounds]
        assert found.servers[0].role.role == "wap"
        return most

    peak(1)  # what is loaded and remembered once is no part of it
    few, many = peak(2), peak(12)
    assert many < 1.5 * few
