"""The child: becomes the account it is told to become, answers one request, then ends.

It is started by the agent as the agent, so that an interpreter which only the
agent's account can read does as well, imports what the operation needs, and
then gives up every right for good. The agent asks the kernel whether it did.
"""

import contextlib
import importlib
import json
import os
import sys
import threading
from hashlib import sha256
from typing import IO

from farmsight_agent.contexts import operations, protocol
from farmsight_agent.contexts.protocol import Become, ChildRequest, write_frame
from farmsight_agent.outcome import DeniedError, FailedError, NotObservedError
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import OUTCOME_NAMES


def main() -> int:
    """Answer the request on standard input; return 0 when an answer or a reason was given."""
    out = sys.stdout.buffer
    sys.stdout = sys.stderr  # a stray print must not break the frames
    request = ChildRequest.from_bytes(sys.stdin.buffer.readline(protocol.LARGEST_REQUEST))
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    try:
        _preload(request.op)
        _become(request.become)
        write_frame(out, protocol.PROOF, _proof().SerializeToString())
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


def _become(account: Become | None) -> None:
    """Turn into the account: groups first, the user last, none of it to be undone."""
    if account is None:
        return
    try:
        os.setgroups(account.groups)
        os.setresgid(account.gid, account.gid, account.gid)
        os.setresuid(account.uid, account.uid, account.uid)
    except OSError as error:
        raise DeniedError("not-become", f"uid {account.uid}: {error}") from error
    os.umask(0o077)


def _answer(request: ChildRequest, out: IO[bytes]) -> None:
    finder = operations.FINDERS.get(request.op)
    if finder is not None:
        write_frame(out, protocol.RESULT, json.dumps(finder(request)).encode())
        return
    operation = operations.OBSERVERS.get(request.op)
    if operation is None:
        raise FailedError("no-such-operation", request.op)

    def keep(data: bytes) -> bytes:
        if len(data) > request.blob_limit:
            return b""
        write_frame(out, protocol.BLOB, data)
        return sha256(data).digest()

    for fact, samples in operation(request, keep):
        write_frame(out, protocol.FACT, fact.SerializeToString(deterministic=True))
        for sample in samples:
            write_frame(out, protocol.SAMPLE, sample.SerializeToString())


def _refuse(out: IO[bytes], error: NotObservedError) -> None:
    said = {
        "outcome": OUTCOME_NAMES[error.outcome],
        "reason": error.reason,
        "detail": error.detail,
        "source": error.source,
    }
    write_frame(out, protocol.ERROR, json.dumps(said).encode())


def _end_with_the_parent() -> None:
    """End when standard input does: the agent is gone, nobody reads the answer."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os._exit(3)


def _proof() -> facts_pb2.ContextProof:
    import pwd  # noqa: PLC0415 - not there on Windows

    uid = os.geteuid()
    try:
        account = pwd.getpwuid(uid).pw_name
    except KeyError:
        account = ""
    return facts_pb2.ContextProof(sid=f"uid:{uid}", account=account, elevated=uid == 0)


if __name__ == "__main__":
    sys.exit(main())
