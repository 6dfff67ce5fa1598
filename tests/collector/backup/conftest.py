"""A collector's folder, set up and not serving."""

from pathlib import Path

import pytest

from tests.fakes.live_collector import initialise


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    initialise(folder)
    return folder
