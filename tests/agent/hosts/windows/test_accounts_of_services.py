"""From what services are set to run as to one account a context."""

import pytest

from farmsight_agent.hosts.host import Account
from farmsight_agent.hosts.windows.accounts_and_services.accounts_of_services import contexts, with_own
from farmsight_wire.v1 import facts_pb2
from farmsight_wire.v1.vocabulary import CONTEXT_NAMES

GMSA = ("CONTOSO\\adfs$", "S-1-5-21-1-2-3-1104")
USER = ("svc-proxy@contoso.com", "S-1-5-21-1-2-3-1105")
NETWORK = ("NT AUTHORITY\\NetworkService", "S-1-5-20")
SYSTEM = ("LocalSystem", "S-1-5-18")
NOT_KNOWN = ("CONTOSO\\gone", "")


def told(services):
    return {CONTEXT_NAMES[one.context]: (one.sid, one.service) for one in contexts(services)}


ALWAYS = {"system": ("S-1-5-18", ""), "network-service": ("S-1-5-20", "")}


@pytest.mark.parametrize(
    ("services", "added"),
    [
        ({}, {}),
        ({"adfssrv": GMSA}, {"adfs-service": (GMSA[1], "adfssrv")}),
        ({"adfssrv": NETWORK}, {"network-service": ("S-1-5-20", "adfssrv")}),
        ({"adfssrv": NETWORK, "appproxysvc": NETWORK}, {"network-service": ("S-1-5-20", "adfssrv")}),
        ({"appproxysvc": NETWORK}, {"network-service": ("S-1-5-20", "appproxysvc")}),
        ({"adfssrv": NETWORK, "appproxysvc": USER},
         {"network-service": ("S-1-5-20", "adfssrv"), "proxy-service": (USER[1], "appproxysvc")}),
        ({"adfssrv": SYSTEM}, {}),
        ({"adfssrv": NOT_KNOWN}, {"adfs-service": ("", "adfssrv")}),
        ({"adfssrv": ("", "")}, {}),
    ],
)  # fmt: skip
def test_each_context_that_exists_has_one_account(services, added):
    assert told(services) == ALWAYS | added


def test_names_are_those_of_the_collection_script():
    names = {CONTEXT_NAMES[one.context]: one.name for one in contexts({"adfssrv": GMSA})}

    assert names == {
        "system": "NT AUTHORITY\\SYSTEM",
        "adfs-service": "CONTOSO\\adfs$",
        "network-service": "NT AUTHORITY\\NETWORK SERVICE",
    }


@pytest.mark.parametrize(
    ("sid", "context"),
    [
        ("S-1-5-21-1-2-3-500", "caller"),  # an administrator, in the foreground
        ("S-1-5-18", "system"),  # as a service
        (GMSA[1], "adfs-service"),
        ("S-1-5-20", "network-service"),
    ],
)
def test_the_agents_own_account_is_the_callers_where_no_service_has_it(sid, context):
    own = Account(context=facts_pb2.CONTEXT_CALLER, name="CONTOSO\\anna", sid=sid)

    found = with_own(contexts({"adfssrv": GMSA}), own)

    assert [CONTEXT_NAMES[one.context] for one in found if one.sid == sid] == [context]
    assert [CONTEXT_NAMES[one.context] for one in found][:3] == ["system", "adfs-service", "network-service"]
