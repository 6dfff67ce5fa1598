"""One POST of JSON: certificates checked, no redirect followed, answers bounded in size and time."""

import ssl
from collections.abc import Mapping
from typing import Final

import httpx

from farmsight_collector.alerts.channels.channel import ANSWER, SendError, said

AGENT: Final = "farmsight-collector"
_LONGEST_WAIT_S: Final = 3600.0
# These say "later"; other 4xx say that this request is not wanted.
_LATER: Final = frozenset({408, 425, 429})


async def post(
    url: str, body: bytes, headers: Mapping[str, str], *, context: ssl.SSLContext, timeout_s: float, proxy: str = ""
) -> str:
    """Send a body and return the answer in one line; raises SendError for anything but 2xx."""
    try:
        async with (
            httpx.AsyncClient(
                verify=context, timeout=timeout_s, follow_redirects=False, trust_env=False, proxy=proxy or None
            ) as client,
            client.stream("POST", url, content=body, headers={**headers, "user-agent": AGENT}) as response,
        ):
            text = await _beginning(response)
    except httpx.HTTPError as error:
        cause = _certificate_error(error)
        raise SendError(said(cause or error)) from error
    except (ValueError, ssl.SSLError) as error:
        raise SendError(said(error)) from error
    status = response.status_code
    line = f"{status} {response.reason_phrase}" + (f": {text}" if text else "")
    if 200 <= status < 300:
        return line
    if 300 <= status < 400:
        where = "; redirects are not followed, give the address that it leads to"
        raise SendError(f"{status}{where}", final=True)
    final = 400 <= status < 500 and status not in _LATER
    raise SendError(line, final=final, retry_after_s=_retry_after(response))


async def _beginning(response: httpx.Response) -> str:
    """Return the first bytes of an answer; the rest is never read, however long it is."""
    data = b""
    async for piece in response.aiter_raw(1024):
        data += piece
        if len(data) >= ANSWER:
            break
    return " ".join(data[:ANSWER].decode("utf-8", "replace").split())


def _retry_after(response: httpx.Response) -> float:
    told = response.headers.get("retry-after", "")
    return min(float(told), _LONGEST_WAIT_S) if told.isascii() and told.isdigit() and len(told) < 8 else 0.0


def _certificate_error(error: BaseException) -> BaseException | None:
    found: BaseException | None = error
    for _ in range(10):
        if found is None or isinstance(found, ssl.SSLCertVerificationError):
            return found
        found = found.__cause__ or found.__context__
    return None
