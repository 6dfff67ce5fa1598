"""The files of a proxy's configuration, followed within bounds."""

import glob
from pathlib import Path
from typing import Final

from farmsight_agent.hosts.linux import files
from farmsight_agent.outcome import FailedError

MAX_FILES: Final = 500
MAX_DEPTH: Final = 10


class Reader:
    """Reads configuration files below a root, counting them."""

    def __init__(self, root: Path) -> None:
        """Take the root that absolute paths start at."""
        self._root = root
        self._count = 0

    def path(self, name: str, folder: Path) -> Path:
        """Return where a name in the configuration points to."""
        return self._root / name.lstrip("/") if name.startswith("/") else folder / name

    def text(self, path: Path) -> str:
        """Return a file's text; raises FailedError when there are too many."""
        self._count += 1
        if self._count > MAX_FILES:
            raise FailedError("too-many-files", f"more than {MAX_FILES} included files", source=str(path))
        return files.text(path)

    def matching(self, pattern: str, folder: Path) -> list[Path]:
        """Return the files an include pattern names, sorted as the proxies do."""
        found = glob.glob(str(self.path(pattern, folder)))  # noqa: PTH207 - Path.glob takes no absolute pattern
        return [Path(name) for name in sorted(found)[: MAX_FILES + 1]]
