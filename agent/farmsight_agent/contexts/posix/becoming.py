"""In the child on a POSIX system: it turns into the account for good, and says who it is."""

import contextlib
import os
import sys

from farmsight_agent.contexts.protocol import Become
from farmsight_agent.outcome import DeniedError
from farmsight_wire.v1 import facts_pb2

assert sys.platform != "win32"  # uids are there only


def become(account: Become | None) -> None:
    """Turn into the account: groups first, the user last, none of it to be undone. Raises DeniedError."""
    if account is None:
        return
    try:
        os.setgroups(account.groups)
        os.setresgid(account.gid, account.gid, account.gid)
        os.setresuid(account.uid, account.uid, account.uid)
    except OSError as error:
        raise DeniedError("not-become", f"uid {account.uid}: {error}") from error
    os.umask(0o077)


def proof() -> facts_pb2.ContextProof:
    """Return who this process is."""
    uid = os.geteuid()
    return facts_pb2.ContextProof(sid=f"uid:{uid}", elevated=uid == 0)


def wait_for_the_parents_end() -> None:
    """Return when standard input ends: the agent is gone, nobody reads the answer."""
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
