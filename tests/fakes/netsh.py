"""What netsh prints, in eight languages, with the same values in all."""

import unicodedata

from tests.fakes.netsh_languages import (
    CHINESE,
    ENGLISH,
    FRENCH,
    GERMAN,
    JAPANESE,
    LANGUAGES,
    PORTUGUESE,
    RUSSIAN,
    SPANISH,
    TRANSLATED,
    Language,
)

__all__ = ["CHINESE", "ENGLISH", "FRENCH", "GERMAN", "JAPANESE", "LANGUAGES", "PORTUGUESE", "RUSSIAN", "SPANISH"]
__all__ += ["TRANSLATED", "Language"]

ADFS = "{5d89a20c-beab-4389-9447-324788eb944a}"
THUMBPRINT = "47b90e1e818ba8cf431d404fff232f1ba17bf078"
ADFSSRV = "S-1-5-80-2246541699-21809830-3603976364-117610243-975697593"

# The rows below the key: thirteen in all until Windows Server 2012 R2, two more in 2016, all from 2022 on.
LAYOUTS = {"2012 R2": 13, "2016": 15, "2022": 25}
_KEYS = (
    ("sts.contoso.com:443", "AdfsTrustedDevices", False),
    ("sts.contoso.com:49443", "(null)", True),
    ("localhost:443", "AdfsTrustedDevices", False),
    ("0.0.0.0:443", "AdfsTrustedDevices", False),
    ("[::]:443", "(null)", False),
)


def _row(language, label, value, indent=4, width=28):
    return f"{' ' * indent}{label:<{width}}{language.colon}{value}"


def _headed(heading):
    return ["", heading, "-" * len(heading), ""]


def _text(lines):
    return "\r\n".join(lines) + "\r\n"


def sslcert(language, layout="2022", *, indent=4, extended=None):
    """Return five bindings: a name on 443 and 49443, localhost, and two addresses."""
    lines = _headed(language.bindings)
    for key, ctl, negotiate in _KEYS:
        address = key.startswith(("0", "["))
        labels = [language.by_address if address else language.by_name, *language.rows]
        on, off, unset = language.enabled, language.disabled, language.unset
        values = [key, THUMBPRINT, ADFS, "MY", on, off, on, "0", "15000", "(null)", ctl, off]
        values += [on if negotiate else off, off, unset, language.set, unset, unset, unset, unset, language.set]
        values += [unset] * (len(labels) - len(values))
        pairs = zip(labels, values, strict=True)
        lines += [_row(language, *pair, indent=indent) for pair in list(pairs)[: LAYOUTS[layout]]]
        if layout == "2022" if extended is None else extended:
            lines += _extended(language, indent)
        lines.append("")
    return _text([*lines, ""])


def _extended(language, indent):
    properties = ((("Receive Window", "1048576"),), (("Max Settings Per Frame", "2796202"),), ())
    lines = []
    for number, rows in enumerate(properties):
        lines.append(" Extended Properties:")
        lines += [_row(language, *pair, indent=indent) for pair in (("PropertyId", str(number)), *rows)]
    return lines


RESERVATIONS = (
    ("http://*:5357/", (("BUILTIN\\Users", "GX", "BU"), ("NT AUTHORITY\\LOCAL SERVICE", "GX", "LS"))),
    ("https://+:49443/adfs/", (("NT SERVICE\\adfssrv", "GA", ADFSSRV),)),
    ("https://+:443/FederationMetadata/2007-06/", (("NT SERVICE\\adfssrv", "GA", ADFSSRV),)),
    ("http://+:80/Temporary_Listen_Addresses/", (("\\Everyone", "GX", "WD"),)),
    ("https://+:443/adfs/", (("", "GA", "S-1-5-80-569256582-2953403351-2909559716-1301513147-412116970"),)),
)


def urlacl(language, reservations=RESERVATIONS):
    """Return reservations of two services, of everyone, and one whose account is gone."""
    lines = _headed(language.reservations)
    for url, entries in reservations:
        lines.append(_row(language, language.reserved, url + " ", width=23))
        for account, rights, _sid in entries:
            words = [language.yes, language.yes if rights == "GA" else language.no]
            colon = language.colon.lstrip(" ")
            rows = zip((language.listen, language.delegate), words, strict=True)
            shown = [f"        {language.user}{colon}{account}", *(f"            {a}{colon}{b}" for a, b in rows)]
            lines += shown if account else [f"        {language.unknown_sid}"]
        acl = "".join(f"(A;;{rights};;;{sid})" for _account, rights, sid in entries)
        lines += [f"            SDDL: D:{acl}", ""]
    return _text([*lines, ""])


def winhttp(language, proxy="", bypass=""):
    """Return the proxy setting of the machine."""
    lines = ["", language.proxy_heading, ""]
    if proxy:
        colon = language.colon + " "
        lines += [f"    {language.proxy}{colon}{proxy}", f"    {language.bypass}{colon}{bypass or language.none}"]
    else:
        lines.append(f"    {language.direct}")
    return _text([*lines, "", ""])


def iplisten(language, *addresses):
    """Return the addresses that http.sys is restricted to."""
    return _text([*_headed(language.listen_list), *(f"    {one}" for one in addresses), "", ""])


def excluded_ports(language, *ranges):
    """Return excluded ranges, each as first port, last port and whether an administrator set it."""
    heading, first, last, star = language.exclusions
    lines = ["", heading, "", f"{first}    {last}", f"{'-' * 10}    {'-' * 8}"]
    lines += [f"{a:>10}  {b:>10}" + ("     *" if administered else "") for a, b, administered in ranges]
    return _text([*lines, "", f"* - {star}", ""])


def servicestate(language):
    """Return a snapshot by sessions: AD FS in a queue without a name, and a pool of IIS bound to an address."""
    heading, session, version, state, active, groups, group, queue, unnamed = language.state[:9]
    count, urls, queues, most, attached, controller, processes, image, services = language.state[9:]
    colon = language.colon.lstrip(" ")
    registered = (
        ("FD00000120000001", "2.0", unnamed, ("HTTPS://+:49443/ADFS/", "HTTPS://+:443/ADFS/")),
        ("FF00000040000001", "2.0", "DefaultAppPool", ("HTTP://10.0.0.5:80:10.0.0.5/",)),
    )
    lines = _headed(heading)
    for number, numbered, name, held in registered:
        lines += [f"{session}{colon}{number}", f"    {version}{colon}{numbered}", f"    {state}{colon}{active}"]
        lines += [f"    {groups}", f"    {group}{colon}{number[::-1]}", f"        {state}{colon}{active}"]
        lines += [f"        {queue}{colon}{name}", f"            {count}{colon}{len(held)}", f"            {urls}"]
        lines += [*(f"                {url}" for url in held), ""]
    lines.append(queues)
    for name, process, program in (
        (unnamed, 2688, "Microsoft.IdentityServer.ServiceHost.exe"),
        ("DefaultAppPool", 0, ""),
    ):
        held = next(one[3] for one in registered if one[2] == name)
        lines += [f"    {queue}{colon}{name}", f"        {version}{colon}2.0", f"        {state}{colon}{active}"]
        lines += [f"        {most}{colon}1000", f"        {attached}{colon}{int(bool(process))}"]
        lines += [] if process else [f"        {controller}{colon}3408"]
        lines += [f"        {processes}"]
        if process:
            lines += [f"            ID{colon}{process}, {image}{colon}C:\\Windows\\ADFS\\{program}"]
            lines += [f"            {services}{colon}adfssrv"]
        lines += [f"        {urls}", *(f"            {url}" for url in held), ""]
    return _text([*lines, ""])


def wrapped(text, columns=80):
    """Return a text as a console of so many columns shows it; letters of East Asia take two."""
    return "\r\n".join(piece for line in text.split("\r\n") for piece in _pieces(line, columns))


def _pieces(line, columns):
    pieces, taken = [""], 0
    for character in line:
        wide = 2 if unicodedata.east_asian_width(character) in "WF" else 1
        if taken + wide > columns:
            pieces, taken = [*pieces, ""], 0
        pieces[-1] += character
        taken += wide
    return pieces


def flat(text):
    """Return a text whose indentation a document has lost."""
    return "\r\n".join(line.strip() for line in text.split("\r\n"))
