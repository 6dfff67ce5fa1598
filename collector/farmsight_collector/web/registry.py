"""Every page, part and action, in the order of the navigation."""

from typing import Final

from farmsight_collector.web.page import Action, Page, Part

PAGES: Final[tuple[Page, ...]] = ()
PARTS: Final[tuple[Part, ...]] = ()
ACTIONS: Final[tuple[Action, ...]] = ()
