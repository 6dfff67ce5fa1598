"""Inputs as they come in the field: real outputs, and a small farm's evidence in the nine languages of the lab."""

import base64
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs7, pkcs12

from farmsight_agent.hosts.evidence.intake.decoding import decode
from farmsight_lab.captured.folder import farm_files
from farmsight_lab.captured.languages.catalogue import LANGUAGES
from farmsight_lab.captured.plan import Plan, Style
from farmsight_lab.farm.healthy import healthy
from farmsight_lab.farm.state import Farm
from farmsight_lab.pki.hierarchy import make

VECTORS = Path(__file__).parents[1] / "vectors" / "evidence"
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LARGEST = 32 * 1024
ENCODINGS = ("oem", "utf-16", "ansi", "utf-8")
SMALL_FARM = (
    "STS01_49443.txt", "STS01_sslcert.txt", "STS01_STS01$_usercert.txt", "STS01_store_ca.txt", "STS01_claimstrust.txt",
    "STS01_adfs.json", "STS01_store_my.pem", "WAP01_winhttp.txt", "WAP01_NETWORK SERVICE_SubCA.txt", "WAP01_host.json",
    "WAP01_wap.json", "entra.json", "usercert.cer",
)  # fmt: skip
RULES = (
    'c:[Type == "http://schemas.microsoft.com/2012/12/certificatecontext/extension/eku"]\n => issue(claim = c);',
    (
        '@RuleName = "Serial"\nc1:[Type =~ "(?i)^x$", Value != "1"] && exists([Type == "a"]) && count([]) >= 2\n'
        ' => add(Type = "b", Value = c1.Value + RegExReplace(c1.Value, "a", "b"), Properties["x"] = "y");'
    ),
    (
        'c:[Type == http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn]\n => issue(store = "Active Directory", '
        'types = ("a", "b"), query = ";mail;{0}", param = c.Value);'
    ),
    "=> issue(claim = c);",
)


@cache
def _farm() -> Farm:
    return healthy(make(AT, 11), AT)


@cache
def _captured() -> Mapping[str, bytes]:
    """Return files by "LANGUAGE/NAME"."""
    found: dict[str, bytes] = {}
    for number, language in enumerate(LANGUAGES):
        style = Style(
            language=language,
            encoding=ENCODINGS[number % len(ENCODINGS)],
            windows=("2012r2", "2016", "2019", "2022", "2025")[number % 5],
            width=(80, 120)[number % 2],
        )
        for files in farm_files(_farm(), Plan(style=style)).values():
            found |= {f"{language}/{name}": data for name, data in files.items()}
    return found


@cache
def _all() -> Mapping[str, bytes]:
    real = {str(one.relative_to(VECTORS)): one.read_bytes() for one in sorted(VECTORS.rglob("*")) if one.is_file()}
    return {name: data for name, data in (real | dict(_captured())).items() if ".expected." not in name}


def _matching(*words: str) -> Iterator[bytes]:
    """Yield each distinct content of files with one of the words in their name, cut to what is fuzzed."""
    held = (data[:LARGEST] for name, data in _all().items() if any(word in name for word in words))
    yield from dict.fromkeys(held)


def contents(*endings: str) -> list[bytes]:
    """Return the contents of files by the ends of their names."""
    return list(dict.fromkeys(data[:LARGEST] for name, data in _all().items() if name.endswith(endings)))


def decoded(*words: str) -> list[bytes]:
    """Return texts as UTF-8, by what their names hold."""
    return list(dict.fromkeys(decode(one)[0].encode("utf-8", "replace") for one in _matching(*words)))


def prefixed(seeds: list[bytes]) -> list[bytes]:
    """Return seeds for a target whose first byte says under which name the rest lies there."""
    return [bytes([number % 256]) + one for number, one in enumerate(seeds)]


def by_name(ending: str, *, names: tuple[str, ...]) -> list[bytes]:
    """Return files with the byte that gives them the name that is most like their own."""
    found = []
    for name, data in _all().items():
        if name.endswith(ending):
            near = next((n for n, one in enumerate(names) if name.endswith(one.rpartition("_")[2])), len(names) - 1)
            found.append(bytes([near]) + data[:LARGEST])
    return list(dict.fromkeys(found))


def stores() -> list[bytes]:
    """Return exported stores of every kind: PEM, DER, PKCS #7, serialised."""
    pems = [data for name, data in _captured().items() if name.startswith("en/") and name.endswith(".pem") and data]
    loaded = x509.load_pem_x509_certificates(max(pems, key=len))[:3]
    ders = [one.public_bytes(Encoding.DER) for one in loaded]
    found = [*pems, *ders, pkcs7.serialize_certificates(loaded, Encoding.DER), _serialised(ders)]
    found.append(pkcs7.serialize_certificates(loaded, Encoding.PEM))
    return prefixed([one[:LARGEST] for one in found])


def user_certificates() -> list[bytes]:
    """Return a user's certificate in each form that it comes in, with its chain, and with its key."""
    pki = make(AT, 11)
    user, chain = pki["user-alice"], [pki[name].certificate for name in ("user-alice", "issuing-1", "policy", "root")]
    pems = [one.public_bytes(Encoding.PEM) for one in chain]
    pfx = pkcs12.serialize_key_and_certificates(b"alice", user.key, user.certificate, None, NoEncryption())
    key = user.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    found = [user.der, user.pem, b"".join(pems), pkcs7.serialize_certificates(chain, Encoding.DER), pki["root"].der]
    found += [base64.encodebytes(user.der), user.pem.decode().encode("utf-16"), _serialised([user.der])]
    return [*found, pfx, key, user.key_pem, user.pem + user.key_pem, base64.b64encode(pfx)]


def _serialised(ders: list[bytes]) -> bytes:
    """Return a serialised store, with a friendly name at each certificate."""
    body = b""
    for der in ders:
        name = "Contoso\0".encode("utf-16-le")
        for kind, data in ((11, name), (32, der)):
            body += kind.to_bytes(4, "little") + (1).to_bytes(4, "little") + len(data).to_bytes(4, "little") + data
    return b"\0\0\0\0CERT" + body + bytes(12)


def archives() -> list[bytes]:
    """Return zip files: of one server, one within another, stored, with odd names."""
    server = {name: data for name, data in folder().items() if name.startswith("WAP01")}
    inner = _zipped(server)
    odd = {"a/b.txt": b"x", "..\\c.txt": b"y", "d/": b"", "é.txt": b"z" * 500, "a/b.txt ": b"w"}
    return [inner, _zipped({"WAP01.zip": inner, "notes.txt": b"n"}), _zipped(odd, zipfile.ZIP_STORED), _zipped({})]


def _zipped(files: Mapping[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", kind) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, AT.timetuple()[:6]), data, compress_type=kind)
    return held.getvalue()


def claim_rules() -> list[bytes]:
    """Return rule sets, whole and as listings show them."""
    listed = [data for name, data in _all().items() if "claimrules" in name or "trust" in name.lower()]
    return [one.encode() for one in RULES] + ["\n\n".join(RULES).encode()] + [one[:LARGEST] for one in listed]


@cache
def folder() -> dict[str, bytes]:
    """Return some files of a node, a proxy and the tenant: few enough to be analysed many times a minute."""
    both = {name.partition("/")[2]: data for name, data in _captured().items() if name.startswith("en/")}
    return {name: data for name, data in both.items() if name in SMALL_FARM}


def folder_seeds() -> list[bytes]:
    """Return each file of the folder, and the same of other languages, with the byte that names it."""
    names = sorted(folder())
    found = []
    for name, data in _captured().items():
        language, _, plain = name.partition("/")
        if plain in names and (language == "en" or plain.endswith(".txt")):
            found.append(bytes([names.index(plain)]) + data[:LARGEST])
    return list(dict.fromkeys(found))
