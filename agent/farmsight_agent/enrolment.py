"""The three ways to a certificate: enrol with a token, renew, come back after a lapse."""

import hashlib
import platform
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import grpc

from farmsight_agent.config_reading import split_address
from farmsight_agent.identity import SERVER_NAME, IdentityError, IdentityStore, JoinToken, Membership
from farmsight_agent.reach.meanings import meaning
from farmsight_agent.reach.proxy import Proxy
from farmsight_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

_TIMEOUT_S: Final = 15.0
OPTIONS: Final = (
    ("grpc.ssl_target_name_override", SERVER_NAME),
    ("grpc.keepalive_time_ms", 40_000),  # a collector that hangs or is cut off is left within a minute
    ("grpc.keepalive_timeout_ms", 15_000),
    ("grpc.http2.ping_timeout_ms", 15_000),  # by itself gRPC waits a minute for the answer, whatever stands above
    ("grpc.http2.max_pings_without_data", 0),
    ("grpc.use_local_subchannel_pool", 1),  # a closed channel takes its connection with it
    ("grpc.enable_http_proxy", 0),  # the web's proxy is observed, not used; `uplink.proxy` is one for this way
    ("grpc.enable_retries", 0),  # the agent has its own, slower way of trying again
)


def options(proxy: Proxy | None) -> tuple[tuple[str, object], ...]:
    """Return the options of a channel to the collector; raises IdentityError for a proxy's login that can't be used."""
    if proxy is None:
        return OPTIONS
    through = proxy.for_grpc()
    named = {name for name, _ in through}
    return (*(option for option in OPTIONS if option[0] not in named), *through)


@dataclass(frozen=True, kw_only=True)
class Enrolled:
    """What the collector made of this server, and at which address it enrolled."""

    member: Membership
    address: str


class _NotReachedError(IdentityError):
    """Nobody has decided anything: another address may."""


def enroll(
    store: IdentityStore, token: JoinToken, addresses: Sequence[str], name: str, proxy: Proxy | None = None
) -> Enrolled:
    """Get the first certificate at the first of these addresses that answers; raises IdentityError."""
    failures = []
    for address in addresses:
        try:
            return _enroll_at(address, store, token, name, proxy)
        except _NotReachedError as error:
            failures.append(str(error))
    raise IdentityError("\n  ".join(failures) or "no address of a collector was given")


def _enroll_at(address: str, store: IdentityStore, token: JoinToken, name: str, proxy: Proxy | None) -> Enrolled:
    from farmsight_wire.v1 import bootstrap  # noqa: PLC0415 - a running agent does without its memory

    address, root = _place(address, token, proxy)
    request = enrolment_pb2.EnrollRequest(
        token=token.text, csr_der=store.csr(), hardware=_hardware(), requested_name=name
    )
    credentials = grpc.ssl_channel_credentials(root, *bootstrap.identity(token.ca_sha256))
    with grpc.secure_channel(address, credentials, options=options(proxy)) as channel:
        try:
            answer = enrolment_pb2_grpc.EnrollmentServiceStub(channel).Enroll(request, timeout=_TIMEOUT_S)
        except grpc.RpcError as error:
            kind = _NotReachedError if _unreached(error) else IdentityError
            raise kind(f"{address} did not enroll this agent: {explain(error)}") from error
    store.accept(answer.identity, ca_sha256=token.ca_sha256)
    member = Membership(agent_id=answer.agent_id, farm=answer.farm, server=answer.server, role=answer.role)
    store.remember(member)
    return Enrolled(member=member, address=address)


def _place(address: str, token: JoinToken, proxy: Proxy | None) -> tuple[str, bytes]:
    """Return where to enrol and the pinned CA: there, or where a collector of two ports has its second one."""
    from farmsight_agent.first_contact import contact  # noqa: PLC0415 - a running agent does without its memory

    beside = _next_port(address)
    try:
        found = contact(address, token.ca_sha256, proxy)
        if not found.open_to_all:
            found = contact(beside, token.ca_sha256, proxy)
            address = beside
    except IdentityError as error:
        raise _NotReachedError(str(error)) from error
    if not found.open_to_all:
        raise _NotReachedError(f"{address} lets in agents alone; name the collector's enrolment port with --enrolment")
    return address, found.ca_pem


def _next_port(address: str) -> str:
    host, port = split_address(address) or (address, 0)
    return f"[{host}]:{port + 1}" if ":" in host else f"{host}:{port + 1}"


def _unreached(error: grpc.RpcError) -> bool:
    return isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.UNAVAILABLE


def renew(store: IdentityStore, channel: grpc.Channel) -> None:
    """Get the next certificate over the present one; raises IdentityError."""
    request = enrolment_pb2.RenewRequest(csr_der=store.signed_csr()[0])
    try:
        answer = enrolment_pb2_grpc.EnrollmentServiceStub(channel).Renew(request, timeout=_TIMEOUT_S)
    except grpc.RpcError as error:
        raise IdentityError(f"the collector did not renew the certificate: {explain(error)}") from error
    store.accept(answer.identity)


def recover(store: IdentityStore, addresses: Sequence[str], proxy: Proxy | None = None) -> bool:
    """Ask to be taken back after a lapse; return whether that was approved. Raises IdentityError.

    The first collector that answers decides for all.
    """
    csr, signature = store.signed_csr()
    request = enrolment_pb2.RecoverRequest(
        old_certificate_der=store.certificate_der(), csr_der=csr, signature=signature
    )
    credentials = grpc.ssl_channel_credentials(store.ca_file.read_bytes(), *store.bootstrap())
    answer = _decided(request, addresses, credentials, proxy)
    if answer.state == enrolment_pb2.RECOVER_STATE_REFUSED:
        raise IdentityError("the collector's operator refused this agent; enroll it again with a new token")
    if answer.state != enrolment_pb2.RECOVER_STATE_APPROVED:
        return False
    store.accept(answer.identity)
    return True


def _decided(
    request: enrolment_pb2.RecoverRequest,
    addresses: Sequence[str],
    credentials: grpc.ChannelCredentials,
    proxy: Proxy | None,
) -> enrolment_pb2.RecoverResponse:
    failures = []
    for address in addresses:
        with grpc.secure_channel(address, credentials, options=options(proxy)) as channel:
            try:
                return enrolment_pb2_grpc.EnrollmentServiceStub(channel).Recover(request, timeout=_TIMEOUT_S)
            except grpc.RpcError as error:
                failures.append(f"{address} did not take the request to come back: {explain(error)}")
                if not _unreached(error):
                    break
    raise IdentityError("; ".join(failures) or "no collector is configured; set `collectors` or enroll")


def explain(error: grpc.RpcError) -> str:
    """Return what a failed call says, for people."""
    if not isinstance(error, grpc.Call):
        return str(error)
    said = error.details() or "no details"
    means = meaning(said)
    return f"{means} ({error.code().name}: {said})" if means else f"{said} ({error.code().name})"


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
