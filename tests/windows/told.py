"""What the working code tells under Wine, as values a test compares."""

import json
from typing import Any, Final

from tests.windows.bed.wine_host import WineHost

_CODE: Final = """
import importlib, json, sys
from google.protobuf.json_format import MessageToDict
from farmsight_agent.outcome import NotObservedError
told = {}
for call in sys.argv[1:]:
    module, function = call.split(":")
    try:
        seen = getattr(importlib.import_module("farmsight_agent.hosts.windows." + module), function)()
        values = [MessageToDict(one, preserving_proto_field_name=True) for one in seen.values]
        told[call] = {"source": seen.source, "values": values}
    except NotObservedError as error:
        told[call] = {"error": type(error).__name__, "reason": error.reason, "detail": error.detail}
print(json.dumps(told))
"""


def told(host: WineHost, *calls: str) -> Any:
    """Return what functions of the agent's Windows side tell, each "module:function": its answer or its error."""
    answers = json.loads(host.code(_CODE, *calls))
    return answers[calls[0]] if len(calls) == 1 else answers
