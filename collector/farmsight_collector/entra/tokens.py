"""Access tokens by Microsoft's own library: with a certificate or secret, or as who signed in by device code."""

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import msal

from farmsight_collector.entra import credentials
from farmsight_collector.entra.graph import TokenRefusedError
from farmsight_collector.entra.registration import TOKENS, Registration, RegistrationError, folder_of
from farmsight_collector.entra.resources import PERMISSIONS
from farmsight_collector.entra.web import ForTokens, Web, WebError
from farmsight_collector.identity.authority import write_secret

logging.getLogger("msal").setLevel(logging.ERROR)  # what goes wrong is told by our own words

SKEW_S: Final = 300.0  # from here on a clock is worth a word
_LATER: Final = frozenset({"temporarily_unavailable", "server_error"})


class Tokens:
    """The tokens of one registration. Those of an application stay in memory, those of a person in their file."""

    def __init__(self, data: Path, registration: Registration, cache: msal.SerializableTokenCache) -> None:
        """Keep tokens in this cache from run to run."""
        self._data = data
        self._registration = registration
        self._cache = cache
        self._app: Any = None
        self._web: Web | None = None
        self._force = False

    def by(self, web: Web) -> "Tokens":
        """Ask by the connections of this run from now on."""
        self._app, self._web, self._force = None, web, False
        return self

    def token(self) -> str:
        """Return an access token; raises TokenRefusedError or WebError."""
        result = self._asked(self._by_person if self._registration.kind == "device-code" else self._by_application)
        self._force = False
        return str(result["access_token"])

    def refused(self) -> None:
        """Forget the token that Graph refused: the next one is asked for anew."""
        self._force = True
        if self._registration.kind != "device-code":
            self._app.remove_tokens_for_client()

    def sign_in(self, show: Callable[[str], None]) -> str:
        """Let a person sign in by device code; returns who did. `show` is told what to do.

        Raises TokenRefusedError when nobody did in time, or WebError.
        """

        def signed_in(app: Any) -> Mapping[str, Any]:  # noqa: ANN401
            flow = app.initiate_device_flow(scopes=self._scopes())
            if "user_code" not in flow:
                return dict(flow)
            show(str(flow["message"]))
            return dict(app.acquire_token_by_device_flow(flow))

        result = self._asked(signed_in)
        claims = result.get("id_token_claims") or {}
        return str(claims.get("preferred_username") or claims.get("oid") or "somebody")

    def _asked(self, how: Callable[[Any], Mapping[str, Any]]) -> Mapping[str, Any]:
        try:
            if self._app is None:
                self._app = self._made()
            result = how(self._app)
        except WebError:
            raise
        except (ValueError, KeyError, TypeError, RuntimeError, OSError) as error:
            # The library's own words for a tenant that is not there, or an answer that is none.
            raise TokenRefusedError(_first_line(str(error))) from error
        if "access_token" in result:
            self._keep()
            return result
        code, text = str(result.get("error")), _first_line(str(result.get("error_description") or ""))
        if code in _LATER:
            raise WebError("unavailable", f"the token service: {code} {text}")
        raise TokenRefusedError(f"{code}: {text}{self._about_the_clock()}")

    def _made(self) -> Any:  # noqa: ANN401 - the library has no types
        assert self._web is not None  # by() came first
        one = self._registration
        # Nobody but the authority that was given is asked: no discovery of instances elsewhere.
        common = {
            "authority": one.authority,
            "http_client": ForTokens(self._web),
            "instance_discovery": False,
            "token_cache": self._cache,
        }
        if one.kind == "device-code":
            self._load()
            return msal.PublicClientApplication(one.client_id, **common)
        try:
            credential = credentials.for_client(self._data, one.name, one.kind)
        except RegistrationError as error:
            raise TokenRefusedError(str(error)) from error
        return msal.ConfidentialClientApplication(one.client_id, client_credential=credential, **common)

    def _by_application(self, app: Any) -> Mapping[str, Any]:  # noqa: ANN401
        return dict(app.acquire_token_for_client(scopes=[f"{self._registration.graph.rstrip('/')}/.default"]))

    def _by_person(self, app: Any) -> Mapping[str, Any]:  # noqa: ANN401
        accounts = app.get_accounts()
        if not accounts:
            return {"error": "not_signed_in", "error_description": self._sign_in_again()}
        found = app.acquire_token_silent_with_error(self._scopes(), account=accounts[0], force_refresh=self._force)
        if found is None or found.get("error") in ("invalid_grant", "interaction_required"):
            said = _first_line(str((found or {}).get("error_description") or ""))
            return {"error": "sign_in_again", "error_description": f"{self._sign_in_again()} {said}".strip()}
        return dict(found)

    def _sign_in_again(self) -> str:
        name = self._registration.name
        return f"nobody is signed in: farmsight-collector entra sign-in {name}"

    def _scopes(self) -> list[str]:
        return [f"{self._registration.graph.rstrip('/')}/{permission}" for permission in PERMISSIONS]

    def _load(self) -> None:
        try:
            self._cache.deserialize((folder_of(self._data, self._registration.name) / TOKENS).read_text("utf-8"))
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            raise TokenRefusedError(f"{self._sign_in_again()} ({TOKENS}: {error})") from error

    def _keep(self) -> None:
        if self._registration.kind == "device-code" and self._cache.has_state_changed:
            text = self._cache.serialize()
            write_secret(folder_of(self._data, self._registration.name) / TOKENS, text.encode())

    def _about_the_clock(self) -> str:
        skew = self._web.skew_s if self._web is not None else None
        if skew is None or abs(skew) < SKEW_S:
            return ""
        way = "ahead of" if skew > 0 else "behind"
        return f" (this machine's clock is {abs(skew):.0f} s {way} the token service's)"


def _first_line(text: str) -> str:
    """Return what is for people: trace and correlation ids follow."""
    return "".join(text.splitlines()[:1]).partition(" Trace ID:")[0][:400]
