"""The child: becomes the account it is told to become, answers one request, then ends.

On a POSIX system it is started by the agent as the agent, so that an
interpreter which only the agent's account can read does as well, imports what
the operation needs, and then gives up every right for good. On Windows it is
started as the account. Either way the agent asks the system who it is.
"""

import importlib
import json
import os
import sys
import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import IO, Final

from farmsight_agent.contexts import operations, protocol
from farmsight_agent.contexts.child_process import THROUGH_PIPES
from farmsight_agent.contexts.protocol import ChildRequest, write_frame
from farmsight_agent.outcome import FailedError, NotObservedError
from farmsight_wire.v1.vocabulary import OUTCOME_NAMES

if sys.platform == "win32":  # each stands on modules that only its own system has
    from farmsight_agent.contexts.windows.being import become, proof, speak_through, wait_for_the_parents_end
else:
    from farmsight_agent.contexts.posix.becoming import become, proof, wait_for_the_parents_end

_LONGEST_DETAIL: Final = 2000  # the agent takes no more


def main(arguments: Sequence[str] = ()) -> int:
    """Answer the request on standard input; return 0 when an answer or a reason was given."""
    if sys.platform == "win32" and arguments[:1] == [THROUGH_PIPES]:
        speak_through(arguments[1])
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not break the frames
    request = ChildRequest.from_bytes(sys.stdin.buffer.readline(protocol.LARGEST_REQUEST))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        _preload(request.op)
        become(request.become)
        write_frame(out, protocol.PROOF, proof().SerializeToString())
        _answer(request, out)
    except NotObservedError as error:
        _refuse(out, error)
    except Exception as error:  # whatever it was, the parent is told, not left to guess
        _refuse(out, FailedError("child-failed", f"{type(error).__name__}: {error}"))
    else:
        write_frame(out, protocol.DONE)
    return 0


def _preload(op: str) -> None:
    """Import what can't be imported any more once the rights are gone."""
    for name in operations.IMPORTED_BEFORE.get(op, ()):
        importlib.import_module(name)


def _answer(request: ChildRequest, out: IO[bytes]) -> None:
    finder = operations.FINDERS.get(request.op)
    if finder is not None:
        write_frame(out, protocol.RESULT, json.dumps(finder(request)).encode())
        return
    observer = operations.OBSERVERS.get(request.op)
    if observer is None:
        raise FailedError("no-such-operation", request.op)

    def keep(data: bytes) -> bytes:
        if len(data) > request.blob_limit:
            return b""
        write_frame(out, protocol.BLOB, data)
        return sha256(data).digest()

    for fact, samples in observer.look(request, keep):
        write_frame(out, protocol.FACT, fact.SerializeToString(deterministic=True))
        for sample in samples:
            write_frame(out, protocol.SAMPLE, sample.SerializeToString())


def _refuse(out: IO[bytes], error: NotObservedError) -> None:
    said = {
        "outcome": OUTCOME_NAMES[error.outcome],
        "reason": error.reason,
        "detail": error.detail[:_LONGEST_DETAIL],
        "source": error.source,
    }
    write_frame(out, protocol.ERROR, json.dumps(said).encode())


def _end_with_the_parent() -> None:
    wait_for_the_parents_end()
    os._exit(3)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
