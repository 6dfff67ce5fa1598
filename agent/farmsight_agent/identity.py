"""Who this agent is: a key that never leaves the server, and the certificate for it.

Everything lies in one folder of the state directory; a new identity is
written beside the old one and put in its place file by file, the certificate
last, so that a crash in between leaves a pair that belongs together (the key
is made once and stays).
"""

import base64
import binascii
import contextlib
import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from farmsight_wire.v1 import enrolment_pb2

SERVER_NAME: Final = "collector.farmsight"
_PREFIX: Final = "fs1."
_LARGEST_CERTIFICATE: Final = 64 * 1024


class IdentityError(Exception):
    """The identity can't be made or used; the text says which file or field, why, and what to do."""


@dataclass(frozen=True, kw_only=True)
class JoinToken:
    """A one-use token, and the SHA-256 of the CA certificate that the collector must show."""

    text: str
    ca_sha256: bytes

    @classmethod
    def parse(cls, text: str) -> "JoinToken":
        """Read `fs1.` + base64url(8 bytes id, 16 bytes secret, 32 bytes CA SHA-256); raises IdentityError."""
        text = text.strip()
        if not text.startswith(_PREFIX):
            raise IdentityError("the token does not begin with 'fs1.'; take the whole line that `token create` printed")
        body = text.removeprefix(_PREFIX)
        try:
            data = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise IdentityError(f"the token is damaged ({error}); copy it again") from error
        if len(data) != 56:
            raise IdentityError(f"the token holds {len(data)} bytes where 56 are due; a part of it is missing")
        return cls(text=text, ca_sha256=data[24:])


@dataclass(frozen=True, kw_only=True)
class Membership:
    """What the collector said this agent is."""

    agent_id: str
    farm: str
    server: str
    role: str


class IdentityStore:
    """The folder that holds key, certificate chain and membership."""

    def __init__(self, state_dir: Path) -> None:
        """Look at STATE_DIR/identity; nothing is read yet."""
        self.folder = state_dir / "identity"
        self.key_file = self.folder / "agent.key"
        self.chain_file = self.folder / "agent.crt"
        self.ca_file = self.folder / "collector-ca.crt"
        self.membership_file = self.folder / "membership.json"

    def exists(self) -> bool:
        """Return whether an identity was ever written here."""
        return self.chain_file.exists() and self.key_file.exists()

    def key(self) -> ec.EllipticCurvePrivateKey:
        """Return the key, made on first use; raises IdentityError."""
        try:
            data = self.key_file.read_bytes()
        except FileNotFoundError:
            return self._new_key()
        except OSError as error:
            raise IdentityError(f"{self.key_file} can't be read ({error}); run as the account that enrolled") from error
        try:
            key = serialization.load_pem_private_key(data, None)
        except (ValueError, TypeError) as error:
            raise IdentityError(f"{self.key_file} holds no key ({error}); remove {self.folder} and enroll") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise IdentityError(f"{self.key_file} holds a key of another kind; remove {self.folder} and enroll again")
        return key

    def _new_key(self) -> ec.EllipticCurvePrivateKey:
        key = ec.generate_private_key(ec.SECP256R1())
        data = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(self.key_file, data)
        return key

    def csr(self) -> bytes:
        """Return a certificate signing request for the key, as DER; its subject means nothing."""
        builder = x509.CertificateSigningRequestBuilder().subject_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "farmsight agent")])
        )
        return builder.sign(self.key(), hashes.SHA256()).public_bytes(serialization.Encoding.DER)

    def accept(self, identity: enrolment_pb2.Identity, *, ca_sha256: bytes | None = None) -> None:
        """Write a new certificate chain after checking it; raises IdentityError.

        Its leaf must be for our key and signed by the chain's last
        certificate, which must be the pinned CA: by fingerprint on first
        contact, else the one that is already here.
        """
        chain = _parse_chain(identity.chain_der)
        leaf, root = chain[0], chain[-1]
        if leaf.public_key() != self.key().public_key():
            raise IdentityError("the collector sent a certificate for another key; nothing was changed")
        pinned = self.ca().fingerprint(hashes.SHA256()) if ca_sha256 is None else ca_sha256
        if root.fingerprint(hashes.SHA256()) != pinned:
            raise IdentityError("the collector sent a certificate of another CA; nothing was changed")
        for child, parent in pairwise(chain):
            try:
                child.verify_directly_issued_by(parent)
            except (ValueError, TypeError, InvalidSignature) as error:
                raise IdentityError(f"the collector sent a chain that does not verify ({error})") from error
        write_private(self.ca_file, _pem([root]))
        write_private(self.chain_file, _pem(chain[:-1]))

    def ca(self) -> x509.Certificate:
        """Return the collector's CA; raises IdentityError."""
        return self._certificates(self.ca_file)[0]

    def certificate(self) -> x509.Certificate:
        """Return this agent's certificate; raises IdentityError."""
        return self._certificates(self.chain_file)[0]

    def _certificates(self, path: Path) -> list[x509.Certificate]:
        try:
            return x509.load_pem_x509_certificates(path.read_bytes())
        except FileNotFoundError as error:
            raise IdentityError(f"{path} is not there; run `farmsight-agent enroll` first") from error
        except (OSError, ValueError) as error:
            raise IdentityError(f"{path} can't be used ({error}); remove {self.folder} and enroll again") from error

    def tls(self) -> tuple[bytes, bytes, bytes]:
        """Return root, key and chain as PEM, for a channel; raises IdentityError."""
        self.certificate()
        try:
            return self.ca_file.read_bytes(), self.key_file.read_bytes(), self.chain_file.read_bytes()
        except OSError as error:
            raise IdentityError(f"the identity in {self.folder} can't be read ({error})") from error

    def not_after(self) -> datetime | None:
        """Return when the certificate ends, or None when there is none that can be read."""
        with contextlib.suppress(IdentityError):
            return self.certificate().not_valid_after_utc
        return None

    def renew_after(self) -> datetime:
        """Return half the certificate's life; raises IdentityError."""
        certificate = self.certificate()
        begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return begins + max((ends - begins) / 2, timedelta(0))

    def sign(self, data: bytes) -> bytes:
        """Return the ECDSA-SHA256 signature that proves the key; raises IdentityError."""
        return self.key().sign(data, ec.ECDSA(hashes.SHA256()))

    def remember(self, membership: Membership) -> None:
        """Write what the collector said this agent is."""
        write_private(self.membership_file, json.dumps(asdict(membership), indent=1).encode())

    def membership(self) -> Membership | None:
        """Return what the collector said this agent is, or None when it is not known."""
        try:
            return Membership(**json.loads(self.membership_file.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None


def _parse_chain(chain_der: Sequence[bytes]) -> list[x509.Certificate]:
    if not 2 <= len(chain_der) <= 5 or any(len(der) > _LARGEST_CERTIFICATE for der in chain_der):
        raise IdentityError("the collector sent no usable certificate chain; nothing was changed")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain_der]
    except ValueError as error:
        raise IdentityError(f"the collector sent a certificate that does not parse ({error})") from error


def _pem(certificates: Sequence[x509.Certificate]) -> bytes:
    return b"".join(certificate.public_bytes(serialization.Encoding.PEM) for certificate in certificates)


def write_private(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read, all of it or none."""
    beside = path.with_name(path.name + ".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
