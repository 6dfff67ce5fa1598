"""`netsh winhttp show proxy`, which knows one setting for the whole machine."""

from farmsight_lab.captured.languages.words import NetshWords
from farmsight_lab.farm.state import Json


def text(proxies: list[Json], words: NetshWords) -> str:
    """Return what is printed of the WinHTTP proxy, from the rows of the host's evidence.

    The command asks nothing of accounts: the first row that it can stand for is the system's.
    """
    row: Json = next((one for one in proxies if one["Source"] == "winhttp" and one["Context"] == "system"), {})
    lines = ["", words.proxy, ""]
    if row.get("ProxyServer"):
        lines.append(f"    {words.proxy_server}  {row['ProxyServer']}")
        lines.append(f"    {words.bypass}  {row.get('ProxyBypass') or words.no_bypass}")
    else:
        lines.append(f"    {words.direct}")
    return "\r\n".join([*lines, "", ""])
