"""What is registered with http.sys now, by sessions and by request queues, of old Windows and new."""

import pytest

from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.netsh import servicestate
from farmsight_agent.outcome import FailedError
from tests.fakes import netsh

WHOLE = netsh.servicestate(netsh.ENGLISH)
OLD = """
Snapshot of HTTP service state (Server Session View):
-----------------------------------------------------

Server session ID: FF00000320000001
    Version: 2.0
    State: Active
    Properties:
        Max bandwidth: 4294967295
        Timeouts:
            Entity body timeout (secs): 120
    URL groups:
    URL group ID: FE00000340000001
        State: Active
        Request queue name: Request queue is unnamed.
        Properties:
            Max bandwidth: inherited
            Authentication Configuration:
                Authentication schemes enabled:
                    Negotiate
                    NTLM
            Number of registered URLs: 1
            Registered URLs:
                HTTP://+:80/ADFS/PROBE/

Request queues:
    Request queue name: Request queue is unnamed.
        Version: 2.0
        State: Active
        Request queue 503 verbosity level: Basic
        Max requests: 1000
        Number of active processes attached: 1
        Process IDs:
            2668

"""
QUEUES = """
Snapshot of HTTP service state (Request Queue View):
----------------------------------------------------

Request queue name: Request queue is unnamed.
    Version: 2.0
    State: Active
    Max requests: 1000
    Number of active processes attached: 1
    Process IDs:
        944
    URL groups:
    URL group ID: FE00000040000001
        State: Active
        Request queue name: Request queue is unnamed.
        Properties:
            Number of registered URLs: 2
            Registered URLs:
                HTTP://+:5985/WSMAN/
                HTTP://+:47001/WSMAN/
        Server session ID: FF00000020000001
            Version: 1.0
            State: Active
    Request queue name: Request queue is unnamed.
        Version: 2.0
        State: Active
        Max requests: 1000
        Number of active processes attached: 2
        Process IDs:
            1344
            1552
        URL groups:
        URL group ID: FA00000040000001
            State: Active
            Request queue name: Request queue is unnamed.
            Properties:
                Number of registered URLs: 1
                Registered URLs:
                    HTTPS://STS.CONTOSO.COM:49443/ADFS/
            Server session ID: FB00000020000001
                Version: 2.0
                State: Active

"""


def text(body):
    return Text(name="WAP01_servicestate.txt", text=body)


def registered(body):
    return [(one.url, list(one.process_ids), one.request_queue) for one in servicestate.parse(text(body)).values]


def refused(body):
    with pytest.raises(FailedError) as caught:
        servicestate.parse(text(body))
    return caught.value.reason


@pytest.mark.parametrize("language", netsh.LANGUAGES, ids=lambda one: one.code)
@pytest.mark.parametrize("columns", [0, 120, 80, 60])
def test_a_snapshot_in_any_language_gives_the_same_registrations(language, columns):
    body = netsh.servicestate(language)
    body = netsh.wrapped(body, columns) if columns else body

    assert servicestate.parse(text(body)).values == servicestate.parse(text(WHOLE)).values
    assert servicestate.likeness(text(body)) is Likeness.CERTAIN


def test_urls_are_spelled_as_reservations_are_and_the_unnamed_queue_has_no_name():
    assert registered(WHOLE) == [
        ("https://+:49443/ADFS/", [2688], ""),
        ("https://+:443/ADFS/", [2688], ""),
        ("http://10.0.0.5:80/", [], "DefaultAppPool"),
    ]


@pytest.mark.parametrize(
    ("shown", "spelled"),
    [
        ("HTTPS://+:443/ADFS/", "https://+:443/ADFS/"),
        ("HTTPS://STS.CONTOSO.COM:49443/ADFS/", "https://sts.contoso.com:49443/ADFS/"),
        ("HTTP://127.0.0.1:8000:127.0.0.1/", "http://127.0.0.1:8000/"),
        ("HTTP://[::1]:8000:[::1]/X/", "http://[::1]:8000/X/"),
        ("HTTP://WWW.CONTOSO.COM:80:10.0.0.5/", "http://www.contoso.com:80:10.0.0.5/"),
        ("HTTP://*:5357/4C2CDC17-BEFE/", "http://*:5357/4C2CDC17-BEFE/"),
    ],
)
def test_an_address_behind_the_port_is_left_out_only_where_the_host_says_the_same(shown, spelled):
    assert registered(OLD.replace("HTTP://+:80/ADFS/PROBE/", shown))[0][0] == spelled


def test_the_view_by_queues_tells_the_processes_of_each_unnamed_queue():
    assert (
        registered(QUEUES)
        == registered(netsh.flat(QUEUES.replace("\n", "\r\n")))
        == [
            ("http://+:5985/WSMAN/", [944], ""),
            ("http://+:47001/WSMAN/", [944], ""),
            ("https://sts.contoso.com:49443/ADFS/", [1344, 1552], ""),
        ]
    )


def test_urls_in_angle_brackets_of_a_document_are_urls():
    assert registered(QUEUES.replace("HTTP://+:5985/WSMAN/", "<HTTP://+:5985/WSMAN/>")) == registered(QUEUES)


def test_processes_of_several_unnamed_queues_are_not_guessed():
    session = OLD[OLD.index("Server session") : OLD.index("Request queues:")].replace("ADFS/PROBE", "OTHER")
    queue = OLD[OLD.index("    Request queue name: Request queue is unnamed.\n        Version") :]
    two = OLD.replace("Request queues:", session + "Request queues:") + queue.replace("2668", "37584")

    assert registered(OLD) == [("http://+:80/ADFS/PROBE/", [2668], "")]
    assert registered(two) == [("http://+:80/ADFS/PROBE/", [], ""), ("http://+:80/OTHER/", [], "")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not-understood"),
        ("Access is denied.\n", "not-understood"),
        ("Name    : Pester\nVersion : 5.4\n", "truncated"),
        ("Snapshot:\n---------\n\n", "truncated"),
        (OLD.replace("Number of registered URLs: 1", "Number of registered URLs: 2"), "truncated"),
        (OLD[: OLD.index("Request queues:")] + "\n", "truncated"),
        (OLD.replace("            2668\n", ""), "truncated"),
        (OLD.replace("queue is unnamed.\n        Version", "queue is another.\n        Version"), "truncated"),
        (QUEUES[: QUEUES.index("    URL groups:\n    URL")], "truncated"),
    ],
    ids=["empty", "denied", "modules", "heading", "url-missing", "queues-missing", "process-missing", "queue-missing",
         "groups-missing"],
)  # fmt: skip
def test_a_snapshot_with_a_gap_is_refused(body, reason):
    assert refused(body) == reason


@pytest.mark.parametrize("body", [OLD, WHOLE, QUEUES, netsh.wrapped(netsh.servicestate(netsh.GERMAN))])
def test_a_snapshot_cut_off_anywhere_never_claims_what_is_not_there(body):
    whole = {url: (set(processes), queue) for url, processes, queue in registered(body)}
    for end in range(len(body)):
        try:
            found = registered(body[:end])
        except FailedError:
            continue
        for url, processes, queue in found:
            assert set(processes) <= whole[url][0]
            assert queue == whole[url][1]


def test_lists_of_modules_with_versions_are_not_taken_for_queues():
    modules = "Name    : Pester\nVersion : 5.4\nName    : ADFS\nVersion : 1.0\n"

    assert servicestate.likeness(text(modules)) is Likeness.NO
