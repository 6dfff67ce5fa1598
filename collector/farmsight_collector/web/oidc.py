"""What another service vouches for: OpenID Connect, code flow with PKCE.

Sources: OpenID Connect Core 1.0 (3.1.2.1, 3.1.3.7), Discovery 1.0 (4.3),
RFC 7636 (PKCE), RFC 9207 (issuer in the answer), RFC 9700 (2.1).
"""

import json
import secrets
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import requests
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from farmsight_collector.clock import Clock
from farmsight_collector.errors import AccessError, CollectorError
from farmsight_collector.identity.people import ROLES
from farmsight_collector.model.words import plain
from farmsight_collector.web.page import Role
from farmsight_collector.web.settings import Oidc

with warnings.catch_warnings():  # it speaks of parts that are not used here
    warnings.simplefilter("ignore")
    from authlib.common.errors import AuthlibBaseError
    from authlib.integrations.requests_client import OAuth2Session

WITHIN_S: Final = 10
LEEWAY_S: Final = 60  # between the clocks of two services
DISCOVERY: Final = "/.well-known/openid-configuration"
_KEPT_S: Final = 3600.0
_KEYS_ANEW_S: Final = 10.0  # a token with a made up key must not make us ask each time
_MOST_BYTES: Final = 1 << 20
# With a key that only the service has; none, and no secret that we share with it.
_ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
_NAME: Final = 100


class ProviderError(CollectorError):
    """The service does not answer, or not as it must; the text is for the log and for whoever signs in."""


@dataclass(frozen=True, kw_only=True)
class Beginning:
    """What a browser is sent away with, and what it must come back with."""

    address: str
    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, kw_only=True)
class Vouched:
    """Whom the service vouches for."""

    name: str
    subject: str
    role: Role


class Provider:
    """One OpenID provider; its words are kept for an hour. Used in threads."""

    def __init__(self, settings: Oidc, data: Path, clock: Clock) -> None:
        """Ask nothing yet: a provider that is down must not keep the collector from starting."""
        self._settings = settings
        self._data = data
        self._clock = clock
        self._lock = threading.Lock()
        self._said: tuple[float, Mapping[str, Any]] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def begin(self, redirect: str) -> Beginning:
        """Return where to send a browser; raises ProviderError."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        endpoint = self._endpoint("authorization_endpoint")
        client = self._client(redirect)
        address, _ = client.create_authorization_url(endpoint, state=state, nonce=nonce, code_verifier=verifier)
        return Beginning(address=str(address), state=state, nonce=nonce, verifier=verifier)

    def vouched(self, answer: str, redirect: str, begun: Beginning) -> Vouched:
        """Return whom the service vouches for, by the whole address that a browser came back to.

        Raises ProviderError, and AccessError for somebody without a role here.
        """
        try:
            token = self._client(redirect).fetch_token(
                self._endpoint("token_endpoint"),
                authorization_response=answer,
                state=begun.state,
                code_verifier=begun.verifier,
                timeout=WITHIN_S,
            )
        except (AuthlibBaseError, requests.RequestException, ValueError, KeyError) as error:
            raise ProviderError(f"the code was not exchanged: {_words(error)}") from error
        signed = token.get("id_token") if isinstance(token, Mapping) else None
        if not isinstance(signed, str):
            raise ProviderError("there is no ID token in the answer")
        return self._person(self._claims(signed, begun.nonce))

    def issuer_fits(self, told: str | None) -> bool:
        """Tell whether an answer's own issuer, where it names one, is ours (RFC 9207, 2.4)."""
        return told is None or told == self._settings.issuer

    def _claims(self, signed: str, nonce: str) -> Mapping[str, Any]:
        try:
            claims = self._decoded(signed)
            registry = jwt.JWTClaimsRegistry(
                now=int(self._clock.now().timestamp()),
                leeway=LEEWAY_S,
                iss={"essential": True, "value": self._settings.issuer},
                aud={"essential": True, "value": self._settings.client_id},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            )
            registry.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise ProviderError(f"the ID token does not hold: {_words(error)}") from error
        many = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", None if many else self._settings.client_id) != self._settings.client_id:
            raise ProviderError("the ID token does not hold: it was made for another client (azp)")
        return claims

    def _decoded(self, signed: str) -> dict[str, Any]:
        try:
            return jwt.decode(signed, self._key_set(anew=False), algorithms=list(_ALGORITHMS)).claims
        except (JoseError, ValueError):  # its keys may have been exchanged since
            return jwt.decode(signed, self._key_set(anew=True), algorithms=list(_ALGORITHMS)).claims

    def _person(self, claims: Mapping[str, Any]) -> Vouched:
        name = next((str(claims[one]) for one in self._settings.name_claims if claims.get(one)), str(claims["sub"]))
        name = plain(name)[:_NAME]
        role = self._role(claims)
        if role is None:
            raise AccessError(f"{name} has no role on this collector. Whoever runs it gives roles in [oidc].")
        return Vouched(name=name, subject=plain(str(claims["sub"]))[:_NAME], role=role)

    def _role(self, claims: Mapping[str, Any]) -> Role | None:
        held = _claim(claims, self._settings.role_claim)
        values = {str(one) for one in held} if isinstance(held, list) else {str(held)} if held else set()
        given: dict[Role, tuple[str, ...]] = {
            "admin": self._settings.admin,
            "operator": self._settings.operator,
            "viewer": self._settings.viewer,
        }
        assert tuple(given) == tuple(reversed(ROLES))
        return next((role for role, fits in given.items() if "*" in fits or values & set(fits)), None)

    def _client(self, redirect: str) -> OAuth2Session:
        secret = self._secret()
        return OAuth2Session(
            self._settings.client_id,
            secret,
            scope=self._settings.scopes,
            redirect_uri=redirect,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if secret else "none",
        )

    def _secret(self) -> str | None:
        file = self._settings.client_secret_file
        if not file:
            return None
        try:
            return (self._data / file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ProviderError(f"oidc.client_secret_file can't be read: {error.strerror}") from error

    def _endpoint(self, name: str) -> str:
        found = self._words_of_it().get(name)
        if not isinstance(found, str) or not found.startswith(("https://", "http://")):
            raise ProviderError(f"it names no {name}")
        return found

    def _words_of_it(self) -> Mapping[str, Any]:
        with self._lock:
            now = self._clock.monotonic()
            if self._said is None or now - self._said[0] > _KEPT_S:
                told = _fetched(self._settings.issuer.rstrip("/") + DISCOVERY)
                if told.get("issuer") != self._settings.issuer:  # Discovery 1.0, 4.3
                    raise ProviderError(f"it calls itself {plain(str(told.get('issuer')))[:200]!r}, not what is set")
                self._said = now, told
            return self._said[1]

    def _key_set(self, *, anew: bool) -> KeySet:
        address = self._endpoint("jwks_uri")
        with self._lock:
            now = self._clock.monotonic()
            longest = _KEYS_ANEW_S if anew else _KEPT_S
            if self._keys is None or now - self._keys[0] > longest:
                self._keys = now, KeySet.import_key_set(_fetched(address))  # type: ignore[arg-type,unused-ignore]
            return self._keys[1]


def _claim(claims: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - whatever the service says
    """Return a claim, by its name or by a path of names with dots, as some services nest roles."""
    if name in claims:
        return claims[name]
    held: Any = claims
    for part in name.split("."):
        held = held.get(part) if isinstance(held, Mapping) else None
    return held


def _fetched(address: str) -> dict[str, Any]:
    try:
        with requests.get(address, timeout=WITHIN_S, stream=True, allow_redirects=False) as answer:
            answer.raise_for_status()
            body = answer.raw.read(_MOST_BYTES + 1, decode_content=True)
        told = json.loads(body) if len(body) <= _MOST_BYTES and answer.status_code == requests.codes.ok else None
    except (requests.RequestException, OSError, ValueError, RecursionError) as error:
        raise ProviderError(f"{address} does not answer: {_words(error)}") from error
    if not isinstance(told, dict):
        raise ProviderError(f"{address} does not answer with a JSON object")
    return told


def _words(error: BaseException) -> str:
    return plain(str(error))[:300]
