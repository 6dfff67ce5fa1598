"""Whose settings were read, and that it was the agent which read them."""

from types import SimpleNamespace

import pytest

from farmsight_agent.hosts.host import Account
from farmsight_agent.probes.in_context import proof
from farmsight_wire.v1 import facts_pb2 as f

NETWORK_SERVICE = Account(context=f.CONTEXT_NETWORK_SERVICE, name="NT AUTHORITY\\NETWORK SERVICE", sid="S-1-5-20")
NGINX = Account(context=f.CONTEXT_PROXY_SERVICE, name="www-data", sid="uid:33", uid=33, gid=33)
GHOST = Account(context=f.CONTEXT_PROXY_SERVICE, name="ghost")


@pytest.mark.parametrize(
    ("platform", "account", "sid", "source"),
    [
        ("windows", NETWORK_SERVICE, "S-1-5-20", f.TOKEN_SOURCE_OWN_PROCESS),
        ("evidence", NETWORK_SERVICE, "S-1-5-20", f.TOKEN_SOURCE_EVIDENCE),
        ("linux", NGINX, "uid:33", f.TOKEN_SOURCE_OWN_PROCESS),
        ("linux", GHOST, "", f.TOKEN_SOURCE_EVIDENCE),
    ],
)
def test_settings_about_an_account_say_about_whom_and_who_read_them(platform, account, sid, source):
    told = proof(SimpleNamespace(platform=platform), account)

    assert (told.sid, told.account, told.token_source) == (sid, account.name, source)
