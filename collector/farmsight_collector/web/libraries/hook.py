"""The build's step that gets the libraries for browsers; hatchling loads this file by its path.

An install must not fail for it: agents need none of them, and pages work
without, but for charts and live renewal, and say so.
"""

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_FETCH = Path(__file__).with_name("fetch.py")


def _fetching() -> ModuleType:
    found = importlib.util.spec_from_file_location("farmsight_fetch_libraries", _FETCH)
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


class LibrariesHook(BuildHookInterface):  # type: ignore[misc,type-arg,unused-ignore]
    """Runs before a wheel or an editable install is made."""

    def dependencies(self) -> list[str]:
        """Return what the step needs: Node.js, only where this machine has no npm."""
        fetching = _fetching()
        here = fetching.is_there() or fetching.npm_of_the_machine() is not None
        return [] if here else [fetching.NODE]

    def initialize(self, _version: str, _build_data: dict[str, Any]) -> None:
        """Get the libraries, or say what is missing."""
        fetching = _fetching()
        try:
            fetching.fetch()
        except fetching.FetchError as error:
            self.app.display_warning(f"farmsight: the web page will have no charts and not renew itself: {error}")
