"""Which updates are installed, from the keys that component based servicing keeps.

A key is named Package_for_KB3172614~31bf3856ad364e35~amd64~~6.3.1.4 or, for the cumulative updates since 2016,
Package_for_RollupFix~31bf3856ad364e35~amd64~~20348.2031.1.7. Sources: "Determine which Windows packages are
installed" and field reports of the states [belief: 0x70 is "installed"; the numbers are in no reference].
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

PACKAGES: Final = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\Packages"
STATE: Final = "CurrentState"
INSTALLED: Final = 0x70
MAX_LOOKED: Final = 5000
MAX_TOLD: Final = 1000

_PACKAGE: Final = re.compile(
    r"Package_for_(?:(?P<kb>KB\d{6,8})|RollupFix)(?:_[^~]*)?~[^~]*~[^~]*~[^~]*~(?P<version>[\d.]{1,40})",
    re.IGNORECASE,
)


def updates(packages: Iterable[str], state: Callable[[str], object]) -> list[str]:
    """Return the KB numbers of installed packages, and the newest cumulative update as `RollupFix VERSION`.

    `state` returns the CurrentState of a package. Only keys of updates are
    asked about, MAX_LOOKED of them; of more than MAX_TOLD numbers the
    highest are returned.
    """
    numbers: set[int] = set()
    newest: tuple[int, ...] = ()
    matches = [match for match in map(_PACKAGE.fullmatch, packages) if match]
    for match in matches[:MAX_LOOKED]:
        if state(match[0]) != INSTALLED:
            continue
        if match["kb"]:
            numbers.add(int(match["kb"][2:]))
        else:
            newest = max(newest, tuple(int(part or 0) for part in match["version"].split(".")))
    told = [f"KB{number}" for number in sorted(numbers)[-MAX_TOLD:]]
    return [*told, f"RollupFix {'.'.join(map(str, newest))}"] if newest else told
