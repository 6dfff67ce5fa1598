"""docs/sample-evidence is what the lab writes, byte for byte, and what its README says of it is so."""

import shlex
from pathlib import Path

import pytest

from farmsight_lab.cli import main
from farmsight_lab.scenario import load

SAMPLE = Path(__file__).parents[2] / "docs/sample-evidence"
README = (SAMPLE / "README.md").read_text(encoding="utf-8")


def command():
    """Return the command that the README gives."""
    text = README[README.index("farmsight lab evidence") :].partition("\n\n")[0]
    return shlex.split(text.replace("\\\n", " "))


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name != "README.md"
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    words = command()
    words[words.index("--to") + 1] = str(folder)
    assert main(words[2:]) == 0
    return files(folder)


def test_the_sample_is_what_its_command_writes(made):
    committed = files(SAMPLE)

    assert set(committed) == set(made)
    stale = [name for name, data in made.items() if committed[name] != data]
    assert stale == [], "docs/sample-evidence is stale: run the command in its README"


def test_the_sample_is_small_and_holds_no_key():
    assert sum(map(len, files(SAMPLE).values())) < 400_000
    assert not [name for name, data in files(SAMPLE).items() if b"PRIVATE KEY" in data]


def test_its_readme_speaks_of_every_planted_fault():
    wrong = README[README.index("## What is wrong") : README.index("## How it was made")]

    rows = [line for line in wrong.splitlines() if line.startswith(("| WAP", "| STS"))]
    assert len(rows) == len(load("sample").faults)


def test_the_texts_differ_as_the_readme_says():
    assert (SAMPLE / "STS02/STS02_49443.txt").read_bytes().startswith(b"\xff\xfe")
    assert "Abhören" in (SAMPLE / "WAP02/WAP02_49443.txt").read_bytes().decode("cp850")
    assert b"Reserved URL" in (SAMPLE / "WAP01/WAP01_49443.txt").read_bytes()
    assert "CN=Contoso Issuing CA 1" not in (SAMPLE / "WAP02/WAP02_store_ca.txt").read_bytes().decode("cp850")
