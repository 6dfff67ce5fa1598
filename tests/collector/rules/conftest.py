"""Every farm that a rule's own test makes is asked again with each thing in it not known, and in another order."""

from collections.abc import Generator

import pytest

from tests.fakes.asked_again import again
from tests.fakes.erring_rules import code_of


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """Run the test, then ask its rule again of each of its farms."""
    code = code_of(pyfuncitem.path)
    return (yield from again(pyfuncitem, lambda rule, _: rule.code == code))
