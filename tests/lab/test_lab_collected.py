"""What `farmsight-agent collect` writes leads to the findings that its own evidence leads to."""

import json
from pathlib import Path

import pytest

from farmsight_agent import cli as agent
from farmsight_collector.cli import main as farmsight

ROLES = {"STS": "adfs", "WAP": "wap"}


def findings(capsys, *paths: Path) -> list[tuple[object, ...]]:
    capsys.readouterr()
    assert farmsight.main(["analyze", *map(str, paths), "--json", "--fail-on", "never"]) == 0
    document = json.loads(capsys.readouterr().out)
    return sorted(
        (one["code"], one["subject"], *one["servers"], *one["contexts"], one["severity"])
        for one in document["findings"]
    )


@pytest.mark.parametrize("scenario", ["demo", "sync-failed"])
@pytest.mark.parametrize("name", ["{}.json", "{}.zip"])
def test_a_collected_file_says_what_its_evidence_said(tmp_path, capsys, scenario, name):
    evidence, collected = tmp_path / "evidence", tmp_path / "collected"
    collected.mkdir()
    assert farmsight.main(["lab", "evidence", "--scenario", scenario, "--to", str(evidence), "--form", "script"]) == 0
    for server in evidence.iterdir():
        code = agent.main(
            [
                "collect", "--evidence", str(server), "--role", ROLES[server.name[:3]], "--name", server.name,
                "--output", str(collected / name.format(server.name)), "--state-dir", str(tmp_path / "state"),
            ]
        )  # fmt: skip
        assert code == 0

    first = findings(capsys, evidence)
    assert first
    assert findings(capsys, *sorted(collected.iterdir())) == first
