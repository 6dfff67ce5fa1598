"""The registry keys that certificate stores lie in: what CryptoAPI passes over in silence, and where it can't look.

CryptoAPI shows no element that it can't decode, and says nothing of it. Its
key is there all the same, so each key that no element answers to is read.
"""

import sys
from collections.abc import Container
from typing import Final

from farmsight_agent.hosts.windows.api import registry
from farmsight_agent.hosts.windows.stores import store_blobs
from farmsight_agent.hosts.windows.stores.store_elements import MOST_BYTES, MOST_ELEMENTS, Element, Kind
from farmsight_agent.hosts.windows.stores.store_places import Hive, Place
from farmsight_agent.outcome import FailedError

assert sys.platform == "win32"  # what it stands on is there only

_NO_CHARACTER: Final = "\N{REPLACEMENT CHARACTER}"  # in place of what is none in a key's name
_HIVES: Final = {Hive.MACHINE: registry.LOCAL_MACHINE, Hive.USERS: registry.USERS}


def elements(place: Place, kind: Kind, known: Container[str] = ()) -> list[Element]:
    """Return the elements of a place whose key is not a known thumbprint (lower-case hex).

    Raises DeniedError where a key may not be read, FailedError past a limit.
    """
    hive, path = _HIVES[place.hive], rf"{place.key}\{kind.value}"
    wanted = [name for name in registry.subkeys(hive, path) if name.lower() not in known]
    if len(wanted) > MOST_ELEMENTS:
        detail = f"{path}: {len(wanted)} elements, the limit is {MOST_ELEMENTS}"
        raise FailedError("store-too-large", detail, source="registry")
    found: list[Element] = []
    size = 0
    for name in wanted:
        blob = registry.value(hive, rf"{path}\{name}", "Blob")
        if blob is None and _NO_CHARACTER not in name and not registry.exists(hive, rf"{path}\{name}"):
            continue  # removed since it was listed, and no name that can't be said
        one = store_blobs.read(kind, name, blob if isinstance(blob, bytes) else b"")
        size += len(one.data or b"")
        if size > MOST_BYTES:
            raise FailedError("store-too-large", f"{path}: more than {MOST_BYTES} bytes", source="registry")
        if one.sha1 not in known:
            found.append(one)
    return found
