"""No text makes the reader of PowerShell's output fail in another way, or take long."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from farmsight_agent.hosts.evidence.capture import Text
from farmsight_agent.hosts.evidence.documents import adfs, entra, wap
from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_agent.hosts.evidence.powershell import document
from farmsight_agent.hosts.evidence.powershell.cmdlets import CMDLETS
from farmsight_agent.hosts.evidence.powershell.forms import FORMS
from farmsight_agent.outcome import NotObservedError

PARTS = {
    adfs: (
        "properties", "global-policy", "sync", "authentication-providers", "endpoints", "certificates", "trusts",
        "nodes",
    ),
    wap: ("configuration", "applications"),
    entra: ("authorities", "domains"),
}  # fmt: skip


def ask(text):
    """Ask everything of a text; whatever comes back can travel."""
    file = Text(name="STS01_claimstrust.txt", text=text)
    for form in FORMS:
        form.likeness(file)
    try:
        read = document.read(file)
    except NotObservedError:
        return
    for reader, parts in PARTS.items():
        for part in parts:
            try:
                for value in reader.part(read, part, lambda _data: b"").values:
                    value.SerializeToString()
            except NotObservedError:
                pass


@given(st.one_of(st.text(max_size=400), st.binary(max_size=400).map(lambda data: decode(data)[0])))
def test_no_bytes_make_it_raise(text):
    ask(text)


NAMES = sorted({name for cmdlet in CMDLETS for name in cmdlet.spelled})
WORDS = st.sampled_from(
    ["True", "{a, b...}", "{", "}", "[Subject]", "[Thumbprint]", "-", "----", "...", "\u2026", '"', "c:[Type == ", "];",
     "=> issue(claim = c);", "http://a/b", "PS C:\\> Get-AdfsEndpoint", "Get-AdfsProperties : PS0033", "AB" * 20, "\t",
     "    + CategoryInfo          : x", "@RuleName = \"", "4/8/2018 11:01:46 AM", "\x1b[32m", "\u00a0",
     "(Get-AdfsSyncProperties).Role", "Get-MsolDomain", "証明書", "443"]
)  # fmt: skip
LINE = st.one_of(
    st.builds("{} : {}".format, st.sampled_from(NAMES), WORDS),
    st.builds("{}{}".format, st.sampled_from(["", " ", "    ", " " * 20]), WORDS),
    st.lists(st.sampled_from(NAMES), min_size=1, max_size=4).map("  ".join),
    st.lists(WORDS, max_size=4).map(" ".join),
    st.just(""),
)


@given(st.lists(LINE, max_size=30).map("\n".join))
def test_no_pieces_of_real_outputs_make_it_raise(text):
    ask(text)


HOSTILE = {
    "one long line": "a" * 300_000,
    "one long line of blanks": " " * 300_000 + ":",
    "colons": ":" * 300_000,
    "labels": "".join(f"Name{n} : x\n" for n in range(20_000)),
    "one label": "Name : x\n" * 20_000,
    "lines that go on": "Name : x\n" + "    y\n" * 40_000,
    "an open text": '@RuleName = "x\n' + "a b\n" * 40_000,
    "an open address": 'c:[Type == "http://a\n' + "b\n" * 40_000,
    "backslashes": 'c:[Type == "' + "\\" * 200_000 + '"] => issue(claim = c);',
    "an open list": "AuthenticationMethods : {a,\n" + "    b,\n" * 40_000,
    "dashes": "Name\n" + "-" * 100_000 + "\n",
    "columns": "a " * 2_000 + "\n" + "- " * 2_000 + "\n" + "x " * 2_000 + "\n",
    "tables": "a\n-\n" * 50_000,
    "captions": ("-" * 200 + "x") * 500,
    "prompts": "PS C:\\> Get-AdfsProperties\n" * 20_000,
    "prompts that do not end": "PS " + "C:\\" * 50_000 + "\n",
    "error records": "Get-AdfsProperties : x\n" * 20_000,
    "error lines": "    + CategoryInfo : x\n" * 20_000,
    "lists glued together": "Name : {}" + " } Name : x" * 20_000,
    "parameters": "PS C:\\> Get-AdfsProperties" + " -a -b:" * 20_000,
    "wide characters": "Name : " + "証" * 100_000,
    "base64": "SigningCertificate : MIIC\n" + f"                     {'A' * 64}\n" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_text_takes_long(name):
    began = time.process_time()
    ask(HOSTILE[name])
    assert time.process_time() - began < 5
