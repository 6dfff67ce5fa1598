"""A user's certificate that was handed in with one server's evidence, on a farm that is well.

world = with_user(given(user_principal_names=[]))
"""

from datetime import datetime

from farmsight_wire.v1 import facts_pb2
from tests.fakes.farms import fact
from tests.fakes.pki import CLIENT_AUTH, ISSUING, Made, World, make, summary

ADA = make("Ada Lovelace", ISSUING, ca=None, usages=(CLIENT_AUTH,))
SUBJECT = ADA.subject


def given(made: Made = ADA, **changed: object) -> facts_pb2.Fact:
    """Return what an agent reports of a certificate that was handed in, all well unless changed."""
    value = facts_pb2.GivenCertificate(
        certificate=summary(made),
        user_principal_names=["ada@contoso.com"],
        extended_key_usages=[CLIENT_AUTH.dotted_string],
        extended_key_usage_present=facts_pb2.TRISTATE_YES,
        sid_extension=facts_pb2.TRISTATE_YES,
        account_sid="S-1-5-21-1-2-3-1105",
        subject_alternative_names_seen=True,
    )
    for name, content in changed.items():
        if name in ("not_before", "not_after"):
            assert isinstance(content, datetime)
            getattr(value.certificate, name).FromDatetime(content)
        elif isinstance(content, list):
            value.ClearField(name)  # type: ignore[arg-type]
            getattr(value, name).extend(content)
        else:
            setattr(value, name, content)
    return fact(value, made.sha1)


def domain(name: str, verified: facts_pb2.Tristate.ValueType, **fields: object) -> facts_pb2.Fact:
    """Return a domain of the tenant."""
    return fact(facts_pb2.EntraDomain(name=name, verified=verified, **fields), name)  # type: ignore[arg-type]


def with_user(*facts: facts_pb2.Fact, made: Made = ADA, server: str = "STS01") -> World:
    """Return a farm that is well, with these facts on one server."""
    world = World().put(server, *facts)
    world.blobs.append(made.der)
    return world
