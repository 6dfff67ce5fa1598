"""Findings as cards: causes first, what they explain folded, what to do per server."""

from farmsight_collector.shown.findings import AT_ONCE, causes
from farmsight_wire.v1 import query_pb2


def finding(name: str, *, by: str = "", severity: int = query_pb2.SEVERITY_ERROR, **fields) -> query_pb2.Finding:
    code, _, subject = name.partition(" ")
    return query_pb2.Finding(id=name, code=code, subject=subject, caused_by=by, severity=severity, **fields)


def remedy(server: str, command: str, shell: str = "powershell") -> query_pb2.Remedy:
    return query_pb2.Remedy(server=server, shell=shell, command=command)


def test_symptoms_of_symptoms_are_folded_under_the_first_cause_by_code_worst_first() -> None:
    found = causes(
        [
            finding("network.down host"),
            finding("crl.stale one", by="network.down host", severity=query_pb2.SEVERITY_INFO),
            finding("crl.gone one", by="network.down host", severity=query_pb2.SEVERITY_CRITICAL),
            finding("chain.off one", by="crl.gone one"),
            finding("crl.gone two", by="network.down host", severity=query_pb2.SEVERITY_CRITICAL),
            finding("farm.other it", by="of another page"),
        ]
    )

    assert [(one.number, one.finding.code, one.explained) for one in found] == [
        (1, "network.down", 4),
        (2, "farm.other", 0),
    ]
    assert [(one.code, [m.subject for m in one.members]) for one in found[0].symptoms] == [
        ("crl.gone", ["one", "two"]),
        ("chain.off", ["one"]),
        ("crl.stale", ["one"]),
    ]


def test_findings_that_explain_each_other_in_a_circle_are_all_shown() -> None:
    found = causes([finding("a x", by="b x"), finding("b x", by="a x")])

    assert {one.finding.code for one in found} == {"a", "b"}


def test_servers_that_need_the_same_commands_share_them_and_the_order_stays() -> None:
    commands = [remedy("STS01", "export"), remedy("WAP01", "import"), remedy("WAP01", "check")]
    commands += [
        remedy("WAP02", "import"),
        remedy("WAP02", "check"),
        remedy("STS01", "tidy"),
        remedy("", "look", "text"),
    ]

    (one,) = causes([finding("store.missing CA", remedy=commands)])

    told = [(step.servers, [" ".join(c.lines) for c in step.commands]) for step in one.finding.steps]
    assert told == [
        (("STS01",), ["export"]),
        (("WAP01", "WAP02"), ["import", "check"]),
        (("STS01",), ["tidy"]),
        ((), ["look"]),
    ]
    assert [step.commands[0].shell for step in one.finding.steps] == ["PowerShell", "PowerShell", "PowerShell", ""]


def test_evidence_beyond_a_few_facts_waits_and_words_that_repeat_are_said_once() -> None:
    facts = [
        query_pb2.Evidence(
            server="WAP02", kind="retrieval", key=f"crl http://pki/{n}.crl", says="unreachable" if n else "ok"
        )
        for n in range(AT_ONCE + 2)
    ]

    (one,) = causes([finding("crl.gone one", evidence=facts)])

    assert [proof.rows for proof in one.finding.first] == [1, AT_ONCE - 1, *[0] * (AT_ONCE - 2)]
    assert [proof.rows for proof in one.finding.rest] == [2, 0]
    assert one.finding.proofs == AT_ONCE + 2


def test_a_step_keeps_what_to_look_at_first_and_what_takes_it_back() -> None:
    one = query_pb2.Remedy(server="WAP01", shell="powershell", command="do", check="look\nhere", undo="undo")

    (cause,) = causes([finding("store.missing CA", remedy=[one])])

    (command,) = cause.finding.steps[0].commands
    assert (command.check, command.lines, command.undo) == (("look", "here"), ("do",), ("undo",))
