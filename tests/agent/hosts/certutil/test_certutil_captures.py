"""Real outputs of certutil, with their real flaws, read as a person would read them."""

import importlib.util
import json
from pathlib import Path

import pytest

_spec = importlib.util.spec_from_file_location("golden_of_certutil", Path(__file__).with_name("golden.py"))
golden = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(golden)


@pytest.mark.parametrize("path", golden.captures(), ids=lambda path: path.stem)
def test_an_output_of_certutil_says_what_it_says(path):
    assert golden.seen(path) == json.loads(golden.expectation(path).read_text())


def test_every_capture_is_told_about():
    told = (golden.VECTORS / "README.md").read_text()

    assert [path.stem for path in golden.captures() if path.stem not in told] == []
