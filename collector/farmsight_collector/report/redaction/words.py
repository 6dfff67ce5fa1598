"""Words that identify nobody: they stay as they are, so that a redacted report can still be understood."""

import re
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Microsoft's own services and schemas are the same for everybody.
PUBLIC_DOMAINS: Final = (
    "microsoft.com", "microsoftonline.com", "microsoftonline-p.com", "microsoftonline.us", "microsoftonline.de",
    "chinacloudapi.cn", "windows.net", "windows.com", "windowsupdate.com", "office.com", "office365.com", "live.com",
    "azure.com", "azure.net", "msftconnecttest.com", "microsoftazuread-sso.com", "xmlsoap.org", "w3.org",
    "oasis-open.org", "ietf.org",
)  # fmt: skip
TENANTS: Final = "onmicrosoft.com"  # below it stands a tenant's own name
# The first labels of names that AD FS itself makes, and what is a host of nobody.
KEPT_LABELS: Final = frozenset({"certauth", "enterpriseregistration", "localhost", "*", "+"})
KEPT_SEGMENTS: Final = _words(
    """
    adfs aia cdp cert certs certenroll certificates certsrv crl crls crld ca cas caissuers ls ocsp pki public services
    trust mex proxy probe federationmetadata 2007-06 federationmetadata.xml certificatetransport 2005 13 wsfed http
    https www proxy.pac wpad.dat clearpass tls issuing root policy issuer
    """
)
EXTENSIONS: Final = _words("crl crt cer der p7b p7c pem asp aspx php html htm xml pac dat txt json zip sst stl")
DIRECTORY_WORDS: Final = frozenset(
    {
        "cdp", "aia", "public key services", "services", "configuration", "certification authorities",
        "ntauthcertificates", "enrollment services", "kra", "oid", "certificate templates",
    }
)  # fmt: skip
ACCOUNTS: Final = re.compile(
    r"(?:NT AUTHORITY|NT SERVICE|NT-AUTORIT\w+|AUTORITE NT|BUILTIN|IIS APPPOOL|Window Manager)\\"
    r"(?:NETWORK SERVICE|LOCAL SERVICE|Authenticated Users|[\w$-]+)",
    re.IGNORECASE,
)
# Certificates that AD FS makes for itself are called so, with a host's name behind it.
AD_FS_MADE: Final = re.compile(r"ADFS (?:Signing|Encryption|ProxyTrust) - ")
ACCOUNT_NAMES: Final = _words(
    """
    system localsystem local-system networkservice localservice network-service local-service adfssrv appproxysvc drs
    everyone users administrators administrator guest root nobody daemon www-data nginx haproxy caller adfs-service
    proxy-service none workgroup builtin
    """
) | {"network service", "local service", "authenticated users", "local system"}
# http.sys application ids, the same on every server of their kind: AD FS, WAP, IIS, and the registration service.
APPLICATIONS: Final = frozenset(
    {
        "5d89a20c-beab-4389-9447-324788eb944a",
        "f955c070-e044-456c-ac00-e9e4275b3f04",
        "4dc3e181-e14b-4a21-b022-59fc669b0914",
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
    }
)
# Names that Windows or AD FS gives, alike on every farm; the lower case of them.
GIVEN: Final = frozenset(
    {
        "microsoft office 365 identity platform", "device registration service", "microsoft corporation", "microsoft",
        "active directory", "permit everyone", "urn:federation:microsoftonline", "ms-organization-access",
        "windows server", "security token service", "all_users",
    }
)  # fmt: skip
COUNTRY_DOMAINS: Final = re.compile(r"[a-z]{2}")
# Two letters that end names of files and programs, not of hosts.
_NO_COUNTRY: Final = frozenset({"md", "py", "sh", "ps", "cs", "js", "rs", "so", "db", "go", "gz"})
_TOP: Final = _words(
    """
    com net org edu gov mil int info biz local lan intern internal corp test example invalid home cloud private
    arpa bank insurance company
    """
)
_SECOND: Final = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gv"})
_WORD: Final = re.compile(r"[^\W\d_][^\W_]+")
# These stand in examples of ours, and are names all the same.
_EXAMPLES: Final = frozenset({"contoso", "fabrikam", "alice", "bob", "wap01", "wap02", "sts01", "sts02", "proxy7"})
_TALKING: Final = ("rules", "report", "shown", "queries", "signin", "topology", "model", "pki", "correlate", "offline")


def is_top(label: str) -> bool:
    """Tell whether a name of a host may end so; properties of objects, as in $rule.Id, are spelled otherwise."""
    word = label.lower()
    if label not in (word, label.upper()):
        return False
    return word in _TOP or (len(word) == 2 and word.isascii() and word.isalpha() and word not in _NO_COUNTRY)


def zone_of(labels: list[str]) -> int:
    """Return how many of the last labels make the domain that somebody registered: contoso.com, contoso.co.uk."""
    if len(labels) > 2 and len(labels[-1]) == 2 and labels[-2].lower() in _SECOND:
        return 3
    return min(2, len(labels))


@cache
def vocabulary() -> frozenset[str]:
    """Return every word that farmsight's own texts are made of, as it is spelled there.

    Somebody's unit may be called "IT", or a host "proxy": such a word is
    replaced where it stands as a name, not in the middle of our sentences.
    """
    package = resources.files("farmsight_collector")
    texts = (file.read_text(encoding="utf-8") for name in _TALKING for file in _files(package / name))
    return frozenset(word for text in texts for word in _WORD.findall(text) if word.lower() not in _EXAMPLES)


@cache
def ordinary() -> frozenset[str]:
    """Return the same in lower case."""
    return frozenset(word.lower() for word in vocabulary())


def _files(folder: Traversable) -> list[Traversable]:
    found: list[Traversable] = []
    for one in folder.iterdir():
        if one.is_dir():
            found += _files(one)
        elif one.name.endswith((".py", ".j2", ".toml")):
            found.append(one)
    return found
