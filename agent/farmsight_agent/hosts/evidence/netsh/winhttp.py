"""`netsh winhttp show proxy`, in any display language.

A line with a value behind its colon names the proxy, the next one the bypass
list (in brackets when there is none); a heading and one line without a value
say that the way is direct.
"""

import re
from typing import Final

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.netsh import labelled
from farmsight_agent.hosts.host import Seen
from farmsight_agent.outcome import FailedError
from farmsight_wire.v1 import facts_pb2

_NONE: Final = re.compile(r"[(\uff08].*[)\uff09]")
_PROXY: Final = re.compile(r"[\w.\-=;:/\[\] ,]+")


def parse(file: Text) -> Seen[facts_pb2.ProxySetting]:
    """Return the machine's WinHTTP setting; raises FailedError on a text not understood."""
    lines = [(n, line) for n, line in enumerate(file.text.splitlines(), 1) if line.strip()]
    parted = [(n, line, labelled.split(line)) for n, line in lines]
    is_heading = (part is not None and not part[1] and not line[0].isspace() for _, line, part in parted)
    heading = next((at for at, found in enumerate(is_heading) if found), None)
    below = parted[heading + 1 :] if heading is not None else []
    if not below:
        raise FailedError("not-understood", f"{file.name}: no proxy setting", source=file.at(1))
    number = below[0][0]
    indented = [part for _, line, part in below if line[0].isspace()]
    values = [part[1] for part in indented if part is not None and part[1]]
    if not values and len(indented) != 1:  # a text of another kind must not say that the way is direct
        raise FailedError("not-understood", f"{file.name}: no proxy setting", source=file.at(number))
    if values and _PROXY.fullmatch(values[0]) is None:
        raise FailedError("not-understood", f"{file.name}:{number}: {values[0][:80]!r}", source=file.at(number))
    setting = facts_pb2.ProxySetting(proxy_source=facts_pb2.PROXY_SOURCE_WINHTTP, direct=not values)
    if values:
        setting.proxy = values[0]
        listed = values[1] if len(values) > 1 and not _NONE.fullmatch(values[1]) else ""
        setting.bypass.extend(one.strip() for one in listed.split(";") if one.strip())
    return Seen(values=(setting,), source=f"evidence:{file.name}", lines=(file.at(number),))
