"""Lets servers in, keeps them in, and lets lapsed ones back: decisions, with their audit.

Each function is one transaction of the store; the certificate that it
returns is on record before anyone has it.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.engine import Connection

from farmsight_collector.clock import Clock
from farmsight_collector.errors import AccessError, IdentityError, InvalidRequestError
from farmsight_collector.identity import requests, tokens
from farmsight_collector.identity.authority import Authority, Issued
from farmsight_collector.identity.names import is_server, new_agent_id
from farmsight_collector.store import agents, audit, recoveries
from farmsight_collector.store import tokens as token_rows
from farmsight_collector.store.agents import AgentRow
from farmsight_collector.store.engine import Store

APPROVAL_HOLDS: Final = timedelta(days=7)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a server asks with when it enrols."""

    token: str
    csr_der: bytes
    name: str
    described: str  # for the audit; never a ground for trust
    address: str


@dataclass(frozen=True, kw_only=True)
class Admission:
    """The gate: the CA, the store, and how long a certificate lives."""

    authority: Authority
    store: Store
    clock: Clock
    agent_days: int

    def enrol(self, asked: Asked) -> tuple[AgentRow, Issued]:
        """Use a join token up for one server.

        Raises IdentityError (no token), TokenError (used, expired, ...),
        AccessError (the name is not the token's, or taken), InvalidRequestError.
        """
        at = self.clock.now()
        token = _token(asked.token, self.authority)
        key = _key(asked.csr_der)
        with self.store.write() as connection:
            row = token_rows.use_token(connection, token.token_id, token.secret_hash, at)
            name = _name(connection, row, asked.name)
            agent_id = new_agent_id()
            issued = self.authority.sign_agent(key, agent_id, at, self.agent_days)
            agent = agents.add_agent(
                connection,
                agent_id=agent_id,
                farm=row.farm,
                server=name,
                role=row.role,
                serial=issued.serial,
                not_after=issued.not_after,
                public_key_sha256=key_hash(key),
                at=at,
            )
            detail = f"{row.farm}/{name} ({row.role}) by token {row.token_id}; {asked.described}"
            audit.note(connection, at=at, actor=asked.address, action="agent.enrol", target=agent_id, detail=detail)
        return agent, issued

    def renew(self, agent: AgentRow, shown: x509.Certificate, csr_der: bytes) -> Issued:
        """Give an agent, known by the certificate it shows, its next one.

        The old one stays good until it ends. Raises InvalidRequestError, IdentityError.
        """
        at = self.clock.now()
        key = _key(csr_der)
        with self.store.write() as connection:
            _still_good(connection, agent.id, shown)  # looked at again, where nothing can come between
            issued = self._identity(connection, agent.id, key, at)
            detail = f"serial {issued.serial} after {shown.serial_number:x}"
            audit.note(
                connection, at=at, actor=f"agent:{agent.id}", action="agent.renew", target=agent.id, detail=detail
            )
        return issued

    def recover(self, old_der: bytes, csr_der: bytes, signature: bytes, address: str) -> tuple[str, Issued | None]:
        """Take note that a lapsed agent asks to come back, or give it the certificate that was approved.

        Returns the state (pending, approved, refused) and, when approved, the
        certificate. Raises IdentityError when the old key is not proved.
        """
        at = self.clock.now()
        agent_id, old = self._proved(old_der, csr_der, signature)
        key = _key(csr_der)
        with self.store.write() as connection:
            _still_good(connection, agent_id, old)
            row = recoveries.add_recovery(
                connection, agent_id=agent_id, csr_der=csr_der, public_key_sha256=key_hash(key), at=at
            )
            if row.asked == at:
                detail = f"by the key of serial {old.serial_number:x}"
                audit.note(
                    connection, at=at, actor=address, action="agent.recover-asked", target=agent_id, detail=detail
                )
            if row.state != "approved":
                return row.state, None
            if row.decided is None or row.decided + APPROVAL_HOLDS < at:
                return "refused", None
            issued = self._identity(connection, agent_id, key, at)
            detail = f"serial {issued.serial}, approved by {row.decided_by}"
            audit.note(connection, at=at, actor=address, action="agent.recovered", target=agent_id, detail=detail)
        return "approved", issued

    def _proved(self, old_der: bytes, csr_der: bytes, signature: bytes) -> tuple[str, x509.Certificate]:
        try:
            old = requests.certificate(old_der)
            if not self.authority.signed(old):
                raise IdentityError("the old certificate is not of this collector")
            requests.check_signature(old, signature, csr_der)
            return requests.agent_id_in(old), old
        except requests.RequestError as error:
            raise IdentityError(str(error)) from error

    def _identity(self, connection: Connection, agent_id: str, key: ec.EllipticCurvePublicKey, at: datetime) -> Issued:
        issued = self.authority.sign_agent(key, agent_id, at, self.agent_days)
        agents.set_identity(connection, agent_id, issued.serial, issued.not_after, key_hash(key))
        return issued


def key_hash(key: ec.EllipticCurvePublicKey) -> bytes:
    """Return the SHA-256 of a public key's SubjectPublicKeyInfo."""
    der = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(der).digest()


def _token(text: str, authority: Authority) -> tokens.JoinToken:
    try:
        token = tokens.parse(text)
    except tokens.TokenFormError as error:
        raise IdentityError(str(error)) from error
    if token.fingerprint != authority.fingerprint:
        raise IdentityError("the join token is for another collector")
    return token


def _key(csr_der: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return requests.key_of_request(csr_der)
    except requests.RequestError as error:
        raise InvalidRequestError(str(error)) from error


def _name(connection: Connection, token: token_rows.TokenRow, asked: str) -> str:
    """Return the name to enrol under; it must be the token's, or free in the farm."""
    if not is_server(asked):
        raise InvalidRequestError("the server name must be 1 to 63 letters, digits, dots, hyphens or underlines")
    if token.host_name is not None:
        if asked.lower() != token.host_name.lower():
            raise AccessError("the join token is for a server of another name")
        return _spelling(connection, token.farm, token.host_name)
    same = [a for a in agents.agents(connection, token.farm) if a.server.lower() == asked.lower()]
    if any(agent.state != "revoked" for agent in same):
        raise AccessError(
            f"{token.farm} has an agent for a server of that name already; revoke it first "
            f"(farmsight-collector agent revoke), or make a token with --host {asked}"
        )
    return _spelling(connection, token.farm, asked)


def _spelling(connection: Connection, farm: str, name: str) -> str:
    """Return the name as the farm has it already; Windows does not tell cases apart."""
    known = (agent.server for agent in agents.agents(connection, farm))
    return next((server for server in known if server.lower() == name.lower()), name)


def _still_good(connection: Connection, agent_id: str, shown: x509.Certificate) -> None:
    agent = agents.agent_by_id(connection, agent_id)
    if agent is None:
        raise IdentityError("the agent is not known to this collector")
    if agent.state == "revoked" or agents.is_revoked(connection, f"{shown.serial_number:x}"):
        raise IdentityError("the agent is revoked; enrol it again with a new join token")
