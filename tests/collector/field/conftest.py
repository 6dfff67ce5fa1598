"""Each fault in a folder is looked for again with each thing in the folder not known, and in another order."""

from collections.abc import Generator

import pytest

from tests.fakes.asked_again import again, holds


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test, then ask every rule that found something again of its folder."""
    return (yield from again(pyfuncitem, holds))
