"""The three ways to a certificate: enrol with a token, renew, come back after a lapse."""

import hashlib
import platform
import socket
import sys
from pathlib import Path
from typing import Final

import grpc

from farmsight_agent.identity import SERVER_NAME, IdentityError, IdentityStore, JoinToken, Membership
from farmsight_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

_TIMEOUT_S: Final = 15.0
OPTIONS: Final = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    ("grpc.keepalive_time_ms", 40_000),  # a collector that hangs or is cut off is left within a minute
    ("grpc.keepalive_timeout_ms", 15_000),
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.use_local_subchannel_pool", 1),  # a closed channel takes its connection with it
    ("grpc.enable_http_proxy", 0),  # like the first contact and doctor: the web's proxy is observed, not used
    ("grpc.enable_retries", 0),  # the agent has its own, slower way of trying again
)


def enroll(store: IdentityStore, token: JoinToken, address: str, name: str) -> Membership:
    """Get the first certificate; raises IdentityError."""
    from farmsight_agent.first_contact import pinned_ca  # noqa: PLC0415 - a running agent does without its memory

    root = pinned_ca(address, token.ca_sha256)
    request = enrolment_pb2.EnrollRequest(
        token=token.text, csr_der=store.csr(), hardware=_hardware(), requested_name=name
    )
    with _channel(address, root) as channel:
        try:
            answer = enrolment_pb2_grpc.EnrollmentServiceStub(channel).Enroll(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            raise IdentityError(f"{address} did not enroll this agent: {explain(error)}") from error
    store.accept(answer.identity, ca_sha256=token.ca_sha256)
    membership = Membership(agent_id=answer.agent_id, farm=answer.farm, server=answer.server, role=answer.role)
    store.remember(membership)
    return membership


def renew(store: IdentityStore, channel: grpc.Channel) -> None:
    """Get the next certificate over the present one; raises IdentityError."""
    request = enrolment_pb2.RenewRequest(csr_der=store.signed_csr()[0])
    try:
        answer = enrolment_pb2_grpc.EnrollmentServiceStub(channel).Renew(request, timeout=_TIMEOUT_S)
    except grpc.RpcError as error:
        raise IdentityError(f"the collector did not renew the certificate: {explain(error)}") from error
    store.accept(answer.identity)


def recover(store: IdentityStore, address: str) -> bool:
    """Ask to be taken back after a lapse; return whether that was approved. Raises IdentityError."""
    csr, signature = store.signed_csr()
    request = enrolment_pb2.RecoverRequest(
        old_certificate_der=store.certificate_der(), csr_der=csr, signature=signature
    )
    with _channel(address, store.ca_file.read_bytes()) as channel:
        try:
            answer = enrolment_pb2_grpc.EnrollmentServiceStub(channel).Recover(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            raise IdentityError(f"{address} did not take the request to come back: {explain(error)}") from error
    if answer.state == enrolment_pb2.RECOVER_STATE_REFUSED:
        raise IdentityError("the collector's operator refused this agent; enroll it again with a new token")
    if answer.state != enrolment_pb2.RECOVER_STATE_APPROVED:
        return False
    store.accept(answer.identity)
    return True


def _channel(address: str, root_pem: bytes) -> grpc.Channel:
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(root_pem), options=OPTIONS)


def explain(error: grpc.RpcError) -> str:
    """Return what a failed call says, for people."""
    if isinstance(error, grpc.Call):
        return f"{error.details() or 'no details'} ({error.code().name})"
    return str(error)


def _machine_id() -> bytes:
    """Return what tells this installation of its system from a copy; nothing where it can't be read."""
    if sys.platform == "win32":
        from farmsight_agent.hosts.windows.system.machine_id import machine_id  # noqa: PLC0415 - only there

        return machine_id().strip().lower().encode()
    try:
        return Path("/etc/machine-id").read_bytes().strip()
    except OSError:
        return b""


def _hardware() -> enrolment_pb2.HardwareFacts:
    known = _machine_id()
    machine_id = hashlib.sha256(known).hexdigest() if known else ""
    return enrolment_pb2.HardwareFacts(
        computer_name=socket.gethostname(),
        platform=platform.system().lower(),
        os_version=platform.release(),
        machine_id_sha256=machine_id,
    )
