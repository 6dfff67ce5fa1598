"""nginx and HAProxy in place of a Web Application Proxy: which clients they ask for a certificate, of whom."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from farmsight_agent.config import Config
from farmsight_agent.hosts.linux import haproxy, nginx
from farmsight_agent.hosts.linux.host import LinuxHost
from farmsight_agent.outcome import FailedError, NotObservedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes.certificates import CERTIFICATE, SHA1, certificate, pem, private_key_pem

CA_1, CA_2 = certificate("Contoso Issuing CA 1"), certificate("Contoso Issuing CA 2")


@pytest.fixture
def root(tmp_path):
    def write(**files):
        for name, body in files.items():
            path = tmp_path / name.replace("__", "/").replace("_dot_", ".")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body)
        return tmp_path

    write(
        etc__pki__server_dot_pem=private_key_pem() + pem(CERTIFICATE),
        etc__pki__clients_dot_pem=pem(CA_1) + pem(CA_2),
    )
    return write


NGINX = """
http {
    ssl_protocols TLSv1.2;  # inherited
    include conf.d/*.conf;
    server { listen 80; server_name plain; }
}
stream { server { listen 9443 ssl; } }
"""
SITE = """server {
    listen 49443 ssl;
    listen [::]:49443 ssl http2;
    server_name sts.contoso.com "alias.contoso.com";
    ssl_certificate /etc/pki/server.pem;
    ssl_client_certificate /etc/pki/clients.pem;
    ssl_verify_client optional_no_ca;
    location / { proxy_pass https://sts:49443; add_header X "a;b}"; }
}
server { listen 10.0.0.1:443 ssl; server_name _; ssl_certificate missing.pem; }
"""


def test_nginx_asks_for_client_certificates_of_named_authorities(root):
    seen = nginx.bindings(root(etc__nginx__nginx_dot_conf=NGINX, etc__nginx__conf_dot_d__a_dot_conf=SITE).resolve())
    by_place = {(one.host, one.port): one for one in seen.values}

    assert set(by_place) == {("sts.contoso.com", 49443), ("alias.contoso.com", 49443), ("10.0.0.1", 443)}
    found = by_place["sts.contoso.com", 49443]
    assert (found.certificate_sha1, found.negotiate_client_certificate, found.product) == (SHA1, True, "nginx")
    assert list(found.client_ca_names) == ["CN=Contoso Issuing CA 1", "CN=Contoso Issuing CA 2"]
    assert (found.disable_tls13, found.disable_tls12, found.verify_client_revocation) == (True, False, False)
    other = by_place["10.0.0.1", 443]
    assert (other.binding_kind, other.certificate_sha1) == (facts_pb2.BINDING_KIND_IP, "")
    assert seen.lines[0].endswith("/etc/nginx/conf.d/a.conf:2")


def test_the_private_key_beside_a_server_certificate_is_not_taken(root):
    """The file is the proxy's own; only its certificate is looked at."""
    folder = root(etc__nginx__nginx_dot_conf=NGINX, etc__nginx__conf_dot_d__a_dot_conf=SITE)

    assert b"PRIVATE" not in b"".join(one.SerializeToString() for one in nginx.bindings(folder).values)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("http { server {", "truncated"),
        ("}", "not-understood"),
        ("include nginx.conf;", "not-understood"),
        ("http { server { listen 443 ssl; ssl_client_certificate none.pem; } }", "file-missing"),
    ],
)
def test_a_configuration_that_can_not_be_followed_is_unknown(root, body, reason):
    with pytest.raises(NotObservedError) as caught:
        nginx.bindings(root(etc__nginx__nginx_dot_conf=body))
    assert caught.value.reason == reason


HAPROXY = """
global
    ca-base /etc/pki
frontend adfs
    bind :443,[::1]:443 ssl crt /etc/pki/server.pem alpn h2
    bind 10.0.0.5:49443 ssl crt /etc/pki ca-file clients.pem verify required crl-file /x ssl-min-ver TLSv1.3
    bind /var/run/x.sock ssl crt y
    bind :80
backend sts
    server sts01 10.0.0.9:443 ssl verify none
"""


def test_haproxy_binds(root):
    seen = haproxy.bindings(root(etc__haproxy__haproxy_dot_cfg=HAPROXY))
    by_place = {(one.host, one.port): one for one in seen.values}

    assert set(by_place) == {("0.0.0.0", 443), ("[::1]", 443), ("10.0.0.5", 49443)}
    found = by_place["10.0.0.5", 49443]
    assert (found.negotiate_client_certificate, found.verify_client_revocation) == (True, True)
    assert list(found.client_ca_names) == ["CN=Contoso Issuing CA 1", "CN=Contoso Issuing CA 2"]
    assert (found.disable_tls12, found.disable_tls13) == (True, False)
    assert by_place["0.0.0.0", 443].certificate_sha1 == SHA1
    assert not by_place["0.0.0.0", 443].negotiate_client_certificate
    assert seen.lines[2].endswith("haproxy.cfg:6")


def test_a_client_authority_file_that_is_gone_leaves_the_bindings_unknown(root):
    body = "listen x\n bind :443 ssl ca-file /gone verify required\n"
    with pytest.raises(UnavailableError, match="gone"):
        haproxy.bindings(root(etc__haproxy__haproxy_dot_cfg=body))
    with pytest.raises(FailedError):
        haproxy.bindings(root(etc__haproxy__haproxy_dot_cfg="listen x\n bind 'unclosed\n"))


def test_a_machine_with_neither_has_no_bindings(tmp_path):
    assert LinuxHost(Config(), tmp_path).tls_bindings().values == ()


WORDS = st.sampled_from(
    ["http", "{", "}", ";", "server", "listen", "443", "ssl", "[::]:1", "include", "x", '"', "'", "#", "\n", "bind",
     ":1", "frontend", "crt", "ca-file", "verify", "required", "server_name", "*.a", "99999", "unix:/x"]
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(WORDS, max_size=40).map(" ".join))
def test_no_configuration_makes_a_reader_fail_in_any_other_way(root, body):
    folder = root(etc__nginx__nginx_dot_conf=body, etc__haproxy__haproxy_dot_cfg=body)
    for read in (nginx.bindings, haproxy.bindings):
        try:
            for found in read(folder).values:
                found.SerializeToString()
        except NotObservedError:
            pass
