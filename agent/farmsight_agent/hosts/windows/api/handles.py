"""The type of what pywin32 closes by itself when nobody holds it any more."""

from typing import Any, TypeAlias

Handle: TypeAlias = Any  # a PyHANDLE; the stubs say so where one is returned, and int where one is taken
