"""What makes recognising fast changes nothing in what is recognised."""

import pytest

from farmsight_agent.hosts.evidence import echoes
from farmsight_agent.hosts.evidence import recognise as recognising
from farmsight_agent.hosts.evidence.capture import Likeness, Text
from farmsight_agent.hosts.evidence.forms import FORMS


@pytest.mark.parametrize("form", [form for form in FORMS if form.echoed], ids=lambda form: form.id)
def test_every_command_that_a_form_knows_names_one_of_the_tools(form):
    assert any(tool in form.echoed.pattern.lower() for tool in echoes.TOOLS)


@pytest.mark.parametrize("promised", [None, *FORMS], ids=lambda form: form.id if form else "-")
@pytest.mark.parametrize("echoed", [None, FORMS[0], FORMS[-1]], ids=lambda form: form.id if form else "-")
def test_asking_only_until_one_is_certain_chooses_as_asking_all_would(printed, echoed, promised):
    for text in printed:
        asked = [(form.likeness(text), form) for form in FORMS]
        whole = recognising._chosen(asked, echoed, promised)
        assert recognising._chosen(recognising._likeness(text, echoed, promised), echoed, promised) == whole


def test_there_are_texts_of_every_degree(printed):
    degrees = {form.likeness(text) for text in printed for form in FORMS}
    assert degrees == set(Likeness)


@pytest.fixture(scope="module")
def printed():
    told = {
        "urlacl": "\nReserved URLs:\n--------------\n\n    Reserved URL            : https://+:49443/adfs/\n"
        "        User: NT SERVICE\\adfssrv\n            Listen: Yes\n            Delegate: Yes\n"
        "            SDDL: D:(A;;GA;;;S-1-5-80-2246541919-809809582-3204983018-4041209298-1116129)\n",
        "verify": "CertUtil: -verify command completed successfully.\n",
        "chain": "ChainContext.dwErrorStatus = CERT_TRUST_IS_PARTIAL_CHAIN (0x10000)\n"
        "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0\n",
        "sync": "LastSyncStatus : 0\nPollDuration : 300\nPrimaryComputerName : STS01\nRole : SecondaryComputer\n",
        "prose": "Dear colleagues,\nplease find attached what you asked for.\n",
        "winhttp": "Current WinHTTP proxy settings:\n\n    Direct access (no proxy server).\n",
        "addresses": "https://sts.contoso.com/adfs\nhttps://b.contoso.com\n",
    }
    return [Text(name=f"{name}.txt", text=text) for name, text in told.items()]
