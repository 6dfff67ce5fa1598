"""EnrollmentService: how servers get, renew and recover their identity."""

import asyncio

from farmsight_collector.clock import timestamp
from farmsight_collector.errors import CollectorError, StoreError, TooMuchError, told
from farmsight_collector.identity.admission import Admission, Asked
from farmsight_collector.identity.authority import Issued
from farmsight_collector.ingest.bounds import CallRates
from farmsight_collector.metrics import Metrics
from farmsight_collector.rpc import peer
from farmsight_collector.rpc.peer import Context, Peers
from farmsight_collector.store import audit
from farmsight_wire.v1 import enrolment_pb2, enrolment_pb2_grpc

_STATES = {
    "pending": enrolment_pb2.RECOVER_STATE_PENDING,
    "approved": enrolment_pb2.RECOVER_STATE_APPROVED,
    "refused": enrolment_pb2.RECOVER_STATE_REFUSED,
}


class EnrollmentServicer(enrolment_pb2_grpc.EnrollmentServiceServicer):
    """Enroll and Recover for callers who have no identity (yet), Renew for those who have one."""

    def __init__(self, admission: Admission, peers: Peers, rates: CallRates, metrics: Metrics) -> None:
        """Stand on the gate that decides."""
        self._admission = admission
        self._peers = peers
        self._rates = rates
        self._metrics = metrics

    async def Enroll(  # noqa: N802 - the contract's name
        self, request: enrolment_pb2.EnrollRequest, context: Context
    ) -> enrolment_pb2.EnrollResponse:
        """Give a server its identity for a join token."""
        async with told(context):
            where = self._counted(context)
            hardware = request.hardware
            asked = Asked(
                token=request.token,
                csr_der=request.csr_der,
                name=request.requested_name,
                described=f"{hardware.computer_name[:64]!r} {hardware.platform[:64]!r} {hardware.os_version[:64]!r}",
                address=where,
            )
            try:
                agent, issued = await asyncio.to_thread(self._admission.enrol, asked)
            except StoreError:
                raise
            except CollectorError as error:
                await self._note_refusal("agent.enrol-refused", where, error)
                raise
            self._metrics.add("enrolments")
        return enrolment_pb2.EnrollResponse(
            agent_id=agent.id,
            identity=_identity(issued),
            farm=agent.farm,
            server=agent.server,
            role=agent.role,
        )

    async def Renew(  # noqa: N802 - the contract's name
        self, request: enrolment_pb2.RenewRequest, context: Context
    ) -> enrolment_pb2.RenewResponse:
        """Give an agent its next certificate."""
        async with told(context):
            agent, shown = await self._peers.identify(context)
            issued = await asyncio.to_thread(self._admission.renew, agent, shown, request.csr_der)
            self._metrics.add("renewals")
        return enrolment_pb2.RenewResponse(identity=_identity(issued))

    async def Recover(  # noqa: N802 - the contract's name
        self, request: enrolment_pb2.RecoverRequest, context: Context
    ) -> enrolment_pb2.RecoverResponse:
        """Let a lapsed agent ask to come back; asked again, answer what was decided."""
        async with told(context):
            where = self._counted(context)
            try:
                state, issued = await asyncio.to_thread(
                    self._admission.recover,
                    request.old_certificate_der,
                    request.csr_der,
                    request.signature,
                    where,
                )
            except StoreError:
                raise
            except CollectorError as error:
                await self._note_refusal("agent.recover-refused", where, error)
                raise
        answer = enrolment_pb2.RecoverResponse(state=_STATES[state])
        if issued is not None:
            self._metrics.add("recoveries")
            answer.identity.CopyFrom(_identity(issued))
        return answer

    def _counted(self, context: Context) -> str:
        where = peer.address(context)
        if not self._rates.allows(where):
            self._metrics.add("enrolments_refused")
            raise TooMuchError("too many enrolments from one address (enrolments_per_minute); wait a minute")
        return where

    async def _note_refusal(self, action: str, where: str, error: CollectorError) -> None:
        self._metrics.add("enrolments_refused")

        def note() -> None:
            with self._admission.store.write() as connection:
                at = self._admission.clock.now()
                audit.note(connection, at=at, actor=where, action=action, target="", detail=str(error))

        await asyncio.to_thread(note)


def _identity(issued: Issued) -> enrolment_pb2.Identity:
    return enrolment_pb2.Identity(
        chain_der=issued.chain_der,
        not_after=timestamp(issued.not_after),
        renew_after=timestamp(issued.renew_after),
    )
