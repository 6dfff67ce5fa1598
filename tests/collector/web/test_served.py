"""The page as it is served: where, by which certificate, and how it ends."""

import json
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from farmsight_collector.config import ConfigError, Listen, load
from farmsight_collector.identity.authority import key_pem
from farmsight_collector.rpc.server import PortError
from farmsight_collector.web import composed
from tests.fakes import live_collector
from tests.fakes.serving import initialise, run, served


def self_signed(file: Path, name: str) -> tuple[Path, bytes]:
    """Write a key and a certificate for a server; returns the file, and the certificate in DER."""
    key, at = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(days=1))
        .not_valid_after(at + timedelta(days=30))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    beside = file.with_suffix(".new")
    beside.write_bytes(key_pem(key) + made.public_bytes(Encoding.PEM))
    beside.replace(file)
    return file, made.public_bytes(Encoding.DER)


ANYWHERE = replace(live_collector.ANY, web="0.0.0.0:0")


def test_on_loopback_it_speaks_http(site) -> None:
    assert site.url == f"http://127.0.0.1:{site.port}"


def test_elsewhere_it_speaks_https_with_the_collectors_own_certificate_and_cookies_that_stay_there(serve) -> None:
    site = serve(listen=ANYWHERE, names=("localhost",))
    assert site.url == f"https://localhost:{site.port}"
    context = ssl.create_default_context(cadata=site.running.ca_pem.decode())
    client = httpx.Client(base_url=site.url, verify=context, trust_env=False, headers={"origin": site.url})

    answer = client.post("/sign-in", data={"token": site.token()})

    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-farmsight=")
    assert "Secure" in cookie
    assert "max-age" in answer.headers["strict-transport-security"]


def test_a_certificate_of_ones_own_is_served_and_renewed_without_a_restart(serve, tmp_path, monkeypatch) -> None:
    from farmsight_collector.web import server

    monkeypatch.setattr(server, "LOOK_AT_CERTIFICATE_S", 0.1)
    file, first = self_signed(tmp_path / "web.pem", "farm.contoso.com")
    site = serve(certificate=str(file), names=("farm.contoso.com",))

    assert served_certificate(site.port) == first
    _, second = self_signed(tmp_path / "web.pem", "farm.contoso.com")
    deadline = time.monotonic() + 10
    while served_certificate(site.port) != second:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def served_certificate(port: int) -> bytes:
    return ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))


def test_a_certificate_that_cannot_be_used_is_named(serve, tmp_path) -> None:
    (tmp_path / "broken.pem").write_text("no certificate")
    with pytest.raises(ConfigError, match=r"web\.certificate: .*broken\.pem"):
        serve(certificate=str(tmp_path / "broken.pem"))


def test_behind_a_proxy_the_address_that_people_type_is_known(serve) -> None:
    site = serve(url="https://farmsight.contoso.com")
    outside = {"host": "farmsight.contoso.com", "origin": "https://farmsight.contoso.com"}

    answer = site.browser().post("/sign-in", data={"token": site.token()}, headers=outside)

    assert answer.status_code == 303
    assert answer.headers["set-cookie"].startswith("__Host-farmsight=")


def test_a_port_that_is_taken_is_named_with_the_way_out(site, tmp_path) -> None:
    taken = Listen(telemetry="127.0.0.1:0", enrolment="127.0.0.1:0", query="127.0.0.1:0", web=f"127.0.0.1:{site.port}")
    with (
        pytest.raises(PortError, match=r"web: 127\.0\.0\.1:.*--web"),
        live_collector.running(
            tmp_path / "second", web=composed.web, changed=lambda config: replace(config, listen=taken)
        ),
    ):
        pass


def test_open_streams_do_not_hold_up_the_end(tmp_path) -> None:
    with live_collector.running(tmp_path / "data", web=composed.web) as running:
        web = running.collector.web
        secret, _ = web.site.entrance.open(name="a", role="viewer", came_by="test", address="")
        url = running.addresses["web"]
        client = httpx.Client(
            base_url=url, cookies={f"farmsight-{url.rpartition(':')[2]}": secret}, trust_env=False, timeout=20
        )
        with client.stream("GET", "/live?farm=") as stream:
            lines = stream.iter_lines()
            assert any("event: here" in next(lines) for _ in range(3))
            began = time.monotonic()
            running.loop.call_soon_threadsafe(web.site.live.dismiss)
            assert any("event: ends" in line for line in lines)
            assert time.monotonic() - began < 3


def test_only_so_many_pages_are_told_of_changes_at_once(serve) -> None:
    site = serve(live_pages=2)
    anna = site.person()
    with anna.stream("GET", "/live"), anna.stream("GET", "/live"):
        time.sleep(0.3)
        assert anna.get("/live").status_code == 503
    deadline = time.monotonic() + 10
    while site.running.collector.web.site.live.count:
        assert time.monotonic() < deadline, "whoever went away makes room"
        time.sleep(0.05)


def test_a_session_that_lies_idle_ends_and_one_ends_for_good_after_its_longest(serve) -> None:
    site = serve()
    anna = site.person()
    clock = site.running.clock
    now = clock.now

    def later(**span: float) -> None:
        clock.now = lambda: now() + timedelta(**span)  # type: ignore[method-assign]

    try:
        for minutes in range(0, 700, 100):
            later(minutes=minutes)
            assert anna.get("/agents").status_code == 200
        later(minutes=721)
        assert anna.get("/agents").status_code == 303, "twelve hours are over"
        later()
        bert = site.person()
        later(minutes=119)
        assert bert.get("/agents", headers={"farmsight-renewal": "1"}).status_code == 200
        later(minutes=121)
        assert bert.get("/agents").status_code == 303, "that a page renews itself is no sign of somebody"
    finally:
        del clock.now


def test_without_a_farm_the_first_thing_to_do_is_shown(site) -> None:
    page = site.person().get("/").text

    assert "farmsight-collector token create --farm sts.contoso.com --role adfs" in page


@pytest.mark.e2e
def test_serve_prints_the_way_in_once_and_web_token_makes_another(tmp_path) -> None:
    data = tmp_path / "data"
    initialise(data)
    with served(data) as up:
        page, text = up.told["sign_in"].split("/sign-in#")
        assert page == up.addresses["web"]
        client = httpx.Client(base_url=page, headers={"origin": page}, trust_env=False)
        assert client.post("/sign-in", data={"token": text}).status_code == 303
        made = json.loads(
            run("web", "token", "--data", str(data), "--role", "viewer", "--name", "Vera", "--json").stdout
        )
        assert made["address"].startswith(f"{page}/sign-in#fsw1.")
        assert client.post("/sign-in", data={"token": made["token"]}).status_code == 303
        shown = run("web", "list", "--data", str(data)).stdout
        assert "Vera" in shown
        assert made["token"] not in shown
        assert run("web", "revoke", "--data", str(data), made["id"]).returncode == 0
        assert client.get("/agents").status_code == 303
        began = time.monotonic()
        up.process.terminate()
        assert up.process.wait(10) == 0
        assert time.monotonic() - began < 5
    with served(data) as again:
        assert "sign_in" not in again.told, "somebody knows the way in"
    with served(data, "--web=off") as without:
        assert "web" not in without.told


def test_the_settings_of_the_page_are_checked_by_name(tmp_path) -> None:
    (tmp_path / "collector.toml").write_text(
        '[web]\nurl = "farmsight"\nsession_hours = 0\n[oidc]\nissuer = "http://idp.example.com"\nadmin = "x"\n'
        '[listen]\nweb = "7446"\n'
    )
    with pytest.raises(ConfigError) as refused:
        load(tmp_path)

    wrong = ("web.url: the address", "web.session_hours: a whole", "oidc.issuer: an https", "oidc.admin: a list")
    for words in (*wrong, "listen.web: written as"):
        assert words in str(refused.value)
