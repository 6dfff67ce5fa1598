"""Accounts of a Linux machine: this process's own, and those that the configuration names."""

import os
import pwd

from farmsight_agent.hosts.host import Account
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_BY_NAME


def own() -> Account:
    """Return the account that this process runs as, as the caller."""
    uid = os.geteuid()
    try:
        name = pwd.getpwuid(uid).pw_name
    except KeyError:
        name = str(uid)
    return Account(context=facts_pb2.CONTEXT_CALLER, name=name, sid=f"uid:{uid}", uid=uid, gid=os.getegid())


def configured(context: str, name: str) -> Account:
    """Return an account; one that does not exist here has no uid, and can't be entered."""
    try:
        entry = pwd.getpwuid(int(name)) if name.isdigit() else pwd.getpwnam(name)
    except KeyError:
        return Account(context=CONTEXT_BY_NAME[context], name=name)
    sid = f"uid:{entry.pw_uid}"
    return Account(context=CONTEXT_BY_NAME[context], name=name, sid=sid, uid=entry.pw_uid, gid=entry.pw_gid)
