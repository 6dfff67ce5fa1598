"""A long file of any one kind of line takes a time in proportion to its length: fuzzing tries none so long.

Four times the lines may take four times the time, and a little for what does not depend on them; never sixteen.
"""

import gc
import tempfile
import time
from pathlib import Path

import pytest

from farmsight_agent import evidence
from tests.fuzz.checks import sound
from tests.fuzz.files import NOW

LINES = {
    "WAP01_usercert.txt": {
        "nothing": "",
        "one letter": "a",
        "a rule of columns": "----------  ---------",
        "certutil's end": "CertUtil: -verify command completed successfully.",
        "a store's heading": "================ Certificate 0 ================",
        "a chain's element": "CertContext[0][0]: dwInfoStatus=102 dwErrorStatus=0",
        "a status": "  Element.dwErrorStatus = CERT_TRUST_IS_REVOKED (0x4)",
        "a heading of URLs": "  ----------------  Certificate AIA  ----------------",
        "a URL's result": '  Verified "Certificate (0)" Time: 0',
        "brackets": "((((((((((((",
        "quotes": '""""""""""',
        "wide": "x" * 119,
    },
    "STS01_rptrust.txt": {
        "a cmdlet": "PS C:\\> Get-AdfsProperties",
        "a property": "Name : x",
        "an open value": "AllowedAuthenticationMethods : {a, b, c",
        "the rest of a value": " " * 40 + "the rest",
        "a table": "FQDN   Role\r\n----   ----\r\na      b",
        "an error": "Get-AdfsProperties : The term is not recognized\r\n    + CategoryInfo          : ObjectNotFound",
        "a rule of claims": 'c:[Type == "a"]\r\n => issue(claim = c);',
        "a caption": "-----BEGIN X-----",
        "a fence": "```",
        "stars": "*" * 22,
        "a log": "2026-01-02 03:04:05 something",
        "colons": ": : : : : : :",
        "a list of values": '"a","b"',
        "two ends of a line": "x\r",
    },
    "WAP01_sslcert.txt": {
        "a URL": "    https://+:443/adfs/",
        "a reservation": "    Reserved URL            : https://+:49443/adfs/",
        "a user": "        User: NT SERVICE\\adfssrv",
        "a binding": "    IP:port                      : 0.0.0.0:443",
        "a queue": "Request queue name: X",
        "a version": "    Version: 2.0",
        "a port range": "       443         443",
        "blanks of a page": "\u00a0\u00a0Nom\u00a0: valeur",
    },
    "notes.txt": {
        "a rule": "----------",
        "a prompt": "C:\\>",
        "a command": "C:\\>netsh http show sslcert",
        "mail": "> quoted",
        "numbers": "12: something",
        "a file's name": "WAP01_sslcert.txt",
        "a banner": "=== WAP01 ===",
    },
}
CASES = [(name, line) for name, lines in LINES.items() for line in lines]
SHORT, LONG = 50_000, 200_000
MAY_TAKE = 8.0  # times as long
ENOUGH_S = 0.5  # below this nothing is told
TRIES = 3


@pytest.mark.slow
@pytest.mark.parametrize(("name", "kind"), CASES, ids=[f"{kind} in {name}" for name, kind in CASES])
def test_four_times_the_lines_take_no_more_than_a_few_times_as_long(name, kind):
    line = f"{LINES[name][kind]}\r\n"
    took = _seconds(line, LONG, name)
    short = 0.0
    for _ in range(TRIES):  # beside what else a machine does, one pair of figures tells little
        if took < MAY_TAKE * short + ENOUGH_S:
            return
        short, took = max(short, _seconds(line, SHORT, name)), min(took, _seconds(line, LONG, name))
    assert took < MAY_TAKE * short + ENOUGH_S


def _seconds(line, size, name):
    with tempfile.TemporaryDirectory(prefix="farmsight-fuzz-") as folder, sound():
        (Path(folder) / name).write_bytes((line * (size // len(line))).encode())
        gc.disable()  # a collection costs by what all tests before left in memory, not by this file
        try:
            began = time.process_time()
            found = evidence.open_evidence([Path(folder)], now=NOW)
            for server in found.servers:
                for go in server.rounds:
                    found.reported(server, go)
            return time.process_time() - began
        finally:
            gc.enable()
