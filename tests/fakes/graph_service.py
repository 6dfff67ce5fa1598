"""Microsoft Graph and its token service over TLS, as their documentation has them, with faults at will.

GET  /TENANT/v2.0/.well-known/openid-configuration
POST /TENANT/oauth2/v2.0/token            certificate, secret, device code, refresh
POST /TENANT/oauth2/v2.0/devicecode
GET  /v1.0/...                            only with a token of this service that is still good
"""

import base64
import json
import ssl
import threading
import time
import urllib.parse
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

TENANT = "0d3b0a8e-4c40-4b0e-9d0a-6b2f3f1f0a11"
CLIENT = "5f0e6c1a-8f7c-4a34-9f4e-2b6f1f0a2c22"
SECRET = "a~secret.that-is_never~printed"
PERSON = "admin@contoso.com"
READ = ("Organization.Read.All", "Domain.Read.All", "Policy.Read.All", "PublicKeyInfrastructure.Read.All")
CLASSIC = f"/organization/{TENANT}/certificateBasedAuthConfiguration"
CONTAINERS = "/directory/publicKeyInfrastructure/certificateBasedAuthConfigurations"
POLICY = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/x509Certificate"
ROLLOUTS = "/policies/featureRolloutPolicies"
_NEEDS = (
    ("/organization", "Organization.Read.All"),
    ("/directory/publicKeyInfrastructure", "PublicKeyInfrastructure.Read.All"),
    ("/domains", "Domain.Read.All"),
    ("/policies/authenticationMethodsPolicy", "Policy.Read.All"),
    ("/policies/featureRolloutPolicies", "Directory.ReadWrite.All"),
)

Fault = Callable[["_Handler"], None]


def authority(der: bytes, *, root: bool, crl: str | None, delta: str | None = None) -> dict[str, Any]:
    """Return a certificateAuthority of the classic list."""
    return {
        "isRootAuthority": root,
        "certificate": base64.b64encode(der).decode(),
        "certificateRevocationListUrl": crl,
        "deltaCertificateRevocationListUrl": delta,
        "issuer": "CN=read only",
        "issuerSki": "00",
    }


def detail(der: bytes, *, root: bool, crl: str | None, name: str = "CA") -> dict[str, Any]:
    """Return a certificateAuthorityDetail of the newer store, which spells the delta's name otherwise."""
    return {
        "@odata.type": "#microsoft.graph.certificateAuthorityDetail",
        "id": str(uuid.uuid4()),
        "certificateAuthorityType": "root" if root else "intermediate",
        "certificate": base64.b64encode(der).decode(),
        "displayName": name,
        "certificateRevocationListUrl": crl,
        "deltacertificateRevocationListUrl": None,
        "isIssuerHintEnabled": True,
    }


def federation(**changes: Any) -> dict[str, Any]:
    """Return an internalDomainFederation."""
    return {
        "id": "6601d14b-d113-8f64-fda2-9b5ddda18ecc",
        "displayName": "Contoso",
        "issuerUri": "http://sts.contoso.com/adfs/services/trust",
        "metadataExchangeUri": "https://sts.contoso.com/adfs/services/trust/mex",
        "passiveSignInUri": "https://sts.contoso.com/adfs/ls/",
        "activeSignInUri": "https://sts.contoso.com/adfs/services/trust/2005/usernamemixed",
        "signOutUri": "https://sts.contoso.com/adfs/ls/",
        "preferredAuthenticationProtocol": "wsFed",
        "promptLoginBehavior": "nativeSupport",
        "federatedIdpMfaBehavior": "acceptIfMfaDoneByFederatedIdp",
        **changes,
    }


def x509_policy(state: str = "disabled", *, crl: str = "disabled") -> dict[str, Any]:
    """Return an x509CertificateAuthenticationMethodConfiguration."""
    return {
        "@odata.type": "#microsoft.graph.x509CertificateAuthenticationMethodConfiguration",
        "id": "X509Certificate",
        "state": state,
        "certificateUserBindings": [
            {"x509CertificateField": "PrincipalName", "userProperty": "userPrincipalName", "priority": 1}
        ],
        "authenticationModeConfiguration": {
            "x509CertificateAuthenticationDefaultMode": "x509CertificateSingleFactor",
            "rules": [],
        },
        "issuerHintsConfiguration": {"state": "disabled"},
        "crlValidationConfiguration": {"state": crl, "exemptedCertificateAuthoritiesSubjectKeyIdentifiers": []},
        "includeTargets": [{"targetType": "group", "id": "all_users", "isRegistrationRequired": False}],
        "excludeTargets": [],
    }


@dataclass
class GraphService:
    """The service and what is in its tenant; change any of it while it runs."""

    certificates: list[x509.Certificate] = field(default_factory=list)  # that the application may sign with
    consented: set[str] = field(default_factory=lambda: set(READ))
    authorities: list[dict[str, Any]] = field(default_factory=list)
    containers: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    domains: list[dict[str, Any]] = field(default_factory=list)
    federations: dict[str, dict[str, Any]] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=x509_policy)
    rollouts: list[dict[str, Any]] = field(default_factory=list)
    page: int = 100
    token_s: int = 3600
    clock_ahead_s: float = 0.0
    pending: int = 1  # how often a device code is not yet signed in
    faults: dict[str, list[Fault]] = field(default_factory=dict)  # by the beginning of the path, each used once
    asked: list[str] = field(default_factory=list)  # method and path with query
    tokens: dict[str, float] = field(default_factory=dict)  # with the end of each
    refresh_tokens: set[str] = field(default_factory=set)
    scope: str = ""  # that a person was last asked to let in
    url: str = ""

    def now(self) -> float:
        return time.time() + self.clock_ahead_s

    def add_domain(self, name: str, kind: str = "Federated", **changes: Any) -> None:
        self.domains.append({"id": name, "authenticationType": kind, "isVerified": True, "isDefault": False})
        if kind == "Federated":
            self.federations[name] = federation(**changes)

    def fault(self, path: str, *faults: Fault) -> None:
        self.faults.setdefault(path, []).extend(faults)

    def count(self, text: str) -> int:
        return sum(text in line for line in self.asked)

    def issue(self, **more: Any) -> dict[str, Any]:
        token = f"ey.{uuid.uuid4()}"
        self.tokens[token] = self.now() + self.token_s
        return {"token_type": "Bearer", "expires_in": self.token_s, "access_token": token, **more}

    def expire_tokens(self) -> None:
        self.tokens.clear()


class _Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes
    service: GraphService

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def log_message(self, *_arguments: object) -> None:
        pass

    def date_time_string(self, timestamp: float | None = None) -> str:
        return formatdate(self.service.now() if timestamp is None else timestamp, usegmt=True)

    def _answer(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.form = dict(urllib.parse.parse_qsl(self.rfile.read(size).decode()))
        parts = urllib.parse.urlsplit(self.path)
        path, self.query = urllib.parse.unquote(parts.path), dict(urllib.parse.parse_qsl(parts.query))
        self.service.asked.append(f"{self.command} {urllib.parse.unquote(self.path)}")
        for beginning, faults in self.service.faults.items():
            if path.startswith(beginning) and faults:
                faults.pop(0)(self)
                return
        if path.startswith("/v1.0/"):
            self._graph(path.removeprefix("/v1.0"))
        else:
            self._authority(path)

    def send(self, status: int, content: Any, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def error(self, status: int, code: str, message: str, **headers: str) -> None:
        self.send(status, {"error": {"code": code, "message": message, "innerError": {}}}, **headers)

    def _authority(self, path: str) -> None:
        base = f"{self.service.url}/{TENANT}"
        end = path.partition("/v2.0/")[2] or path.rpartition("/")[2]
        if path.split("/")[1] not in (TENANT, "contoso.com"):
            self.send(400, {"error": "invalid_tenant", "error_description": "AADSTS90002: Tenant not found."})
        elif end == ".well-known/openid-configuration":
            told = {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{base}/oauth2/v2.0/devicecode",
            }
            self.send(200, told)
        elif end == "token":
            self._token()
        elif end == "devicecode":
            self.service.scope = self.form.get("scope", "")
            told = {
                "user_code": "ABCD1234",
                "device_code": "device-code",
                "verification_uri": f"{self.service.url}/devicelogin",
                "expires_in": 900,
                "interval": 1,
                "message": "To sign in, open the page and enter the code ABCD1234.",
            }
            self.send(200, told)
        else:
            self.send(404, {"error": "not_found"})

    def _token(self) -> None:
        form, service = self.form, self.service
        if form.get("client_id") != CLIENT:
            self._refuse("unauthorized_client", 700016, "Application was not found in the directory.")
        elif form.get("grant_type") == "client_credentials":
            self._client(form)
        elif form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") in service.refresh_tokens:
                self.send(200, self._of_person())
            else:
                self._refuse("invalid_grant", 70008, "The refresh token has expired.", status=400)
        elif service.pending > 0:
            service.pending -= 1
            self._refuse("authorization_pending", 70016, "Waiting for the user.", status=400)
        else:
            self.send(200, self._of_person())

    def _of_person(self) -> dict[str, Any]:
        refresh = str(uuid.uuid4())
        self.service.refresh_tokens.add(refresh)
        now = int(time.time())
        claims = {
            "iss": f"{self.service.url}/{TENANT}/v2.0",
            "aud": CLIENT,
            "exp": now + 3600,
            "iat": now,
            "oid": "person",
            "tid": TENANT,
            "sub": "person",
            "preferred_username": PERSON,
        }
        client_info = base64.urlsafe_b64encode(json.dumps({"uid": "person", "utid": TENANT}).encode()).decode()
        return self.service.issue(
            scope=self.service.scope,
            refresh_token=refresh,
            client_info=client_info.rstrip("="),
            id_token=jwt.encode(claims, "k" * 32, algorithm="HS256"),
        )

    def _client(self, form: dict[str, str]) -> None:
        if not form.get("scope", "").endswith("/.default"):
            self._refuse("invalid_scope", 1002012, "The scope is not valid.")
        elif "client_assertion" in form:
            self._by_assertion(form["client_assertion"])
        elif form.get("client_secret") == SECRET:
            self.send(200, self.service.issue())
        else:
            self._refuse("invalid_client", 7000215, "Invalid client secret provided.")

    def _by_assertion(self, assertion: str) -> None:
        """Verify as the token service does: the certificate by its thumbprint, the times by its own clock."""
        told = jwt.get_unverified_header(assertion).get("x5t#S256", "")
        by_print = {
            base64.urlsafe_b64encode(one.fingerprint(hashes.SHA256())).decode().rstrip("="): one
            for one in self.service.certificates
        }
        known = by_print.get(told.rstrip("="))
        if known is None:
            self._refuse("invalid_client", 700027, "The certificate with identifier used to sign is not registered.")
            return
        claims = jwt.decode(
            assertion,
            known.public_key(),
            algorithms=["PS256"],
            audience=f"{self.service.url}/{TENANT}/oauth2/v2.0/token",
            options={"verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
        if claims["iss"] != CLIENT or not claims.get("nbf", 0) - 300 <= self.service.now() <= claims["exp"] + 300:
            self._refuse("invalid_client", 700024, "Client assertion is not within its valid time range.")
            return
        self.send(200, self.service.issue())

    def _refuse(self, error: str, number: int, text: str, status: int = 401) -> None:
        said = f"AADSTS{number}: {text} Trace ID: {uuid.uuid4()} Correlation ID: {uuid.uuid4()}"
        self.send(status, {"error": error, "error_description": said, "error_codes": [number]})

    def _graph(self, path: str) -> None:
        token = self.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.service.tokens.get(token, 0.0) <= self.service.now():
            self.error(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")
            return
        needed = next((permission for beginning, permission in _NEEDS if path.startswith(beginning)), "")
        if needed and needed not in self.service.consented:
            self.error(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
            return
        self._resource(path)

    def _resource(self, path: str) -> None:
        service = self.service
        if path == "/organization":
            self._rows([{"id": TENANT}])
        elif path == CLASSIC:
            held = {"id": "29728ade-6ae4-4ee9-9103-412912537da5", "certificateAuthorities": service.authorities}
            self._rows([held])
        elif path == CONTAINERS:
            self._rows([{"id": one, "displayName": f"PKI {one}"} for one in service.containers])
        elif path.startswith(CONTAINERS) and path.endswith("/certificateAuthorities"):
            self._rows(service.containers.get(path.split("/")[-2], []))
        elif path == "/domains":
            self._rows(service.domains)
        elif path.startswith("/domains/") and path.split("/")[2] in service.federations:
            self._rows([service.federations[path.split("/")[2]]])
        elif path == POLICY:
            self.send(200, service.policy)
        elif path == ROLLOUTS:
            self._rows(service.rollouts)
        else:
            self.error(404, "Request_ResourceNotFound", "Resource does not exist.")

    def _rows(self, rows: list[dict[str, Any]]) -> None:
        """Answer with one page, and a link to the next."""
        at, size = int(self.query.get("$skiptoken", 0)), min(int(self.query.get("$top", 100)), self.service.page)
        content: dict[str, Any] = {"@odata.context": "https://graph", "value": rows[at : at + size]}
        if at + size < len(rows):
            asked = urllib.parse.urlencode({**self.query, "$skiptoken": at + size})
            content["@odata.nextLink"] = f"{self.service.url}{self.path.partition('?')[0]}?{asked}"
        self.send(200, content)


def throttled(retry_after: str | None) -> Fault:
    """Return a 429 that asks to come back later."""
    headers = {} if retry_after is None else {"Retry_After": retry_after}
    return lambda handler: handler.error(429, "TooManyRequests", "Too many requests.", **headers)


def fails(status: int, code: str = "ServiceUnavailable") -> Fault:
    """Return an error of the service."""
    return lambda handler: handler.error(status, code, "The service is down.")


def answers(body: bytes, status: int = 200) -> Fault:
    """Return these bytes as an answer."""
    return lambda handler: handler.send(status, body)


def cut(handler: _Handler) -> None:
    """Promise more than comes."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b'{"value": [')
    handler.close_connection = True


def drips(seconds: float) -> Fault:
    """Return an answer that comes byte by byte and has no end."""

    def drip(handler: _Handler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        until = time.monotonic() + seconds
        try:
            while time.monotonic() < until:
                handler.wfile.write(b" ")
                handler.wfile.flush()
                time.sleep(0.05)
        except OSError:
            pass
        handler.close_connection = True

    return drip


def elsewhere(url: str) -> Fault:
    """Return a redirect."""

    def redirect(handler: _Handler) -> None:
        handler.send_response(302)
        handler.send_header("Location", url)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return redirect


class _Server(ThreadingHTTPServer):
    def handle_error(self, *_arguments: object) -> None:
        """Say nothing of callers that went away."""


class Serving:
    """A service that listens on loopback, with the file of the authority that its TLS certificate is of."""

    def __init__(self, service: GraphService, folder: Path) -> None:
        self.service = service
        self.ca_file = folder / "graph-ca.pem"
        handler = type("Handler", (_Handler,), {"service": service})
        self._server = _Server(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._certificate(folder))
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        service.url = f"https://localhost:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _certificate(self, folder: Path) -> Path:
        """Write the authority's certificate, and a server's with its key."""
        ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
        ca = _signed("Graph test CA", ca_key, "Graph test CA", ca_key, ca=True)
        leaf = _signed("localhost", key, "Graph test CA", ca_key, ca=False)
        pem = serialization.Encoding.PEM
        self.ca_file.write_bytes(ca.public_bytes(pem))
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        file = folder / "graph-server.pem"
        file.write_bytes(leaf.public_bytes(pem) + private)
        return file


def _signed(name: str, key: Any, issuer: str, issuer_key: Any, *, ca: bool) -> x509.Certificate:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), critical=False)
    )
    if ca:
        usage = x509.KeyUsage(
            digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
            key_agreement=False, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False,
        )  # fmt: skip
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer_key, hashes.SHA256())


@cache
def _client(number: int) -> tuple[x509.Certificate, rsa.RSAPrivateKey]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return _signed(f"farmsight collector {number}", key, f"farmsight collector {number}", key, ca=False), key


def client_credential(folder: Path, number: int = 0) -> tuple[Path, x509.Certificate]:
    """Write a certificate with its RSA key, as an operator makes one for the application; the same for a number."""
    made, key = _client(number)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "graph-client.pem"
    file.write_bytes(made.public_bytes(pem) + private)
    return file, made
