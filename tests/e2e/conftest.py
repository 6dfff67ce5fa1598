"""One lab for all end-to-end tests: real PKI, servers, collector and agents; scenarios are exchanged in it."""

from collections.abc import Iterator

import pytest

from farmsight_lab.harness import Lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with Lab(tmp_path_factory.mktemp("lab")) as running:
        running.up("healthy")
        yield running
