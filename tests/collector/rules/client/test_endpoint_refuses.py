"""A certificate endpoint that answers at once is named."""

import pytest

from farmsight_collector.rules.client.endpoint_refuses import RULE
from farmsight_wire.v1 import facts_pb2 as pb
from tests.fakes.adfs_farms import ADDRESSES, WAPS, cannot_tell, endpoint, endpoint_key, fires, healthy, silent
from tests.fakes.farms import FARM

PATH = "/adfs/services/trust/2005/certificatetransport"


def look(plan, **changed):
    seen = endpoint(FARM, 49443, ADDRESSES["WAP01"], path=PATH, asks=True, **changed)
    plan.put("OUT01", endpoint_key(seen), seen)
    return seen


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_answer_that_says_not_here_is_named(status):
    plan = healthy()
    look(plan, status=status)
    fires(RULE, plan, "WAP01", subject=f"{FARM}:49443{PATH}")


def test_a_reset_is_named():
    plan = healthy()
    look(plan, http=pb.HTTP_OUTCOME_RESET, status=0)
    fires(RULE, plan, "WAP01")


def test_a_handshake_broken_off_is_named():
    plan = healthy()
    seen = pb.TlsEndpoint(name=FARM, port=49443, path=PATH, address=ADDRESSES["WAP01"], tcp=pb.TCP_OUTCOME_CONNECTED)
    seen.handshakes.add(version_tried="TLSv1.2", with_sni=True, outcome=pb.TLS_OUTCOME_RESET)
    plan.put("OUT01", endpoint_key(seen), seen)
    fires(RULE, plan, "WAP01")


@pytest.mark.parametrize("status", [200, 400, 403])
def test_answers_of_a_sound_endpoint_are_left_alone(status):
    plan = healthy()
    look(plan, status=status)
    silent(RULE, plan)


def test_a_server_that_insists_on_a_certificate_is_reachable():
    plan = healthy()
    seen = pb.TlsEndpoint(name=FARM, port=49443, path=PATH, address=ADDRESSES["WAP01"], tcp=pb.TCP_OUTCOME_CONNECTED)
    seen.handshakes.add(version_tried="TLSv1.2", with_sni=True, outcome=pb.TLS_OUTCOME_ALERT, alert=116,
                        client_certificate=pb.CLIENT_CERTIFICATE_REQUEST_REQUIRED)  # fmt: skip
    plan.put("OUT01", endpoint_key(seen), seen)
    silent(RULE, plan)


def test_when_nobody_could_look_there_is_no_telling():
    plan = healthy()
    plan.lose(("OUT01", *WAPS), "tls-endpoint")
    cannot_tell(RULE, plan)
