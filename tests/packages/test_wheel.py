"""The wheel as `pipx install` takes it: an agent, whole, that needs nothing of the collector."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from farmsight_deb import package
from farmsight_packaging.building import BuildError

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    try:
        return package.wheel(tmp_path_factory.mktemp("wheel"))
    except BuildError as error:
        pytest.skip(f"no wheel was built: {str(error)[-300:]}")


def test_it_holds_every_package_whatever_lies_below_build(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {"farmsight_agent", "farmsight_wire", "farmsight_collector", "farmsight_lab"} <= names


def test_an_install_without_extras_is_an_agent_that_works_and_a_collector_that_says_what_is_missing(
    wheel: Path, tmp_path: Path
) -> None:
    uv, venv = package.uv(), tmp_path / "venv"
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, str(venv)], check=True, timeout=60)
    installed = subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", str(venv / "bin/python"), str(wheel)],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    if installed.returncode:
        pytest.skip(f"the wheel was not installed: {installed.stderr[-300:]}")
    assert not list(venv.glob("lib/*/site-packages/sqlalchemy"))

    def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(venv / "bin" / program), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path)

    evidence = ROOT / "docs/sample-evidence/WAP01"
    collected = run("farmsight-agent", "collect", "--evidence", str(evidence), "--role", "wap", "--name", "WAP01")
    assert collected.returncode == 0, collected.stderr
    assert "store-certificate" in collected.stdout
    for program in ("farmsight", "farmsight-collector"):
        asked = run(program, "status")
        assert asked.returncode == 2
        assert "this is an agent's install" in asked.stderr
        assert "farmsight[collector]" in asked.stderr
