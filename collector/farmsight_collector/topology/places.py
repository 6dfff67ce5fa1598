"""Where nodes and lines stand on the map: plain numbers, in units of the drawing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from farmsight_collector.topology.graph import Layer, Node
from farmsight_collector.topology.lines import Key

# The columns, left to right. A balancer behind the proxies stands before the AD FS nodes, whose layer it has.
BALANCER: Final = "balancer"
HEADINGS: Final[tuple[tuple[str, str], ...]] = (
    (Layer.CLIENT.name, "outside"),
    (Layer.VIP.name, "federation service"),
    (Layer.PROXY.name, "proxies"),
    (BALANCER, "balancer"),
    (Layer.ADFS.name, "AD FS"),
    (Layer.AUTHORITY.name, "certificate authorities"),
    (Layer.HOST.name, "CRL, AIA and OCSP hosts"),
    (Layer.TENANT.name, "tenant"),
)
ORDER: Final[Mapping[str, int]] = {name: index for index, (name, _) in enumerate(HEADINGS)}

LIGHT: Final = 0.88  # how wide letters are that are not bold, beside those that are

Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large things are drawn: roomy for a small farm, close for a large one."""

    height: float  # of a node
    gap: float  # between nodes of a column
    aisle: float  # between columns
    lane: float  # the height that a bundle takes where it passes a column
    strand: float  # between the accounts of one line
    labels: bool  # whether lines have room for words


ROOMY: Final = Sizes(height=46, gap=24, aisle=98, lane=30, strand=5, labels=True)
CLOSE: Final = Sizes(height=26, gap=7, aisle=104, lane=18, strand=0, labels=False)
ROOMY_UP_TO: Final = 12  # nodes in one column


@dataclass(frozen=True, kw_only=True)
class Box:
    """A node's place."""

    x: float
    y: float
    width: float
    height: float
    indent: float = 0.0  # of a CA below its issuer; a part of x

    @property
    def right(self) -> float:
        """Return its right edge."""
        return self.x + self.width

    @property
    def middle(self) -> float:
        """Return the height of its middle."""
        return self.y + self.height / 2


@dataclass(frozen=True, kw_only=True)
class Route:
    """A line's way: from point to point, curved in the aisles and straight across columns."""

    points: tuple[Point, ...]
    bow: float = 0.0  # of a line between nodes of one column: how far it swings out; below 0: to the left
    mark: Point | None = None  # where a sign of its state may stand without touching another


@dataclass(frozen=True, kw_only=True)
class Layout:
    """The whole drawing."""

    width: float
    height: float
    sizes: Sizes
    boxes: Mapping[str, Box]
    routes: Mapping[Key, Route]
    headings: tuple[tuple[float, str], ...] = field(default=())  # the left of each column, and its name


def column_of(node: Node) -> str:
    """Return the name of the column in which a node stands."""
    if node.kind == "vip" and node.layer is Layer.ADFS:
        return BALANCER
    return node.layer.name


def text_width(text: str, size: float) -> float:
    """Return about how wide a text is in the fonts of the page, rather too wide than too narrow."""
    return sum(_advance(char) for char in text) * size


def _advance(char: str) -> float:
    """Return how wide a character is in DejaVu Sans Bold, the widest of the fonts that the page may get."""
    if char in "ijlI.,:;'|![]() ":
        return 0.4
    if char in 'ftr-/"':
        return 0.5
    if char in "mwMWQ@%":
        return 1.06
    if char.isupper() or char in "_&+<>=":
        return 0.8
    return 0.7 if ord(char) < 0x2000 else 1.05


def cut_to(text: str, width: float, size: float) -> str:
    """Return a text, cut in its middle where it is wider: names of one farm differ at their ends."""
    if text_width(text, size) <= width:
        return text
    for kept in range(len(text) - 1, 1, -1):
        head = (kept + 1) // 2
        short = f"{text[:head]}…{text[len(text) - (kept - head) :]}"
        if text_width(short, size) <= width:
            return short
    return "…"


def cut_words(text: str, width: float, size: float) -> str:
    """Return a text of words without the last ones where it is wider; a single one that does not fit is cut."""
    if text_width(text, size) <= width:
        return text
    words = text.split(" ")
    for kept in range(len(words) - 1, 0, -1):
        short = " ".join(words[:kept]) + "…"
        if text_width(short, size) <= width:
            return short
    return cut_to(text, width, size)
