"""How servers become agents, stay agents, and stop being agents."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from farmsight_collector.cli.collector import main
from farmsight_collector.identity import tokens
from farmsight_collector.store import agents, audit
from farmsight_wire.v1 import enrolment_pb2
from tests.fakes.agents import Identity, chain_pem, csr_of, enrol, enrolment_stub, new_key, renew
from tests.fakes.live_collector import FARM, Running, running


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    with running(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call()
    return refused.value.code(), refused.value.details()


def knock(collector: Running, token: str, name: str = "WAP01", csr: bytes | None = None) -> Identity:
    return enrol(collector.addresses["enrolment"], collector.ca_pem, token, name, csr)


def agent_in(collector: Running, agent_id: str) -> agents.AgentRow:
    with collector.store.read() as connection:
        found = agents.agent_by_id(connection, agent_id)
    assert found is not None
    return found


def actions(collector: Running, target: str) -> list[str]:
    with collector.store.read() as connection:
        return [row.action for row in audit.entries(connection) if row.target == target]


def test_an_enrolled_server_has_a_week_and_a_name_that_only_the_collector_gave(collector: Running) -> None:
    identity = knock(collector, collector.token(role="adfs"), "STS01")

    agent = agent_in(collector, identity.agent_id)
    assert (agent.farm, agent.server, agent.role, agent.state) == (FARM, "STS01", "adfs", "active")
    left = identity.leaf.not_valid_after_utc - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < left <= timedelta(days=7)
    assert f"{identity.leaf.serial_number:x}" == agent.serial
    assert "whatever" not in identity.leaf.subject.rfc4514_string()
    assert actions(collector, identity.agent_id) == ["agent.enrol"]


def test_a_token_lets_one_server_in_once(collector: Running) -> None:
    token = collector.token()
    knock(collector, token, "ONCE01")
    before = collector.counts()["enrolments_refused"]

    code, text = refusal(lambda: knock(collector, token, "ONCE02"))

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "used" in text
    assert collector.counts()["enrolments_refused"] == before + 1
    with collector.store.read() as connection:
        noted = next(row for row in audit.entries(connection) if row.action == "agent.enrol-refused")
    assert "used" in noted.detail


def test_an_expired_token_is_refused(collector: Running) -> None:
    token = collector.token(ttl=timedelta(seconds=-1))

    code, text = refusal(lambda: knock(collector, token))

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "expired" in text


def test_a_token_for_one_host_lets_no_other_in_and_stays_good_for_its_own(collector: Running) -> None:
    token = collector.token(host="WAP05")

    code, text = refusal(lambda: knock(collector, token, "WAP06"))

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "another name" in text
    assert knock(collector, token, "wap05").server == "WAP05"


def test_a_token_of_another_collector_is_refused(collector: Running) -> None:
    code, text = refusal(lambda: knock(collector, tokens.create(b"another CA").text))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "another collector" in text


@pytest.mark.parametrize("token", ["", "fs1.", "fs1.AAAA", "hunter2", "fs1.\N{SNOWMAN}", "fs1." + "A" * 100_000])
def test_what_is_no_token_is_refused_and_not_echoed(collector: Running, token: str) -> None:
    code, text = refusal(lambda: knock(collector, token))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "hunter2" not in text


@pytest.mark.parametrize("name", ["", "..", "a" * 64, "WAP 01", "../../etc", "WAP01\0", "W\u00c4P01", "-\n"])
def test_a_server_name_that_is_none_is_refused(collector: Running, name: str) -> None:
    code, _ = refusal(lambda: knock(collector, collector.token(), name))

    assert code is grpc.StatusCode.INVALID_ARGUMENT


def rsa_request() -> bytes:
    return csr_of(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def p384_request() -> bytes:
    return csr_of(ec.generate_private_key(ec.SECP384R1()))


def tampered_request() -> bytes:
    made = bytearray(csr_of(new_key()))
    made[-1] ^= 1
    return bytes(made)


@pytest.mark.parametrize(
    "request_der",
    [rsa_request, p384_request, tampered_request, lambda: b"", lambda: b"0" * 20_000, lambda: b"\x30\x03abc"],
    ids=["rsa", "p384", "tampered", "empty", "huge", "garbage"],
)
def test_only_a_p256_key_that_signed_its_request_is_certified(collector: Running, request_der) -> None:
    token = collector.token()

    code, _ = refusal(lambda: knock(collector, token, "KEY01", request_der()))

    assert code is grpc.StatusCode.INVALID_ARGUMENT


def test_nobody_takes_the_name_of_a_server_that_is_there(collector: Running) -> None:
    knock(collector, collector.token(role="adfs"), "STS09")

    code, text = refusal(lambda: knock(collector, collector.token(role="wap"), "sts09"))

    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "--host" in text


def test_a_token_that_names_the_host_replaces_its_agent_and_keeps_its_history(collector: Running) -> None:
    old = knock(collector, collector.token(), "WAP11")

    new = knock(collector, collector.token(host="WAP11"), "WAP11")

    assert agent_in(collector, old.agent_id).state == "revoked"
    assert agent_in(collector, new.agent_id).server_id == agent_in(collector, old.agent_id).server_id


def test_a_renewed_identity_speaks_for_the_same_agent_and_the_old_one_until_it_ends(collector: Running) -> None:
    old = collector.enrol("RENEW01")

    new = renew(old, collector.addresses["telemetry"])

    assert new.leaf.serial_number != old.leaf.serial_number
    assert agent_in(collector, old.agent_id).serial == f"{new.leaf.serial_number:x}"
    for identity in (new, old):
        with collector.stream(identity) as stream:
            assert stream.hello().server == "RENEW01"


def test_a_revoked_agent_is_not_renewed(collector: Running) -> None:
    identity = collector.enrol("RENEW02")
    with collector.store.write() as connection:
        agents.revoke(connection, identity.agent_id, datetime.now(UTC))

    code, text = refusal(lambda: renew(identity, collector.addresses["telemetry"]))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "revoked" in text


def test_renewal_without_an_identity_is_refused(collector: Running) -> None:
    channel, stub = enrolment_stub(collector.addresses["enrolment"], collector.ca_pem)
    with channel:
        request = enrolment_pb2.RenewRequest(csr_der=csr_of(new_key()))
        code, text = refusal(lambda: stub.Renew(request, timeout=10))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "no certificate" in text


def lapsed(collector: Running, name: str) -> Identity:
    """Return an agent whose certificate ran out yesterday."""
    identity = collector.enrol(name)
    at = datetime.now(UTC) - timedelta(days=8)
    issued = collector.opened.authority.sign_agent(identity.key.public_key(), identity.agent_id, at, 7)
    with collector.store.write() as connection:
        key = identity.key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        agents.set_identity(
            connection, identity.agent_id, issued.serial, issued.not_after, hashlib.sha256(key).digest()
        )
    made = enrolment_pb2.Identity(chain_der=issued.chain_der)
    return replace(identity, chain_pem=chain_pem(made))


def recover(collector: Running, identity: Identity, key: ec.EllipticCurvePrivateKey, signer=None):
    csr = csr_of(key)
    signature = (signer or identity.key).sign(csr, ec.ECDSA(hashes.SHA256()))
    channel, stub = enrolment_stub(collector.addresses["enrolment"], collector.ca_pem)
    der = identity.leaf.public_bytes(serialization.Encoding.DER)
    with channel:
        request = enrolment_pb2.RecoverRequest(old_certificate_der=der, csr_der=csr, signature=signature)
        return stub.Recover(request, timeout=10)


def test_a_certificate_that_ran_out_opens_no_stream(collector: Running, capsys: pytest.CaptureFixture[str]) -> None:
    with collector.stream(lapsed(collector, "LAPSED01")) as stream:
        assert stream.end() is grpc.StatusCode.UNAVAILABLE  # TLS refuses it

    assert main(["agent", "list", "--json", "--data", str(collector.collector.config.data)]) == 0
    listed = json.loads(capsys.readouterr().out)["agents"]
    assert [row["state"] for row in listed if row["server"] == "LAPSED01"] == ["lapsed"]


def test_a_lapsed_agent_comes_back_with_its_old_key_and_an_approval(collector: Running) -> None:
    identity, key = lapsed(collector, "LAPSED02"), new_key()

    assert recover(collector, identity, key).state == enrolment_pb2.RECOVER_STATE_PENDING
    assert recover(collector, identity, key).state == enrolment_pb2.RECOVER_STATE_PENDING
    assert main(["agent", "approve", "--data", str(collector.collector.config.data), "LAPSED02"]) == 0
    answer = recover(collector, identity, key)

    assert answer.state == enrolment_pb2.RECOVER_STATE_APPROVED
    back = replace(identity, key=key, chain_pem=chain_pem(answer.identity))
    with collector.stream(back) as stream:
        assert stream.hello().server == "LAPSED02"
    done = actions(collector, identity.agent_id)
    assert done == ["agent.recovered", "agent.approve", "agent.recover-asked", "agent.enrol"]


def test_recovery_without_the_old_key_is_refused(collector: Running) -> None:
    identity = lapsed(collector, "LAPSED03")

    code, text = refusal(lambda: recover(collector, identity, new_key(), signer=new_key()))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "signature" in text


def test_recovery_of_a_revoked_agent_is_refused(collector: Running) -> None:
    identity = lapsed(collector, "LAPSED04")
    with collector.store.write() as connection:
        agents.revoke(connection, identity.agent_id, datetime.now(UTC))

    code, text = refusal(lambda: recover(collector, identity, new_key()))

    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "revoked" in text


def test_one_address_knocks_only_so_often(tmp_path) -> None:
    from farmsight_collector.config import Bounds

    with running(tmp_path / "data", bounds=Bounds(enrolments_per_minute=5)) as collector:
        codes = [refusal(lambda: knock(collector, "fs1.AAAA"))[0] for _ in range(8)]
        assert collector.counts()["enrolments_refused"] == 8

    assert codes[:5] == [grpc.StatusCode.UNAUTHENTICATED] * 5
    assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes
