"""Where Microsoft Graph and its token service answer, by cloud."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, kw_only=True)
class Cloud:
    """One cloud: tokens come from `authority`, answers from `graph`."""

    name: str
    authority: str
    graph: str
    source: str


_GRAPH_PAGE: Final = "Microsoft Graph, national cloud deployments"
_LOGIN_PAGE: Final = "Microsoft identity platform, authentication in national clouds"

CLOUDS: Final = (
    Cloud(
        name="global",
        authority="https://login.microsoftonline.com",
        graph="https://graph.microsoft.com",
        source=_GRAPH_PAGE,
    ),
    Cloud(
        name="us-gov",
        authority="https://login.microsoftonline.us",
        graph="https://graph.microsoft.us",
        source=_GRAPH_PAGE,
    ),
    Cloud(
        name="us-dod",
        authority="https://login.microsoftonline.us",
        graph="https://dod-graph.microsoft.us",
        source=_GRAPH_PAGE,
    ),
    Cloud(
        name="china",
        # The page on Graph still names login.chinacloudapi.cn, the older name of the same service.
        authority="https://login.partner.microsoftonline.cn",
        graph="https://microsoftgraph.chinacloudapi.cn",
        source=f"{_GRAPH_PAGE}; {_LOGIN_PAGE}",
    ),
)
BY_NAME: Final = {cloud.name: cloud for cloud in CLOUDS}
