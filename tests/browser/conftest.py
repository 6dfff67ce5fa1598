"""What the browser tests stand on: a collector of the lab's farm, and people who look at it.

    def test_a_view(visit):
        anna = visit("viewer")                       # signs in; dark=True, width=760
        page = anna.of_farm("/changes")
        expect(page.get_by_role("heading", level=1)).to_have_text("Changes")

Whatever the console says, the policy refuses or another host is asked for
fails the test when it ends; `anna.expected.append(PATTERN)` lets one through.
"""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser

from tests.fakes.browsing import Visit, chromium, signed_in
from tests.fakes.chromium import program
from tests.fakes.lab_farms import LabFarm, lab_farm


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LabFarm]:
    program()  # without a browser nothing is made
    with lab_farm(tmp_path_factory.mktemp("farm")) as made:
        yield made


# Not for the whole session: while Playwright runs, no asyncio test can.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture
def visit(browser: Browser, farm: LabFarm) -> Iterator[Callable[..., Visit]]:
    visits: list[Visit] = []

    def come(role: str = "admin", **looks: object) -> Visit:
        visits.append(signed_in(browser, farm, role, **looks))  # type: ignore[arg-type]
        return visits[-1]

    yield come
    for one in visits:
        one.context.close()
    for one in visits:
        one.complain()
