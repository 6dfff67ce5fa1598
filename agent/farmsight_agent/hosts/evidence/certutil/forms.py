"""The outputs of certutil that are read here."""

import re
from typing import Final

from farmsight_agent.hosts.evidence.capture import Form
from farmsight_agent.hosts.evidence.certutil import (
    certificate_dump,
    crl_dump,
    pkcs12_dump,
    store,
    urlcache,
    verification,
)
from farmsight_agent.hosts.evidence.certutil.commands import store_of_command

__all__ = ["FORMS", "store_of_command"]


def _echoed(verbs: str) -> re.Pattern[str]:
    """Return what finds a command line of certutil with one of these verbs; word processors change the dashes."""
    return re.compile(
        rf"(?:^|[\s\\/>\"'&])certutil(?:\.exe)?[\"']?\s(?:.{{0,300}}\s)?[-/\u2013\u2014](?:{verbs})(?=\s|$)",
        re.IGNORECASE,
    )


def _named(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


FORMS: Final = (
    Form(
        id="certutil-store",
        command="certutil -verifystore STORE",
        file="store_{about}.txt",
        likeness=store.likeness,
        named=_named(
            r"(?:^|_)(?:verify)?store[_ -][^/.]+\.(?:txt|log|out)$"
            r"|(?:^|_)(?:root|ca|my|authroot|disallowed|ntauth|trustedpeople|adfstrusteddevices|clientauthissuer)"
            r"\.(?:txt|log|out)$"
        ),
        echoed=_echoed("store|verifystore"),
    ),
    Form(
        id="certutil-verify",
        command="certutil -verify -urlfetch CERTIFICATE",
        file="{account}_{about}.txt",
        likeness=verification.likeness,
        named=_named(r"SubCA|usercert|_verify(?!store)|urlfetch"),
        echoed=_echoed("verify"),
    ),
    Form(
        id="certutil-dump-crl",
        command="certutil -dump CRL",
        file="",
        likeness=crl_dump.likeness,
        named=_named(r"(?:^|_)(?:crl|dump)[_ -][^/]*crl|crl_?dump|\.crl\.txt$"),
        echoed=_echoed("dump"),
    ),
    Form(
        id="certutil-dump-certificate",
        command="certutil -dump CERTIFICATE",
        file="",
        likeness=certificate_dump.likeness,
        named=_named(r"cert_?dump|\.cer\.txt$"),
        echoed=_echoed("dump"),
    ),
    Form(
        id="certutil-dump-pkcs12",
        command="certutil -dump PFX",
        file="",
        likeness=pkcs12_dump.likeness,
        named=_named(r"pfx_?dump|\.(?:pfx|p12)\.txt$"),
        echoed=_echoed("dump"),
    ),
    Form(
        id="certutil-urlcache",
        command="certutil -urlcache crl",
        file="{account}_urlcache.txt",
        likeness=urlcache.likeness,
        named=_named(r"urlcache"),
        echoed=_echoed("urlcache"),
    ),
)
