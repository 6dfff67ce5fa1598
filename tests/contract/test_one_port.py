"""One port for agents and for servers that want to become one: what a bootstrap identity opens, and what it never does.

The key of a bootstrap identity is no secret, so whoever reaches the port can
put any name, number and agent id into a certificate under it. All of it goes
over the real TLS of both ends.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import grpc
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1 import health_pb2, health_pb2_grpc

from farmsight_collector import folder
from farmsight_collector.cli.collector import main
from farmsight_collector.config import Bounds, ConfigError, Listen, listening
from farmsight_collector.identity.authority import create
from farmsight_collector.store import agents
from farmsight_wire.v1 import bootstrap, enrolment_pb2, enrolment_pb2_grpc
from tests.fakes.agents import OPTIONS, Identity, chain_pem, csr_of, new_key, pem_of, renew
from tests.fakes.live_collector import ONE_PORT, Running, initialise, on_one_port, running

PEM = serialization.Encoding.PEM


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory):
    with on_one_port(tmp_path_factory.mktemp("collector") / "data") as up:
        yield up


@pytest.fixture(scope="module")
def member(collector: Running) -> Identity:
    return enrol(collector, "STS01")


def stranger(collector: Running) -> Identity:
    key, chain = bootstrap.identity(collector.opened.authority.fingerprint)
    loaded = serialization.load_pem_private_key(key, None)
    assert isinstance(loaded, ec.EllipticCurvePrivateKey)
    return Identity(ca_pem=collector.ca_pem, key=loaded, chain_pem=chain)


def channel(collector: Running, who: Identity) -> grpc.Channel:
    return who.channel(collector.addresses["telemetry"])


def enrol(collector: Running, name: str, token: str | None = None, who: Identity | None = None) -> Identity:
    """Enrol over the agents' port, as a server with nothing but a token does."""
    key = new_key()
    request = enrolment_pb2.EnrollRequest(
        token=collector.token() if token is None else token, csr_der=csr_of(key), requested_name=name
    )
    with channel(collector, who or stranger(collector)) as way:
        answer = enrolment_pb2_grpc.EnrollmentServiceStub(way).Enroll(request, timeout=20)
    return Identity(
        ca_pem=collector.ca_pem, key=key, chain_pem=chain_pem(answer.identity), agent_id=answer.agent_id, server=name
    )


def refusal(call: Callable[[], object]) -> tuple[grpc.StatusCode, str]:
    with pytest.raises(grpc.RpcError) as refused:
        call()
    return refused.value.code(), refused.value.details()


def imitation(
    collector: Running, of: Identity, *, lengthened: bool = False, issuer: x509.Name | None = None
) -> Identity:
    """Return a certificate with everything of an agent's but the signature: by the bootstrap key, for a key of ours.

    `lengthened`: under a CA certificate, by the bootstrap key, that bears the name of the collector's own CA.
    """
    ca = collector.opened.authority
    key, anyones = new_key(), bootstrap.key_for(ca.fingerprint)
    signer, between = anyones, []
    if lengthened:
        signer = new_key()
        made = of_fields(ca.certificate, signer.public_key(), bootstrap.SUBJECT)
        between = [made.sign(anyones, hashes.SHA256())]
        issuer = ca.certificate.subject
    leaf = of_fields(of.leaf, key.public_key(), issuer or bootstrap.SUBJECT).sign(signer, hashes.SHA256())
    chain = b"".join(one.public_bytes(PEM) for one in (leaf, *between))
    return replace(of, key=key, chain_pem=chain)


def of_fields(of: x509.Certificate, key: ec.EllipticCurvePublicKey, issuer: x509.Name) -> x509.CertificateBuilder:
    builder = (
        x509.CertificateBuilder()
        .subject_name(of.subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(of.serial_number)
        .not_valid_before(of.not_valid_before_utc)
        .not_valid_after(of.not_valid_after_utc)
    )
    for extension in of.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    return builder


def test_both_ends_derive_the_same_key_and_another_ca_has_another() -> None:
    one, other = b"\1" * 32, b"\2" * 32
    numbers = bootstrap.key_for(one).private_numbers().private_value
    # RFC 5869 by hand: one block of HKDF-SHA256 extract, two of expand; then FIPS 186-5 A.2.1.
    import hmac

    extracted = hmac.digest(b"\0" * 32, one, "sha256")
    first = hmac.digest(extracted, b"farmsight bootstrap identity v1\1", "sha256")
    second = hmac.digest(extracted, first + b"farmsight bootstrap identity v1\2", "sha256")
    order = 2**256 - 2**224 + 2**192 - 89188191075325690597107910205041859247
    assert numbers == int.from_bytes((first + second)[:48], "big") % (order - 1) + 1
    assert bootstrap.key_for(other).private_numbers().private_value != numbers
    with pytest.raises(ValueError, match="32 bytes"):
        bootstrap.key_for(b"short")


def test_a_server_with_a_token_enrols_at_the_agents_port_and_speaks_there(collector: Running) -> None:
    assert "enrolment" not in collector.addresses, "no other port is open to it"

    identity = enrol(collector, "WAP01")

    with collector.stream(identity) as stream:
        assert stream.hello().server == "WAP01"
    assert renew(identity, collector.addresses["telemetry"]).leaf.serial_number != identity.leaf.serial_number


def test_a_lapsed_agent_asks_to_come_back_there_and_does(collector: Running) -> None:
    identity = enrol(collector, "LAPSED01")
    at = dt.datetime.now(dt.UTC) - dt.timedelta(days=8)
    issued = collector.opened.authority.sign_agent(identity.key.public_key(), identity.agent_id, at, 7)
    lapsed = replace(identity, chain_pem=chain_pem(enrolment_pb2.Identity(chain_der=issued.chain_der)))
    key = new_key()
    csr = csr_of(key)
    request = enrolment_pb2.RecoverRequest(
        old_certificate_der=lapsed.leaf.public_bytes(serialization.Encoding.DER),
        csr_der=csr,
        signature=identity.key.sign(csr, ec.ECDSA(hashes.SHA256())),
    )

    def ask() -> enrolment_pb2.RecoverResponse:
        with channel(collector, stranger(collector)) as way:
            return enrolment_pb2_grpc.EnrollmentServiceStub(way).Recover(request, timeout=20)

    assert ask().state == enrolment_pb2.RECOVER_STATE_PENDING
    assert main(["agent", "approve", "--data", str(collector.collector.config.data), "LAPSED01"]) == 0
    back = replace(identity, key=key, chain_pem=chain_pem(ask().identity))
    with collector.stream(back) as stream:
        assert stream.hello().server == "LAPSED01"


@pytest.mark.parametrize("path", ["TelemetryService/Stream", "EnrollmentService/Renew", "EnrollmentService/Later"])
def test_a_bootstrap_identity_opens_nothing_but_enrolment(collector: Running, path: str) -> None:
    before = collector.counts()["refused_identity"]
    with channel(collector, stranger(collector)) as way:
        call = way.stream_stream(f"/farmsight_wire.v1.{path}")(iter([b""]), timeout=20)
        with pytest.raises(grpc.RpcError):
            list(call)

    if path.endswith("Later"):
        assert call.code() is grpc.StatusCode.UNIMPLEMENTED
    else:
        assert call.code() is grpc.StatusCode.UNAUTHENTICATED
        assert "not of this collector's CA" in call.details()
        assert collector.counts()["refused_identity"] == before + 1


def test_not_even_health_answers_it(collector: Running, member: Identity) -> None:
    asked = health_pb2.HealthCheckRequest(service="")
    with channel(collector, stranger(collector)) as way:
        health = health_pb2_grpc.HealthStub(way)
        assert refusal(lambda: health.Check(asked, timeout=20))[0] is grpc.StatusCode.UNAUTHENTICATED
        assert refusal(lambda: next(health.Watch(asked, timeout=20)))[0] is grpc.StatusCode.UNAUTHENTICATED
    with channel(collector, member) as way:
        health = health_pb2_grpc.HealthStub(way)
        assert health.Check(asked, timeout=20).status == health_pb2.HealthCheckResponse.SERVING
        assert next(health.Watch(asked, timeout=20)).status == health_pb2.HealthCheckResponse.SERVING


def test_what_imitates_an_agent_under_the_bootstrap_key_is_refused(collector: Running, member: Identity) -> None:
    """The same subject, serial number, agent id, usages and dates; only the signature is another's."""
    false = imitation(collector, member)
    theirs, ours = ([(one.oid, one.value) for one in cert.extensions] for cert in (member.leaf, false.leaf))
    assert theirs == ours
    assert (false.leaf.subject, false.leaf.serial_number) == (member.leaf.subject, member.leaf.serial_number)

    with collector.stream(false) as stream:
        assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
        assert "not of this collector's CA" in stream.call.details()
    code, text = refusal(lambda: renew(false, collector.addresses["telemetry"]))
    assert (code, "not of this collector's CA" in text) == (grpc.StatusCode.UNAUTHENTICATED, True)
    with collector.stream(member) as stream:
        assert stream.hello().server == "STS01", "the real one is not in any way the worse for it"


def test_what_calls_itself_issued_by_the_real_ca_fails_in_tls_itself(collector: Running, member: Identity) -> None:
    false = imitation(collector, member, issuer=collector.opened.authority.certificate.subject)

    with collector.stream(false) as stream:
        assert stream.end() is grpc.StatusCode.UNAVAILABLE
    assert refusal(lambda: renew(false, collector.addresses["telemetry"]))[0] is grpc.StatusCode.UNAVAILABLE


def test_a_false_ca_of_the_real_ones_name_helps_nobody(collector: Running, member: Identity) -> None:
    """Chain: a leaf "by" the collector's CA, under a CA of that name by the bootstrap key."""
    false = imitation(collector, member, lengthened=True)

    with collector.stream(false) as stream:
        assert stream.end() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED}
    code, _ = refusal(lambda: renew(false, collector.addresses["telemetry"]))
    assert code in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED}


def test_the_bootstrap_authority_itself_speaks_for_nobody(collector: Running) -> None:
    sha256 = collector.opened.authority.fingerprint
    root = bootstrap.authority(sha256).public_bytes(PEM)
    false = Identity(ca_pem=collector.ca_pem, key=bootstrap.key_for(sha256), chain_pem=root)

    with collector.stream(false) as stream:
        assert stream.end() in {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAUTHENTICATED}


def test_an_imitation_is_no_proof_for_coming_back_either(collector: Running, member: Identity) -> None:
    false, csr = imitation(collector, member), csr_of(new_key())
    request = enrolment_pb2.RecoverRequest(
        old_certificate_der=false.leaf.public_bytes(serialization.Encoding.DER),
        csr_der=csr,
        signature=false.key.sign(csr, ec.ECDSA(hashes.SHA256())),
    )
    with channel(collector, stranger(collector)) as way:
        stub = enrolment_pb2_grpc.EnrollmentServiceStub(way)
        code, text = refusal(lambda: stub.Recover(request, timeout=20))

    assert (code, "not of this collector" in text) == (grpc.StatusCode.UNAUTHENTICATED, True)


def test_an_imitation_may_knock_like_anybody_and_gets_in_by_a_token_alone(collector: Running, member: Identity) -> None:
    false = imitation(collector, member)

    code, _ = refusal(lambda: enrol(collector, "STS01", token="fs1.AAAA", who=false))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    token = collector.token()
    mine = enrol(collector, "OTHER01", token=token, who=false)
    assert mine.agent_id != member.agent_id
    code, text = refusal(lambda: enrol(collector, "OTHER02", token=token))
    assert (code, "used" in text) == (grpc.StatusCode.PERMISSION_DENIED, True)


def test_identities_of_a_ca_that_was_replaced_open_nothing(collector: Running, member: Identity, tmp_path) -> None:
    """Neither a former CA's agents nor its bootstrap identity reach the first call."""
    former = create(tmp_path, dt.datetime.now(dt.UTC))
    key = new_key()
    issued = former.sign_agent(key.public_key(), member.agent_id, dt.datetime.now(dt.UTC), 7)
    chain = chain_pem(enrolment_pb2.Identity(chain_der=issued.chain_der))
    lingering = Identity(ca_pem=collector.ca_pem, key=key, chain_pem=chain)
    with collector.stream(lingering) as stream:
        assert stream.end() is grpc.StatusCode.UNAVAILABLE

    key_pem, chain = bootstrap.identity(former.fingerprint)
    credentials = grpc.ssl_channel_credentials(collector.ca_pem, key_pem, chain)
    with grpc.secure_channel(collector.addresses["telemetry"], credentials, OPTIONS) as way:
        stub = enrolment_pb2_grpc.EnrollmentServiceStub(way)
        code, _ = refusal(lambda: stub.Enroll(enrolment_pb2.EnrollRequest(), timeout=20))
    assert code is grpc.StatusCode.UNAVAILABLE


def test_a_revoked_agents_own_certificate_stays_refused(collector: Running) -> None:
    identity = enrol(collector, "GONE01")
    with collector.store.write() as connection:
        agents.revoke(connection, identity.agent_id, dt.datetime.now(dt.UTC))

    with collector.stream(identity) as stream:
        assert stream.end() is grpc.StatusCode.UNAUTHENTICATED
        assert "revoked" in stream.call.details()


def test_a_stranger_makes_the_collector_hold_no_large_request(collector: Running) -> None:
    request = enrolment_pb2.EnrollRequest(token="fs1." + "A" * (300 << 10))
    with channel(collector, stranger(collector)) as way:
        stub = enrolment_pb2_grpc.EnrollmentServiceStub(way)
        code, text = refusal(lambda: stub.Enroll(request, timeout=20))

    assert (code, "over the bound" in text) == (grpc.StatusCode.RESOURCE_EXHAUSTED, True)


@pytest.mark.parametrize("sent", [[], [b"\xff\xff\xff"]], ids=["nothing", "garbage"])
def test_a_request_that_is_none_is_an_error_of_the_caller(collector: Running, sent: list[bytes]) -> None:
    with channel(collector, stranger(collector)) as way:
        call = way.stream_stream("/farmsight_wire.v1.EnrollmentService/Enroll")(iter(sent), timeout=20)
        with pytest.raises(grpc.RpcError):
            list(call)

    assert call.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_strangers_who_say_nothing_are_waited_for_in_bounds(collector: Running, monkeypatch) -> None:
    """All that one address has at once hold their turns and say nothing; the next gets one when their time is over."""
    import threading

    from farmsight_collector.rpc import gate

    monkeypatch.setattr(gate, "_READ_WITHIN_S", 2.0)
    silent = threading.Event()

    def nothing():
        silent.wait(60)
        yield from ()

    with channel(collector, stranger(collector)) as way:
        calls = [
            way.stream_stream("/farmsight_wire.v1.EnrollmentService/Enroll")(nothing(), timeout=60)
            for _ in range(gate._OF_ONE_ADDRESS)
        ]
        try:
            assert enrol(collector, "PATIENT01").server == "PATIENT01"
            codes = {refusal(lambda one=one: list(one))[0] for one in calls}
        finally:
            silent.set()
    assert codes == {grpc.StatusCode.INVALID_ARGUMENT}


def test_an_address_that_says_nothing_keeps_no_other_out(collector: Running, monkeypatch) -> None:
    """Twice as many calls as an address has at once wait in silence; a server elsewhere is not among them."""
    import threading

    from farmsight_collector.rpc import gate

    silent = threading.Event()
    monkeypatch.setattr(gate, "_READ_WITHIN_S", 600.0)
    monkeypatch.setattr(
        gate.peer, "address", lambda context: str(dict(context.invocation_metadata()).get("user-agent"))
    )

    def nothing():
        silent.wait(60)
        yield from ()

    who = stranger(collector)
    credentials = grpc.ssl_channel_credentials(who.ca_pem, pem_of(who.key), who.chain_pem)
    elsewhere = (*OPTIONS, ("grpc.primary_user_agent", "elsewhere"))
    with grpc.secure_channel(collector.addresses["telemetry"], credentials, elsewhere) as way:
        for _ in range(2 * gate._OF_ONE_ADDRESS):
            way.stream_stream("/farmsight_wire.v1.EnrollmentService/Enroll")(nothing(), timeout=60)
        assert enrol(collector, "BESIDE01").server == "BESIDE01", "it waits for nobody's silence"
        silent.set()


def test_knocking_is_counted_as_at_the_port_of_its_own(tmp_path) -> None:
    with on_one_port(tmp_path / "data", Bounds(enrolments_per_minute=5)) as collector:
        codes = [refusal(lambda: enrol(collector, "WAP01", token="fs1.AAAA"))[0] for _ in range(8)]

    assert codes[:5] == [grpc.StatusCode.UNAUTHENTICATED] * 5
    assert grpc.StatusCode.RESOURCE_EXHAUSTED in codes


def test_a_collector_may_keep_its_agents_port_closed_to_strangers(tmp_path) -> None:
    """one_port = false: TLS itself refuses the bootstrap identity, and enrolment has its own port as before."""
    data = tmp_path / "data"
    initialise(data)
    apart = replace(ONE_PORT, enrolment="127.0.0.1:0", one_port=False)
    with running(data, changed=lambda config: replace(config, listen=apart)) as collector:
        assert refusal(lambda: enrol(collector, "WAP01"))[0] is grpc.StatusCode.UNAVAILABLE
        identity = collector.enrol("WAP01")
        with collector.stream(identity) as stream:
            assert stream.hello().server == "WAP01"


def test_a_collector_that_nobody_could_enrol_at_is_refused_as_a_setting(tmp_path) -> None:
    config = initialise(tmp_path / "data")
    with pytest.raises(ConfigError, match="no server could enrol"):
        listening(replace(config, listen=replace(ONE_PORT, enrolment="127.0.0.1:0", one_port=False)), enrolment="off")


def test_a_new_folder_has_one_port_for_agents(tmp_path) -> None:
    config = folder.initialise(tmp_path / "data", Listen(), ("localhost",), (), initialise(tmp_path / "x") and _clock())

    assert (config.listen.telemetry, config.listen.enrolment, config.listen.one_port) == ("0.0.0.0:7443", "off", True)
    assert "one_port = true" in (tmp_path / "data/collector.toml").read_text()


def _clock():
    from farmsight_collector.clock import SystemClock

    return SystemClock()
