"""A part of a listing must not be read as the whole: what it does not show would seem to be missing."""

import pytest

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.intake.decoding import printed
from farmsight_agent.hosts.evidence.netsh import (
    advproxy,
    excluded_ports,
    iplisten,
    servicestate,
    sslcert,
    urlacl,
    winhttp,
)
from farmsight_agent.hosts.evidence.recognise import recognise
from farmsight_agent.outcome import FailedError, UnavailableError
from farmsight_wire.v1 import facts_pb2
from tests.fakes import netsh

URLS = netsh.urlacl(netsh.GERMAN)
ADDRESSES = "\r\nAdressliste für die IP-Überwachung:\r\n-----------------------\r\n\r\n    10.20.30.40\r\n\r\n"
RANGES = (
    "\r\nProtokoll tcp Portausschlussbereiche\r\n\r\nStartport    Endport\r\n----------    --------\r\n"
    "      5357        5357\r\n     50000       50059     *\r\n\r\n* - Verwaltete Portausschlüsse.\r\n\r\n"
)
STATE = netsh.servicestate(netsh.GERMAN)
LISTINGS = {
    "urlacl": (urlacl.parse, URLS),
    "sslcert": (sslcert.parse, netsh.sslcert(netsh.GERMAN, "2022")),
    "iplisten": (iplisten.parse, ADDRESSES),
    "servicestate": (servicestate.parse, STATE),
}
EVERY = pytest.mark.parametrize("listing", LISTINGS)
# How people ask for all, and what they put behind it without losing a line.
WHOLE = (
    "C:\\>netsh http show {}", "C:\\>netsh http show {} > C:\\temp\\WAP01.txt", "PS C:\\> netsh http show {} | more",
    "PS C:\\> netsh.exe http show {} 2>&1 | Out-File -Width 300 C:\\temp\\WAP01.txt", "C:\\>netsh http sh {} | clip",
    "PS C:\\> & netsh http show {} | Tee-Object -FilePath x.txt | Out-String", "netsh http>show {}",
    "PS C:\\> cmd /c \"netsh http show {}\"", "PS C:\\> hostname; netsh http show {}; whoami",
)  # fmt: skip
PART = (
    "C:\\>netsh http show {} | findstr 49443", 'C:\\>netsh http show {} | find "443"',
    "PS C:\\> netsh http show {} | sls adfs", "PS C:\\> netsh http show {} | Select-String 49443 -Context 3,10",
    "PS C:\\> netsh http show {} | Select-Object -First 20",
    "PS C:\\> (netsh http show {})[3..20]", "PS C:\\> netsh http show {} | ? {{ $_ -match 'adfs' }}",
    "PS C:\\> netsh http show {} | Where-Object {{ $_ }} | Out-File x.txt",
    "C:\\>netsh http show {} |findstr /n 443 > x.txt",
)  # fmt: skip


def refused(parse, body):
    with pytest.raises(FailedError) as raised:
        parse(Text(name="WAP01_x.txt", text=body))
    return raised.value.reason


def seen(parse, body):
    return parse(Text(name="WAP01_x.txt", text=body)).values


@EVERY
@pytest.mark.parametrize("command", WHOLE)
def test_a_command_that_asks_for_all_is_answered_by_all(listing, command):
    parse, body = LISTINGS[listing]
    assert seen(parse, command.format(listing) + "\r\n" + body) == seen(parse, body) != ()


@EVERY
@pytest.mark.parametrize("command", PART)
def test_what_a_filter_has_let_through_is_a_part(listing, command):
    parse, body = LISTINGS[listing]
    assert refused(parse, command.format(listing) + "\r\n" + body) == "partial-listing"


@pytest.mark.parametrize(
    ("listing", "asked"),
    [
        ("urlacl", "url=https://+:49443/adfs/"), ("urlacl", "https://+:49443/adfs/"), ("urlacl", "url = https://+:443/adfs/"),
        ("sslcert", "ipport=0.0.0.0:49443"), ("sslcert", "hostnameport=sts.contoso.com:49443"), ("sslcert", "[::]:443"),
        ("sslcert", "ccs=443"), ("sslcert", 'hostnameport="sts.contoso.com:443" json=enable'),
    ],
)  # fmt: skip
def test_one_entry_that_was_asked_for_is_not_all_of_them(listing, asked):
    parse, body = LISTINGS[listing]
    for shortened in (listing, listing[:3]):
        assert refused(parse, f"C:\\>netsh http show {shortened} {asked}\r\n{body}") == "partial-listing"


@pytest.mark.parametrize("listing", ["urlacl", "sslcert"])
def test_that_the_one_entry_is_not_there_does_not_mean_that_none_is(listing):
    parse, body = LISTINGS[listing]
    heading = body[: body.index("---")] + "-----------------\r\n\r\n"
    assert seen(parse, f"C:\\>netsh http show {listing}\r\n{heading}") == ()
    assert refused(parse, f"C:\\>netsh http show {listing} ipport=0.0.0.0:49443\r\n{heading}") == "partial-listing"


@EVERY
@pytest.mark.parametrize(
    "mark",
    [
        "...", "    ...", "[...]", "\u2026", ". . .", "<snip>", "[output omitted]", "(gekürzt)", "--- snip ---",
        "-- More  --", "*** output shortened ***", "===== page 2 =====", "<... snip ...>",
    ],
)  # fmt: skip
def test_a_mark_of_what_somebody_left_out_says_that_it_is_not_all(listing, mark):
    """Wherever it stands: before the first entry, between two, within one or behind the last."""
    parse, body = LISTINGS[listing]
    lines = body.split("\r\n")
    heading = next(number for number, line in enumerate(lines) if line.startswith("---"))
    filled = [number for number, line in enumerate(lines) if number > heading + 1 and line]
    for at in (filled[0], filled[len(filled) // 2], filled[-1] + 1):
        marked = "\r\n".join([*lines[:at], mark, *lines[at:]])
        assert refused(parse, marked) in {"partial-listing", "truncated", "not-understood"}


@EVERY
@pytest.mark.parametrize("mark", ["--- snip ---", "-- More  --", "===== page 2 =====", "*** output shortened ***"])
def test_a_mark_within_a_listing_does_not_make_two_of_it(listing, mark):
    """The second half would have no heading, and would be read as a short listing of its own."""
    parse, body = LISTINGS[listing]
    lines = body.split("\r\n")
    for at in range(5, len(lines) - 1):
        if not lines[at][:1].isspace():
            continue
        marked = "\r\n".join([*lines[:at], mark, *lines[at:]])
        for one in recognise(Text(name=f"WAP01_{listing}.txt", text=marked)):
            with pytest.raises(FailedError):
                parse(one.text)


@pytest.mark.parametrize("listing", ["urlacl", "sslcert", "servicestate"])
@pytest.mark.parametrize("mark", ["--- snip ---", "===== page 2 ====="])
def test_a_mark_tears_no_listing_apart_that_lost_its_indent(listing, mark):
    parse, body = LISTINGS[listing]
    lines = [line.strip() for line in body.split("\r\n")]
    for at in range(6, len(lines) - 3, 3):
        marked = "\r\n".join([*lines[:at], mark, *lines[at:]])
        found = recognise(Text(name=f"WAP01_{listing}.txt", text=marked))
        with pytest.raises(FailedError):
            parse(found[-1].text)


def test_what_select_string_marks_is_what_it_has_found():
    lines = [line for line in URLS.split("\r\n") if line]
    found = [at for at, line in enumerate(lines) if "https" in line]
    context = sorted({at + more for at in found for more in range(8) if at + more < len(lines)})
    body = "\r\n".join(("> " if at in found else "  ") + lines[at] for at in context)
    assert refused(urlacl.parse, body) in {"partial-listing", "truncated"}


def test_descriptors_of_other_urls_show_that_their_urls_are_missing():
    """A search for a port and for SDDL gives one URL and the descriptors of all."""
    found = "\n".join(line for line in URLS.split("\r\n") if "49443" in line or "SDDL" in line)
    assert refused(urlacl.parse, found) == "truncated"
    second = URLS.split("\r\n")
    begun = next(at for at, line in enumerate(second) if "SDDL" in line)
    assert refused(urlacl.parse, "\n".join(second[begun:])) == "truncated"


def test_ranges_of_another_protocol_or_only_those_set_by_hand_are_not_the_ranges():
    assert len(seen(excluded_ports.parse, RANGES)) == 2
    asked = "C:\\>netsh int ip{} show excludedportrange {}\r\n"
    for version, arguments in (("v4", "protocol=tcp"), ("", "tcp"), ("v4", "protocol=tcp store=active | more")):
        assert len(seen(excluded_ports.parse, asked.format(version, arguments) + RANGES)) == 2
    assert refused(excluded_ports.parse, asked.format("v6", "protocol=tcp") + RANGES) == "other-protocol"
    assert refused(excluded_ports.parse, asked.format("v4", "protocol=udp") + RANGES) == "other-protocol"
    assert (
        refused(excluded_ports.parse, asked.format("v4", "protocol=tcp store=persistent") + RANGES) == "partial-listing"
    )
    assert refused(excluded_ports.parse, asked.format("v4", "protocol=tcp | findstr 49") + RANGES) == "partial-listing"


def test_ranges_without_anything_behind_them_may_go_on():
    shown = RANGES[: RANGES.index("     50000")]
    assert refused(excluded_ports.parse, shown) == "truncated"
    assert len(seen(excluded_ports.parse, shown + "\r\n")) == 1


def test_a_label_that_holds_a_colon_itself_does_not_give_it_to_the_value():
    """French: "Nom du magasin de certificats :       : MY", and no blank behind the colon of later rows."""
    labels = (
        "Hachage du certificat             : ", "ID de l'application               : ",
        "Nom du magasin de certificats :       : ", "Vérifier la révocation des certificats clients : ",
        "Vérifier la révocation au moyen du certificat client mis en cache uniquement : ",
        "Vérification de l'utilisation                  : ", "Heure d'actualisation de la révocation    : ",
        "Délai d'attente de la récupération d'URL        : ", "Identificateur CTL               : ",
        "Nom du magasin CTL               : ", "Utilisation du mappeur DS              : ",
        "Négocier le certificat client : ", "Refuser les connexions : ", "Désactiver HTTP2 :", "Désactiver QUIC :",
    )  # fmt: skip
    values = ("ab" * 20, netsh.ADFS, "MY", "Enabled", "Disabled", "Enabled", "0", "0", "(null)", "AdfsTrustedDevices",
              "Disabled", "Enabled", "Disabled", "Not Set", "Not Set")  # fmt: skip
    rows = [label + value for label, value in zip(labels, values, strict=True)]
    key = "Adresse IP:port                      : 10.20.30.40:49443"
    body = "\nLiaisons de certificat SSL :\n---------------\n\n    " + "\n    ".join([key, *rows]) + "\n\n"
    for shown in (body, body.replace(": MY", "\uff1a MY"), body.replace(" : ", "\u00a0: ")):
        [found] = seen(sslcert.parse, shown)
        assert (found.store, found.host, found.port, found.ctl_store) == (
            "MY",
            "10.20.30.40",
            49443,
            "AdfsTrustedDevices",
        )
        assert (found.negotiate_client_certificate, found.disable_http2, found.disable_quic) == (True, False, False)


ADVANCED = (
    "\r\nAktuelle erweiterte WinHTTP-Proxyeinstellungen:\r\n\r\n"
    '{{"ProxyIsEnabled": true, "Proxy": "proxy.fabrikam.example:8080", "ProxyBypass": "<local>", '
    '"AutoDetect": false, "PerUserProxySettings": {}}}\r\n\r\n'
)


@pytest.mark.parametrize(
    ("command", "per_user"),
    [("", "true"), ("C:\\>netsh winhttp show advproxy setting-scope=user\r\n", "false"),
     ("C:\\>netsh winhttp sh adv user\r\n", "false")],
)  # fmt: skip
def test_a_users_own_proxy_settings_are_those_of_who_asked_and_of_no_other_account(command, per_user):
    body = Text(name="WAP01_advproxy.txt", text=command + ADVANCED.format(per_user))
    [found] = advproxy.parse(body).values
    assert found.proxy_source == facts_pb2.PROXY_SOURCE_WININET
    with pytest.raises(UnavailableError, match="another-account"):
        advproxy.parse(body, who_asked=False)


def test_the_machines_proxy_settings_are_those_of_every_account():
    body = Text(name="WAP01_advproxy.txt", text=ADVANCED.format("false"))
    assert advproxy.parse(body, who_asked=False).values == advproxy.parse(body).values


MARGINS = ("\r\n```\r\n", "\r\n\r\nKind regards,\r\nan administrator of WAP01\r\n", "\r\n", "")


@pytest.mark.parametrize("behind", MARGINS)
def test_what_an_article_or_a_mail_has_below_them_is_no_address_and_no_proxy(behind):
    assert len(seen(iplisten.parse, ADDRESSES + behind)) == 1
    [direct] = seen(winhttp.parse, netsh.winhttp(netsh.GERMAN) + behind)
    assert direct.direct


def test_lines_whose_ends_were_written_twice_are_read_in_short_listings_too():
    doubled = ADDRESSES.replace("\r\n", "\n\n")
    assert [one.address for one in seen(iplisten.parse, doubled)] == ["10.20.30.40"]
    text, _ = printed(ADDRESSES.replace("\r\n", "\r\r\n").encode())
    assert [one.address for one in seen(iplisten.parse, text)] == ["10.20.30.40"]


def test_blanks_behind_the_last_line_end_do_not_make_an_address_one_that_is_cut_off():
    assert len(seen(iplisten.parse, ADDRESSES.rstrip() + "\r\n    ")) == 1
    assert refused(iplisten.parse, ADDRESSES.rstrip()) == "truncated"
