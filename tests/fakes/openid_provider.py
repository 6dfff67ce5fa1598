"""An OpenID provider on loopback: it signs real tokens, keeps codes and PKCE to the letter, and errs on demand."""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT = "farmsight"


class OpenIdProvider(ThreadingHTTPServer):
    """The provider; whoever comes is `person`. What is set in `changes` replaces claims of the next token."""

    daemon_threads = True

    def __init__(self, secret: str = "") -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.secret = secret
        self.keys = [self.new_key()]
        self.person: dict[str, Any] = {"sub": "0815", "preferred_username": "carla", "roles": ["farm-operators"]}
        self.changes: dict[str, Any] = {}
        self.ahead: dict[str, int] = {}  # claims that are a time, in seconds from now
        self.signs_with: RSAKey | None = None  # instead of the newest key
        self.header: dict[str, str] = {}
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []

    @staticmethod
    def new_key() -> RSAKey:
        return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig"})

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/realm"

    def token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.person,
            **self.changes,
            **{name: now + seconds for name, seconds in self.ahead.items()},
        }
        key = self.signs_with or self.keys[-1]
        header = {"alg": "RS256", "kid": self.keys[-1].kid, **self.header}
        return jwt.encode(header, {name: value for name, value in claims.items() if value is not None}, key)


class Handler(BaseHTTPRequestHandler):
    server: OpenIdProvider

    def do_GET(self) -> None:
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        self.server.asked.append(path)
        issuer = self.server.issuer
        if path == "/realm/.well-known/openid-configuration":
            self.answer(
                {
                    "issuer": issuer,
                    "authorization_endpoint": f"{issuer}/authorize",
                    "token_endpoint": f"{issuer}/token",
                    "jwks_uri": f"{issuer}/keys",
                }
            )
        elif path == "/realm/keys":
            self.answer({"keys": [key.as_dict(private=False) for key in self.server.keys]})
        elif path == "/realm/authorize":
            asked = {name: values[0] for name, values in query.items()}
            assert asked["response_type"] == "code"
            assert asked["code_challenge_method"] == "S256"
            assert "openid" in asked["scope"].split()
            code = secrets.token_urlsafe(16)
            self.server.codes[code] = asked
            self.send_response(302)
            self.send_header(
                "Location",
                f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state'], 'iss': issuer})}",
            )
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        self.server.asked.append("/realm/token")
        given = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        asked = self.server.codes.pop(given.get("code", [""])[0], None)
        verifier = given.get("code_verifier", [""])[0]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")
        shown = self.headers.get("authorization", "")
        expected = "Basic " + base64.b64encode(f"{CLIENT}:{self.server.secret}".encode()).decode()
        fits = (
            asked is not None
            and challenge == asked["code_challenge"]
            and given["redirect_uri"][0] == asked["redirect_uri"]
            and (shown == expected if self.server.secret else given.get("client_id") == [CLIENT])
        )
        if not fits or asked is None:
            self.answer({"error": "invalid_grant"}, 400)
            return
        self.answer({"access_token": "at", "token_type": "Bearer", "id_token": self.server.token(asked)})

    def answer(self, told: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(told).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def openid_provider(secret: str = "") -> Iterator[OpenIdProvider]:
    provider = OpenIdProvider(secret)
    thread = threading.Thread(target=provider.serve_forever, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        provider.shutdown()
        provider.server_close()
        thread.join(5)
