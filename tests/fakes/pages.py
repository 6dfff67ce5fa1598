"""A page as its reader has it: tags in their order, texts, addresses; what is nested wrongly is refused."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "br", "wbr", "link", "img", "input", "hr"})
# Within these only words may stand, no block of anything.
WORDS_ONLY = frozenset(
    {
        "p",
        "span",
        "h1",
        "h2",
        "h3",
        "h4",
        "summary",
        "code",
        "pre",
        "b",
        "em",
        "a",
        "small",
        "dt",
        "caption",
        "title",
        "time",
    }
)
BLOCKS = frozenset(
    {
        "p",
        "div",
        "ul",
        "ol",
        "li",
        "dl",
        "table",
        "section",
        "article",
        "details",
        "pre",
        "nav",
        "header",
        "footer",
        "main",
    }
    | {"h1", "h2", "h3", "h4", "tr", "td", "th", "tbody", "thead"}
)
WITHIN = {
    "li": {"ul", "ol"},
    "tr": {"tbody", "thead"},
    "td": {"tr"},
    "th": {"tr"},
    "thead": {"table"},
    "tbody": {"table"},
    "caption": {"table"},
    "summary": {"details"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
}


@dataclass
class Element:
    """One tag with what it holds."""

    tag: str
    attributes: dict[str, str | None]
    children: list["Element"] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Return all words in it, blanks as one."""
        return " ".join("".join(self.texts).split())

    def all(self, *tags: str) -> list["Element"]:
        """Return the elements of these tags below, in their order."""
        found = []
        for child in self.children:
            found += [child] if child.tag in tags or not tags else []
            found += child.all(*tags)
        return found


class Reading(HTMLParser):
    """Reads a page; raises AssertionError where tags are nested wrongly."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("", {})
        self._open = [self.root]
        self.feed(page)
        self.close()
        assert self._open == [self.root], f"left open: {[one.tag for one in self._open]}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        inside = self._open[-1]
        assert not (tag in BLOCKS and any(one.tag in WORDS_ONLY for one in self._open)), f"{tag} in {inside.tag}"
        assert tag not in WITHIN or inside.tag in WITHIN[tag], f"{tag} in {inside.tag}"
        self._apart(tag)
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), f"{tag}: {names}"
        one = Element(tag, dict(attrs))
        inside.children.append(one)
        if tag not in VOID:
            self._open.append(one)

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1].tag == tag, f"</{tag}> in {self._open[-1].tag} at line {self.getpos()[0]}"
        self._open.pop()
        self._apart(tag)

    def _apart(self, tag: str) -> None:
        if tag in BLOCKS or tag in ("br", "summary", "dt", "dd"):
            self.handle_data(" ")

    def handle_data(self, data: str) -> None:
        for one in self._open:
            one.texts.append(data)


def read(page: str) -> Element:
    """Return the page's root."""
    return Reading(page).root
