"""What several tests of the analysis share."""

from pathlib import Path

import pytest

from tests.fakes.stranger_look import Look


@pytest.fixture
def look(tmp_path: Path) -> Look:
    """Return what analyses a stranger's farm."""
    return Look(tmp_path)
