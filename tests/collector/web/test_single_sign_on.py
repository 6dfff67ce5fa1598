"""Signing in by OpenID Connect, against a provider that signs real tokens."""

from collections.abc import Iterator

import httpx
import pytest

from farmsight_collector.web.settings import Oidc
from tests.fakes.openid_provider import CLIENT, OpenIdProvider, openid_provider


@pytest.fixture
def provider() -> Iterator[OpenIdProvider]:
    with openid_provider() as made:
        yield made


@pytest.fixture
def site(serve, provider):
    return serve(
        oidc=Oidc(
            issuer=provider.issuer,
            client_id=CLIENT,
            name="Contoso",
            viewer=("farm-viewers",),
            operator=("farm-operators",),
            admin=("farm-admins",),
        ),
        sign_ins_per_minute=10_000,
    )


def away(client: httpx.Client, wanted: str = "/agents") -> httpx.Response:
    """Begin to sign in, and let the provider send the browser back; returns the answer that leads back."""
    begun = client.get("/sign-in/oidc", params={"next": wanted})
    assert begun.status_code == 303
    return httpx.get(begun.headers["location"], trust_env=False)


def signed_in(client: httpx.Client, wanted: str = "/agents") -> httpx.Response:
    return client.get(away(client, wanted).headers["location"])


def test_whom_the_provider_vouches_for_is_let_in_with_the_role_that_its_claim_gives(site) -> None:
    carla = site.browser()
    assert "Sign in with Contoso" in carla.get("/sign-in").text

    back = signed_in(carla)

    assert (back.status_code, back.headers["location"]) == (303, "/agents")
    page = carla.get("/agents")
    assert page.status_code == 200
    assert "carla" in page.text
    actor, action, detail = site.audited()[0]
    assert (actor, action) == ("carla", "web.sign-in")
    assert "as operator by oidc" in detail
    assert "0815" in detail


@pytest.mark.parametrize(
    ("roles", "role"),
    [
        (["farm-viewers"], "viewer"),
        (["farm-viewers", "farm-admins"], "admin"),
        ("farm-operators", "operator"),
        ([], None),
        (None, None),
        (["FARM-ADMINS"], None),
        ({"farm-admins": 1}, None),
    ],
)
def test_the_highest_role_of_the_claim_counts_and_nobody_without_one_comes_in(site, provider, roles, role) -> None:
    provider.person["roles"] = roles
    carla = site.browser()

    back = signed_in(carla)

    if role:
        assert f"as {role} by oidc" in site.audited()[0][2]
    else:
        assert back.status_code == 403
        assert "has no role on this collector" in back.text
        assert site.audited()[0][1] == "web.refused"
        assert carla.get("/agents").status_code == 303


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"ahead": {"exp": -3600}},
        {"exp": None},
        {"ahead": {"iat": 3600}},
        {"aud": "another-client"},
        {"aud": ["farmsight", "another"], "azp": "another"},
        {"aud": ["farmsight", "another"]},
        {"azp": "another"},
        {"iss": "https://login.example.com/realm"},
        {"iss": None},
        {"sub": None},
        {"ahead": {"nbf": 3600}},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_this_sign_in_lets_nobody_in(site, provider, changes) -> None:
    provider.ahead = changes.get("ahead", {})
    provider.changes = {name: value for name, value in changes.items() if name != "ahead"}
    carla = site.browser()

    back = signed_in(carla)

    assert back.status_code == 502
    assert "failed" in back.text
    assert site.cookie not in carla.cookies
    assert "ID token does not hold" in site.audited()[0][2]


def test_a_token_that_somebody_else_signed_lets_nobody_in(site, provider) -> None:
    provider.signs_with = provider.new_key()
    carla = site.browser()

    assert signed_in(carla).status_code == 502
    assert site.cookie not in carla.cookies


def test_a_token_without_a_signature_lets_nobody_in(site, provider) -> None:
    whole = provider.token

    def unsigned(asked):
        import base64
        import json

        body = whole(asked).split(".")[1]
        head = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
        return f"{head}.{body}."

    provider.token = unsigned  # type: ignore[method-assign]

    assert signed_in(site.browser()).status_code == 502


def test_a_provider_may_exchange_its_keys(site, provider) -> None:
    assert signed_in(site.browser()).status_code == 303
    provider.keys.append(provider.new_key())
    oidc_keys_asked = provider.asked.count("/realm/keys")

    # Keys are not asked for more often than every ten seconds: a made up key must not make us ask each time.
    back = signed_in(site.browser())
    assert back.status_code == 502
    assert provider.asked.count("/realm/keys") == oidc_keys_asked
    clock = site.running.clock
    real = clock.monotonic
    clock.monotonic = lambda: real() + 20  # type: ignore[method-assign]
    try:
        assert signed_in(site.browser()).status_code == 303
    finally:
        del clock.monotonic


def test_an_answer_that_another_browser_asked_for_is_refused(site) -> None:
    mallory, carla = site.browser(), site.browser()
    answer = away(mallory).headers["location"]

    assert carla.get(answer).status_code == 403
    away(carla)
    assert carla.get(answer).status_code == 403, "neither with a sign-in of her own under way"


def test_a_code_is_good_once(site) -> None:
    carla = site.browser()
    answer = away(carla).headers["location"]
    assert carla.get(answer).status_code == 303

    assert carla.get(answer).status_code == 403, "the sign-in is over"


def test_an_answer_of_another_issuer_is_refused(site) -> None:
    carla = site.browser()
    answer = httpx.URL(away(carla).headers["location"]).copy_set_param("iss", "https://evil.example.com")

    assert carla.get(answer).status_code == 502


def test_after_signing_in_nobody_is_sent_elsewhere(site) -> None:
    assert signed_in(site.browser(), "//evil.example.com/").headers["location"] == "/"


def test_a_provider_that_is_away_is_said_and_tokens_let_people_in_all_the_same(serve) -> None:
    site = serve(oidc=Oidc(issuer="http://127.0.0.1:9/realm", client_id=CLIENT, admin=("*",)))
    anna = site.browser()

    assert anna.get("/sign-in/oidc").status_code == 502
    assert anna.post("/sign-in", data={"token": site.token()}).status_code == 303


def test_a_client_with_a_secret_shows_it(serve, tmp_path) -> None:
    with openid_provider("s3cret") as provider:
        (tmp_path / "secret").write_text("s3cret\n")
        site = serve(
            oidc=Oidc(
                issuer=provider.issuer,
                client_id=CLIENT,
                client_secret_file=str(tmp_path / "secret"),
                role_claim="realm_access.roles",
                viewer=("seer",),
            )
        )
        provider.person = {"sub": "1", "realm_access": {"roles": ["seer"]}}

        assert signed_in(site.browser()).status_code == 303
        assert "as viewer by oidc" in site.audited()[0][2]
