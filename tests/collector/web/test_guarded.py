"""What the page lets nobody do, one thing after the other, over real HTTP."""

import socket
import threading
import time

import pytest

from farmsight_collector.web import connections, shield
from farmsight_collector.web.registry import ACTIONS, PAGES, PARTS

FORM = "multipart/form-data; boundary=b"
SAMPLES = {"farm": "sts.contoso.com", "server": "WAP01", "finding": "abc", "agent": "0" * 32}


def filled(path: str) -> str:
    for name in ("farm", "server", "finding", "agent"):
        path = path.replace("{" + name + "}", SAMPLES[name])
    return path.replace("{", "").replace("}", "").replace(":path", "")


@pytest.mark.parametrize("one", [*PAGES, *PARTS], ids=lambda one: one.name)
def test_no_page_and_no_part_is_shown_to_whoever_did_not_sign_in(site, one) -> None:
    answer = site.browser().get(filled(one.path))

    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?next=%2F")
    assert not answer.content


@pytest.mark.parametrize("one", ACTIONS, ids=lambda one: one.name)
def test_nothing_is_changed_by_whoever_did_not_sign_in(site, one) -> None:
    answer = site.browser().post(filled(one.path), data={"csrf": "0" * 64})

    assert answer.status_code == 401


@pytest.mark.parametrize("one", [one for one in ACTIONS if one.role != "viewer"], ids=lambda one: one.name)
def test_a_viewer_changes_nothing_and_the_try_is_written_down(site, one) -> None:
    victor = site.person("viewer")

    answer = victor.post(filled(one.path), data={"csrf": site.csrf(victor)})

    assert answer.status_code == 403
    assert "This needs the role" in answer.text
    assert site.audited()[0][:2] == ("anna", "web.refused")


@pytest.mark.parametrize("one", ACTIONS, ids=lambda one: one.name)
def test_a_form_that_is_not_of_the_session_changes_nothing(site, one) -> None:
    anna, bert = site.person(), site.person()

    for shown in ({}, {"csrf": ""}, {"csrf": "0" * 64}, {"csrf": site.csrf(bert)}):
        answer = anna.post(filled(one.path), data=shown or {"other": "1"})
        assert answer.status_code == 403, shown
        assert "not of your session" in answer.text


@pytest.mark.parametrize("path", ["/agents/enrol", "/sign-in", "/sign-out"])
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.com", "sec-fetch-site": "cross-site"},
        {"origin": "https://evil.example.com"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
        {},
    ],
    ids=str,
)
def test_a_form_of_another_site_changes_nothing_whatever_it_carries(site, path, headers) -> None:
    anna = site.person()
    form = {"csrf": site.csrf(anna), "token": site.token()}
    for name in ("origin", "sec-fetch-site"):
        del anna.headers[name]

    answer = anna.post(path, data=form, headers=headers)

    assert answer.status_code == 403
    assert anna.get("/agents").status_code == 200, "and nobody was signed out"


def test_a_session_begins_anew_at_each_sign_in_whatever_cookie_was_planted(site) -> None:
    client = site.browser()
    client.cookies.set(site.cookie, "planted-by-somebody-else", domain="127.0.0.1")
    client.post("/sign-in", data={"token": site.token()})
    first = client.cookies.get(site.cookie, domain="127.0.0.1")
    client.post("/sign-in", data={"token": site.token()})

    assert first != "planted-by-somebody-else"
    assert len(first) >= 43
    planted = site.browser(cookies={site.cookie: "planted-by-somebody-else"})
    assert planted.get("/agents").status_code == 303


def test_a_session_ends_on_the_server_when_somebody_signs_out(site) -> None:
    anna = site.person()
    cookie = anna.cookies[site.cookie]
    anna.post("/sign-out", data={"csrf": site.csrf(anna)})

    assert site.browser(cookies={site.cookie: cookie}).get("/agents").status_code == 303
    assert site.audited()[0][:2] == ("anna", "web.sign-out")


def test_only_the_hash_of_a_session_and_of_a_token_is_stored(site) -> None:
    token = site.token()
    anna = site.browser()
    anna.post("/sign-in", data={"token": token})
    secret = anna.cookies[site.cookie]

    with site.running.store.engine.connect() as connection:
        dump = "\n".join(connection.connection.iterdump())

    assert secret not in dump
    assert token not in dump


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(site) -> None:
    answer = site.browser().post("/sign-in", data={"token": site.token()})

    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie
    assert "domain" not in cookie


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com/",
        "//evil.example.com/",
        "/\\evil.example.com/",
        "/\t/evil.example.com/",
        "\\\\evil.example.com",
        "javascript:alert(1)",
        "evil.example.com",
        "/%0d%0aset-cookie:x=1\r\nx: y",
        "/" + "a" * 3000,
        "",
    ],
    ids=lambda one: one[:30],
)
def test_signing_in_leads_to_no_other_site(site, wanted) -> None:
    answer = site.browser().post("/sign-in", data={"token": site.token(), "next": wanted})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize(
    "host", ["evil.example.com", "evil.example.com:{port}", "localhost.evil.example.com", "", "a b"]
)
def test_a_name_that_is_not_ours_is_not_answered_so_no_site_can_point_its_own_here(site, host) -> None:
    anna = site.person()

    answer = anna.get("/agents", headers={"host": host.format(port=site.port)})

    assert answer.status_code in (400, 421)
    assert "sts.contoso.com" not in answer.text


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}"])
def test_our_own_names_are_answered(site, host) -> None:
    assert site.browser().get("/sign-in", headers={"host": host.format(port=site.port)}).status_code == 200


def test_two_host_headers_are_one_too_many(site) -> None:
    told = spoken(site, b"GET /sign-in HTTP/1.1\r\nHost: localhost\r\nHost: evil\r\n\r\n")

    assert told.startswith((b"HTTP/1.1 400", b"HTTP/1.1 421"))


@pytest.mark.parametrize("path", ["/sign-in", "/nothing", "/static/x/nothing.js", "/live", "/agents"])
def test_every_answer_carries_what_keeps_browsers_safe(site, path) -> None:
    who = site.browser() if path == "/live" else site.person()
    headers = who.get(path).headers

    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers


def test_files_are_kept_by_browsers_for_ever_and_named_by_what_is_in_them(site) -> None:
    page = site.browser().get("/sign-in").text
    address = page.partition('href="/static/')[2].partition('"')[0]
    file = site.browser().get(f"/static/{address}")

    assert file.status_code == 200
    assert "immutable" in file.headers["cache-control"]
    assert site.browser().get(f"/static/0000/{address.partition('/')[2]}").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("name", ["../web/settings.py", "..%2f..%2fsettings.py", "%2e%2e/page.py", "/etc/passwd"])
def test_no_other_file_can_be_had(site, name) -> None:
    told = spoken(site, f"GET /static/x/{name} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())

    assert told.startswith(b"HTTP/1.1 404")


def test_a_body_that_is_too_large_is_refused_by_its_length_and_by_its_bytes(serve) -> None:
    site = serve(upload_bytes=10_000)
    head = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{site.port}\r\nOrigin: http://localhost:{site.port}\r\n"
    assert spoken(site, (head + "Content-Length: 200000\r\n\r\n").encode()).startswith(b"HTTP/1.1 413")
    form = head + "Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n"

    told = spoken(site, form.encode() + (b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 2)

    assert told.startswith(b"HTTP/1.1 413")


BODIES = (b"", b"\x00\xff", b"csrf=%", b"--b\r\n", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--")
KINDS = ("application/x-www-form-urlencoded", FORM, "multipart/form-data", "text/plain", "application/json")


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_form_that_is_none_is_refused_in_words(site, kind, body) -> None:
    answer = site.person().post("/agents/enrol", content=body, headers={"content-type": kind})

    assert answer.status_code in (400, 403)
    assert "Traceback" not in answer.text


def test_a_form_with_thousands_of_fields_is_refused(site) -> None:
    answer = site.person().post("/sign-in", data={f"f{n}": "x" for n in range(2000)})

    assert answer.status_code in (400, 403), "some parsers count fields, and the bytes are bounded anyway"


def test_whoever_sends_the_head_of_a_request_byte_by_byte_is_left(site, monkeypatch) -> None:
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", 0.5)
    with socket.create_connection(("127.0.0.1", site.port)) as slow:
        slow.settimeout(10)
        slow.sendall(b"GET /sign-in HTTP/1.1\r\nHost: local")
        assert slow.recv(1000) == b""
    with socket.create_connection(("127.0.0.1", site.port)) as silent:
        silent.settimeout(10)
        assert silent.recv(1000) == b""


def test_whoever_sends_a_body_byte_by_byte_is_left(site, monkeypatch) -> None:
    monkeypatch.setattr(shield, "BODY_WITHIN_S", 0.5)
    head = f"POST /sign-in HTTP/1.1\r\nHost: localhost:{site.port}\r\nOrigin: http://localhost:{site.port}\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\ntoken="

    told = spoken(site, head.encode())

    assert told.startswith(b"HTTP/1.1 413")


def test_slow_clients_keep_nobody_else_from_being_answered(site) -> None:
    held = [socket.create_connection(("127.0.0.1", site.port)) for _ in range(100)]
    try:
        for one in held:
            one.sendall(b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n")
        began = time.monotonic()
        assert site.browser().get("/sign-in").status_code == 200
        assert time.monotonic() - began < 5
    finally:
        for one in held:
            one.close()


def test_tokens_can_be_tried_only_so_often(serve) -> None:
    site = serve(sign_ins_per_minute=5)
    client = site.browser()
    tried = [client.post("/sign-in", data={"token": f"fsw1.{n}"}).status_code for n in range(8)]

    assert tried == [403] * 5 + [429] * 3
    refused = [row for row in site.audited() if row[1] == "web.refused"]
    assert len(refused) == 5, "what is not even looked at fills no disk"


@pytest.mark.parametrize("state", ["used", "expired", "revoked", "unknown", "api"])
def test_a_token_that_is_over_lets_nobody_in(site, state) -> None:
    from datetime import timedelta

    from farmsight_collector.identity.people import make_token
    from farmsight_collector.store import people

    token = site.token(life=timedelta(seconds=-1) if state == "expired" else timedelta(hours=1))
    if state == "used":
        site.browser().post("/sign-in", data={"token": token})
    if state == "revoked":
        with site.running.store.write() as connection:
            people.revoke(connection, site.made.token_id, site.running.clock.now())
    if state == "unknown":
        token = token[:-1] + ("a" if token[-1] != "a" else "b")
    if state == "api":
        at = site.running.clock.now()
        life = timedelta(hours=1)
        token, _ = make_token(
            site.running.store, kind=people.API, name="x", role="admin", life=life, at=at, actor="test"
        )

    answer = site.browser().post("/sign-in", data={"token": token})

    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert site.audited()[0][1] == "web.refused"


def test_of_two_who_use_a_token_at_once_one_comes_in(site) -> None:
    token, codes = site.token(), []

    def enter() -> None:
        codes.append(site.browser().post("/sign-in", data={"token": token}).status_code)

    threads = [threading.Thread(target=enter) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert sorted(codes) == [303] + [403] * 5


def test_revoking_a_token_ends_the_session_that_it_opened(site) -> None:
    from farmsight_collector.store import people

    anna = site.person()
    with site.running.store.write() as connection:
        people.revoke(connection, site.made.token_id, site.running.clock.now())

    assert anna.get("/agents").status_code == 303


def test_hostile_words_in_an_address_are_text(site) -> None:
    anna = site.person()
    for path in ("/farms/<script>alert(1)</script>/changes", '/farms/"onload="alert(1)'):
        answer = anna.get(path)
        assert answer.status_code == 404
        assert "<script>alert" not in answer.text
        assert '"onload="' not in answer.text
    assert "<script>alert" not in anna.get("/agents?at=<script>alert(1)</script>").text


@pytest.mark.parametrize("at", ["tomorrow", "9999-12-31T00:00Z", "-99999999999h", "\x00", "2026-13-01", "1e9"])
def test_an_instant_that_is_none_is_refused_in_words(site, at) -> None:
    answer = site.person().get("/farms", params={"at": at})

    assert answer.status_code == 400
    assert "at:" in answer.text


def spoken(site, words: bytes) -> bytes:
    """Return what the page answers to bytes as they are."""
    with socket.create_connection(("127.0.0.1", site.port)) as connection:
        connection.settimeout(15)
        connection.sendall(words)
        told = b""
        while piece := connection.recv(65536):
            told += piece
            if told.startswith(b"HTTP/1.1 2") and b"\r\n\r\n" in told:
                break
        return told
