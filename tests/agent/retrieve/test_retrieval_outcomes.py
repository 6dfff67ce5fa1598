"""Every way a retrieval ends, on real servers."""

import errno
import socket
from dataclasses import replace

import pytest

from farmsight_agent.retrieve import dns, trouble
from farmsight_agent.retrieve.proxy import ProxyRules
from farmsight_agent.retrieve.url import HttpUrl, parse
from farmsight_lab.servers import answers
from farmsight_lab.servers.answers import Answer
from farmsight_wire.v1 import facts_pb2


def outcome(value: facts_pb2.Retrieval) -> str:
    return facts_pb2.RetrievalOutcome.Name(value.outcome).removeprefix("RETRIEVAL_OUTCOME_")


def test_a_good_crl_is_told_whole(ca, server, fetch, blobs):
    """A CRL that is as it should be gives summary, digest, address, class of duration and the check."""
    der = ca.crl()
    server.put("/root.crl", answers.crl(der))

    value = fetch(server.url("/root.crl"))

    assert outcome(value) == "OK"
    assert value.signature == facts_pb2.SIGNATURE_CHECK_VERIFIED
    assert value.expected_issuer_sha1 == ca.root.sha1
    assert value.crl.number == "a"
    assert value.size == len(der)
    assert blobs[value.body_sha256] == der
    assert value.took == facts_pb2.DURATION_CLASS_UNDER_1_S
    assert value.body_kind == facts_pb2.BODY_KIND_DER_CRL
    assert list(value.named_by) == [ca.issuing.sha1]
    assert value.hops[0].address.startswith("127.0.0.1")


def test_the_agent_says_who_it_is_and_sends_no_credentials(ca, server, fetch):
    server.put("/root.crl", answers.crl(ca.crl()))

    fetch(server.url("/root.crl", host="user:secret@127.0.0.1"))

    sent = server.requests[0].headers
    assert sent["user-agent"].startswith("farmsight/")
    assert not {"authorization", "cookie", "proxy-authorization"} & set(sent)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (answers.not_found(), "HTTP_STATUS"),
        (answers.http_status(503), "HTTP_STATUS"),
        (answers.proxy_authentication(), "PROXY_AUTHENTICATION"),
        (answers.html_page(), "BAD_BODY"),
        (Answer(body=b""), "BAD_BODY"),
        (answers.endless(), "TOO_LARGE"),
        (Answer(body=bytes(10), announced_length=10**9, cut_after=10), "TOO_LARGE"),
        (answers.gzip_bomb(64), "DECOMPRESSION"),
        (Answer(body=b"no gzip", headers=(("Content-Encoding", "gzip"),)), "DECOMPRESSION"),
        (Answer(body=b"x", headers=(("Content-Encoding", "br"),)), "DECOMPRESSION"),
        (answers.reset(), "RESET"),
        (answers.reset(after=1000), "RESET"),
        (Answer(body=bytes(100), chunked=True, cut_after=50), "TRUNCATED"),
        (answers.slow(b"x", first_byte_s=0.8), "TIMED_OUT"),
        (answers.slow(bytes(1000), bytes_per_s=100), "TIMED_OUT"),
        (answers.redirect("/x.crl"), "REDIRECTS"),
        (answers.redirect("file:///etc/passwd"), "REDIRECTS"),
        (answers.redirect("ftp://pki.contoso.com/x.crl"), "REDIRECTS"),
        (answers.redirect("http://[broken/"), "REDIRECTS"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_fault_of_the_server_is_named(server, fetch, answer, expected):
    server.put("/x.crl", answer)

    value = fetch(server.url("/x.crl"))

    assert outcome(value) == expected, value
    assert not value.HasField("crl")


def test_a_cut_off_crl_is_truncated_announced_or_not(ca, server, fetch):
    der = ca.crl()
    server.put("/a.crl", answers.truncated(der))
    server.put("/b.crl", answers.truncated(der, announced=False))

    assert outcome(fetch(server.url("/a.crl"))) == "TRUNCATED"
    assert outcome(fetch(server.url("/b.crl"))) == "TRUNCATED"


def test_a_refused_port_and_a_missing_route_are_told_apart(server, fetch):
    """REFUSED: the host is there; UNREACHABLE: there is no way to it."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    refused = fetch(f"http://127.0.0.1:{port}/x.crl")
    unreachable = fetch("http://pki.test/x.crl", connect_to={"pki.test:80": "255.255.255.255:80"})

    assert (outcome(refused), refused.system_error) == ("REFUSED", errno.ECONNREFUSED)
    assert outcome(unreachable) == "UNREACHABLE"
    assert list(unreachable.hops[0].addresses_tried) == ["255.255.255.255"]


def test_a_host_that_does_not_answer_the_connection_times_out(fetch):
    """A full backlog drops connections, as a silent firewall does."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(address)

        value = fetch(f"http://127.0.0.1:{address[1]}/x.crl")
        for filler in fillers:
            filler.close()

    assert outcome(value) == "CONNECT_TIMED_OUT"
    assert value.system_error == errno.ETIMEDOUT


def test_a_name_that_does_not_exist_is_told(fetch):
    assert outcome(fetch("http://no-such-name.invalid/x.crl")) == "NAME_NOT_RESOLVED"


GERMAN = "Es konnte keine Verbindung hergestellt werden, da der Zielcomputer die Verbindung verweigerte"


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ECONNRESET, errno.ENOBUFS])
def test_no_language_of_a_system_gets_into_a_fact(number):
    """Servers of one farm would differ by it."""
    told = [trouble.from_system(OSError(number, words)) for words in (GERMAN, "Connection refused")]

    assert told[0].detail == told[1].detail
    assert {one.system_error for one in told} == {number}


def test_nor_does_that_of_a_resolver(monkeypatch):
    def refuse(*_arguments, **_named):
        raise socket.gaierror(socket.EAI_NONAME, "Der angegebene Host ist unbekannt")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    with pytest.raises(trouble.RetrievalTroubleError, match=r"^pki\.contoso\.com: no such name, or no address of it$"):
        dns.resolve("pki.contoso.com", 80, 5.0)


def test_something_else_than_http_fails(fetch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        import threading

        def babble():
            client, _ = other.accept()
            client.recv(4096)
            client.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
            client.close()

        threading.Thread(target=babble, daemon=True).start()
        assert outcome(fetch(f"http://127.0.0.1:{other.getsockname()[1]}/x.crl")) == "FAILED"


def test_redirects_are_kept_as_hops(ca, server, fetch):
    server.put("/old.crl", answers.redirect("/new.crl", 301))
    server.put("/new.crl", answers.crl(ca.crl()))

    value = fetch(server.url("/old.crl"))

    assert outcome(value) == "OK"
    assert [hop.http_status for hop in value.hops] == [301, 200]
    assert value.hops[0].location == "/new.crl"


def test_too_many_redirects_end(server, fetch):
    for number in range(9):
        server.put(f"/{number}.crl", answers.redirect(f"/{number + 1}.crl"))

    value = fetch(server.url("/0.crl"))

    assert outcome(value) == "REDIRECTS"
    assert len(value.hops) == 4


def test_a_redirect_to_https_that_nobody_trusts_fails_in_tls(server, fetch, tls_port):
    server.put("/a.crl", answers.redirect(f"https://127.0.0.1:{tls_port}/a.crl"))

    value = fetch(server.url("/a.crl"))

    assert outcome(value) == "TLS_FAILED"
    assert value.hops[1].url.startswith("https://")


def test_an_honest_gzip_body_is_decoded(ca, server, fetch):
    server.put("/a.crl", answers.gzipped(ca.crl()))

    value = fetch(server.url("/a.crl"))

    assert outcome(value) == "OK"
    assert value.content_encoding == "gzip"
    assert value.size == len(ca.crl()) or value.size > 0


def test_the_wrong_media_type_is_kept_and_does_not_matter(ca, server, fetch):
    server.put("/a.crl", answers.wrong_content_type(ca.crl()))

    value = fetch(server.url("/a.crl"))

    assert (outcome(value), value.content_type) == ("OK", "text/plain")


def test_a_plus_in_a_name_that_iis_refuses_is_a_404(ca, server, fetch):
    """Without double escaping, IIS answers 404 for delta CRLs named ca+.crl."""
    server.refuse_plus = True
    server.put("/ca.crl", answers.crl(ca.crl()))
    server.put("/ca+.crl", answers.crl(ca.crl()))

    assert outcome(fetch(server.url("/ca.crl"))) == "OK"
    value = fetch(server.url("/ca+.crl"), facts_pb2.RETRIEVAL_PURPOSE_DELTA)

    assert (outcome(value), value.http_status) == ("HTTP_STATUS", 404)
    assert server.requests[-1].target == "/ca+.crl"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ldap:///CN=CA,DC=contoso?certificateRevocationList", "NOT_POSSIBLE_HERE"),
        ("ldap://no-such-name.invalid/CN=CA", "NAME_NOT_RESOLVED"),
        ("file://server/share/ca.crl", "UNSUPPORTED_SCHEME"),
        ("javascript:alert(1)", "UNSUPPORTED_SCHEME"),
        ("data:,x", "UNSUPPORTED_SCHEME"),
        ("", "UNSUPPORTED_SCHEME"),
        ("http://", "FAILED"),
        ("http://host:99999/", "FAILED"),
        ("http://ho\x00st/\r\nX: y", "FAILED"),
    ],
)
def test_what_is_not_fetched_is_still_a_fact(fetch, url, expected):
    assert outcome(fetch(url)) == expected


def test_a_proxy_gets_the_whole_url_and_no_credentials(ca, server, fetch):
    server.put("/a.crl", answers.crl(ca.crl()))
    host, port = server.address
    rules = ProxyRules(by_scheme={"http": f"http://user:secret@{host}:{port}"})

    value = fetch("http://pki.invalid/a.crl", proxies=rules)

    assert outcome(value) == "OK"
    assert value.proxy == f"{host}:{port}"
    assert not value.dns_addresses
    assert server.requests[0].target == "http://pki.invalid/a.crl"
    assert "proxy-authorization" not in server.requests[0].headers


def test_a_proxy_that_wants_credentials_for_a_tunnel_is_told(server, fetch):
    server.put("CONNECT", answers.proxy_authentication())
    rules = ProxyRules(by_scheme={"https": "{}:{}".format(*server.address)})

    assert outcome(fetch("https://pki.invalid/a.crl", proxies=rules)) == "PROXY_AUTHENTICATION"


@pytest.mark.parametrize(
    ("rule", "host", "direct"),
    [
        ("*", "pki.contoso.com", True),
        ("<local>", "pki", True),
        ("<local>", "pki.contoso.com", False),
        (".contoso.com", "pki.contoso.com", True),
        ("*.contoso.com", "pki.contoso.com", True),
        ("contoso.com", "notcontoso.com", False),
        ("10.0.0.0/8", "10.1.2.3", True),
        ("10.0.0.0/8", "11.1.2.3", False),
    ],
)
def test_the_bypass_list_is_obeyed(rule, host, direct):
    rules = ProxyRules(by_scheme={"http": "proxy:8080"}, bypass=(rule,))

    assert (rules.choose(parse(f"http://{host}/")).ways == (None,)) == direct


def test_connections_go_where_the_override_says(ca, server, fetch):
    server.put("/a.crl", answers.crl(ca.crl()))
    host, port = server.address

    value = fetch("http://PKI.invalid/a.crl", connect_to={"pki.invalid:80": f"{host}:{port}"})

    assert outcome(value) == "OK"
    assert value.hops[0].address == f"{host}:{port}"
    assert server.requests[0].headers["host"] == "pki.invalid"


def test_blanks_and_letters_beyond_ascii_are_asked_for_in_percent_form():
    url = parse("http://pki.contoso.com/CA 1é.crl?a b")

    assert isinstance(url, HttpUrl)
    assert url.target == "/CA%201%C3%A9.crl?a%20b"


def test_what_the_run_has_no_time_for_is_unknown_not_absent(ca, server, run):
    """A target that was never tried must not look as if it had failed."""
    server.put("/a.crl", answers.slow(b"x", first_byte_s=0.4))
    targets = [replace(ca.target(server.url("/a.crl")), url=server.url(f"/a.crl?{n}")) for n in range(12)]

    found = [outcome(fact.retrieval) for fact in run(*targets, deadline_s=0.3)]

    assert len(found) == 12
    assert set(found[4:]) == {"UNKNOWN"}


def test_two_runs_that_see_the_same_give_the_same_fact(ca, server, run):
    """A fact travels only when it changes, so nothing in it may change by itself."""
    server.put("/a.crl", answers.crl(ca.crl()))
    targets = [ca.target(server.url("/a.crl")), ca.target("http://localhost:1/b.crl"), ca.target("ldap:///x")]

    first, second = ([fact.SerializeToString(deterministic=True) for fact in run(*targets)] for _ in range(2))

    assert first == second


def test_how_much_came_of_a_broken_body_changes_no_fact(ca, server, run):
    """Blocks of an endless or slow body never end at the same byte twice."""
    targets = [ca.target(server.url("/endless.crl")), ca.target(server.url("/slow.crl"))]
    seen = []
    for length in (1000, 1300):
        server.put("/endless.crl", Answer(body=bytes(length) * 5000, chunked=True))
        server.put("/slow.crl", answers.reset(after=length))
        seen.append([fact.SerializeToString(deterministic=True) for fact in run(*targets)])

    assert seen[0] == seen[1]


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [(407, "PROXY_AUTHENTICATION", "the proxy wants credentials"), (403, "HTTP_STATUS", "refuses a tunnel")],
)
def test_a_tunnel_that_a_proxy_refuses_is_the_proxys_word(server, fetch, status, expected, words):
    server.put("CONNECT", answers.http_status(status))
    rules = ProxyRules(by_scheme={"https": "{}:{}".format(*server.address)})

    value = fetch("https://pki.invalid/a.crl", proxies=rules)

    assert (outcome(value), value.http_status, value.hops[0].http_status) == (expected, status, status)
    assert words in value.detail


def test_credentials_for_the_server_are_told_apart_from_those_for_a_proxy(server, fetch):
    """401 is the server's own word, also through a proxy; 407 without a proxy comes from one that nobody set."""
    server.put("/a.crl", answers.http_status(401))
    server.put("/b.crl", answers.http_status(407))
    rules = ProxyRules(by_scheme={"http": "{}:{}".format(*server.address)})

    direct, through = fetch(server.url("/a.crl")), fetch("http://pki.invalid/a.crl", proxies=rules)
    hidden = fetch(server.url("/b.crl"))

    assert [(outcome(one), one.http_status) for one in (direct, through)] == [("HTTP_STATUS", 401)] * 2
    assert (outcome(hidden), hidden.http_status) == ("PROXY_AUTHENTICATION", 407)
    assert "no setting names" in hidden.detail


@pytest.mark.parametrize(
    ("url", "purpose", "words"),
    [
        ("https://127.0.0.1:1/a.crl", facts_pb2.RETRIEVAL_PURPOSE_CRL, "perhaps with this very answer"),
        ("HTTPS://127.0.0.1:1/a+.crl", facts_pb2.RETRIEVAL_PURPOSE_DELTA, "perhaps with this very answer"),
        ("https://127.0.0.1:1/a.crt", facts_pb2.RETRIEVAL_PURPOSE_AIA, "not for issuers' certificates"),
        ("http://127.0.0.1:1/a.crl", facts_pb2.RETRIEVAL_PURPOSE_CRL, ""),
    ],
)
def test_https_in_a_certificate_is_fetched_and_remarked(fetch, url, purpose, words):
    value = fetch(url, purpose)

    assert outcome(value) == "REFUSED"
    assert len(value.remarks) == bool(words)
    assert words in "".join(value.remarks)
