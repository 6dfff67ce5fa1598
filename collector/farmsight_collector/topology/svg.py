"""The map as SVG, by an XML writer: names are text, whatever they hold. Looks come from classes alone.

Places are attributes, so a page needs no inline style. Used by the web page,
by the report, and, with its own style, as a file of its own.
"""

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from itertools import pairwise
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from farmsight_collector.model.words import plain
from farmsight_collector.topology.draw import CHANGES, Drawing, DrawnLine, DrawnNode, Look
from farmsight_collector.topology.layout import COUNT, DETAIL_SIZE, GLYPH, NAME_SIZE
from farmsight_collector.topology.lines import FAMILY_WORDS
from farmsight_collector.topology.places import LIGHT, Box, Layout, Point, Route, cut_to, cut_words, text_width
from farmsight_collector.topology.signs import HEADS, SIGN_OF, SIGNS

_SHARED: Final = "farmsight_collector.shown"
_LEGEND: Final = 34.0  # its height
_LEGEND_STATES: Final = ("ok", "warning", "error", "critical", "unknown", "stale")


def picture(drawing: Drawing, layout: Layout, look: Look, title: str) -> str:
    """Return the map as an SVG element to stand in a page."""
    return tostring(_root(drawing, layout, look, title), encoding="unicode")


def file(drawing: Drawing, layout: Layout, title: str) -> str:
    """Return the map as an SVG file that needs nothing else."""
    root = _root(drawing, layout, Look(), title)
    style = Element("style")
    style.text = style_of_its_own()
    root.insert(0, style)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def style_of_its_own() -> str:
    """Return the style of a map that stands alone: colours in both themes, and its own."""
    common, dark, own = (
        (resources.files(_SHARED) / name).read_text(encoding="utf-8") for name in ("common.css", "dark.css", "map.css")
    )
    colours = common[: common.index("* {")]  # what comes after is about pages
    return f"{colours}@media screen and (prefers-color-scheme: dark) {{\n{dark}}}\n{own}"


def _root(drawing: Drawing, layout: Layout, look: Look, title: str) -> Element:
    width, height = _number(layout.width), _number(layout.height + _LEGEND)
    root = Element("svg", {"xmlns": "http://www.w3.org/2000/svg", "class": "map", "role": "group"})
    root.attrib |= {"viewBox": f"0 0 {width} {height}", "width": width, "height": height, "aria-label": plain(title)}
    _definitions(root)
    board = SubElement(root, "g", {"class": "board"})
    for x, word in layout.headings:
        _text(board, x, 18, word, "heading")
    nodes = SubElement(board, "g", {"class": "nodes"})
    below = SubElement(board, "g", {"class": "lines"})
    for node in drawing.nodes:
        if node.node.id in layout.boxes:
            _node(nodes, node, layout.boxes[node.node.id], layout, look)
    for line in sorted(drawing.lines, key=lambda one: _urgency(one.state)):
        if line.line.key in layout.routes:
            _line(below, line, layout.routes[line.line.key], layout, look)
    _latencies(board, drawing, layout)
    _legend(root, layout, {line.line.family for line in drawing.lines}, look)
    return root


def _urgency(state: str) -> int:
    """Return in which order lines are drawn: what fails lies over what does not."""
    order = ("none", "unknown", "stale", "info", "ok", "warning", "error", "critical")
    return order.index(state) if state in order else 0


def _definitions(root: Element) -> None:
    held = SubElement(root, "defs")
    for state, shapes in SIGNS.items():
        symbol = SubElement(held, "symbol", {"id": f"sign-{state}", "viewBox": "0 0 16 16"})
        for name, attributes in shapes:
            SubElement(symbol, name, dict(attributes))


def _thing(parent: Element, mark: str, classes: Iterable[str], name: str, look: Look) -> Element:
    """Return the element of a node or line: a link where a click leads somewhere; focusable in any case."""
    attributes = {"id": mark, "class": " ".join(classes), "aria-label": name}
    if look.address is not None:
        made = SubElement(parent, "a", attributes | {"href": look.address(mark)})
    else:
        made = SubElement(parent, "g", attributes | {"role": "img", "tabindex": "0"})
    SubElement(made, "title").text = name
    return made


def _node(parent: Element, drawn: DrawnNode, box: Box, layout: Layout, look: Look) -> None:
    made = _thing(parent, drawn.mark, drawn.classes, drawn.name, look)
    frame = {"x": box.x, "y": box.y, "width": box.width, "height": box.height, "rx": 4.0}
    SubElement(made, "rect", {"class": "box", **_numbers(frame)})
    SubElement(made, "rect", {"class": "bar", **_numbers(frame | {"width": 4.0, "rx": 2.0})})
    _sign(made, drawn.state, box.x + 11, box.middle - 8, 16)
    roomy = layout.sizes.labels
    label = cut_to(plain(drawn.node.label), _room(box, layout), NAME_SIZE)
    _text(made, box.x + GLYPH - 2, box.middle + (-3 if roomy else 4.5), label, "name")
    if roomy:
        _text(made, box.x + GLYPH - 2, box.middle + 13, words(drawn, box, layout), "words")
    else:
        _text(made, box.right - 7, box.middle + 4, words(drawn, box, layout), "count")
    if drawn.mark in look.changes:
        _change(made, look.changes[drawn.mark], (box.x, box.y))


def words(drawn: DrawnNode, box: Box, layout: Layout) -> str:
    """Return what stands on a node beside its name: a second line, or how many findings where it is close."""
    if not layout.sizes.labels:
        return str(drawn.count) if drawn.count else ""
    room, parts = _room(box, layout) / LIGHT, drawn.words.split(" · ")
    while len(parts) > 1 and text_width(" · ".join(parts), DETAIL_SIZE) > room:
        parts.pop()  # what stands first matters most
    return cut_words(" · ".join(parts), room, DETAIL_SIZE)


def _room(box: Box, layout: Layout) -> float:
    return box.width - GLYPH - (0.0 if layout.sizes.labels else COUNT)


def _line(parent: Element, drawn: DrawnLine, route: Route, layout: Layout, look: Look) -> None:
    made = _thing(parent, drawn.mark, drawn.classes, drawn.name, look)
    SubElement(made, "path", {"class": "hit", "d": _path(route, 0)})
    apart = layout.sizes.strand
    first = -(len(drawn.strands) - 1) / 2
    for index, strand in enumerate(drawn.strands):
        shift = (first + index) * apart
        attributes = {"id": strand.mark, "class": " ".join(strand.classes), "d": _path(route, shift)}
        SubElement(made, "path", attributes)
    _head(made, drawn, route)
    if route.mark is not None:
        x, y = route.mark
        hung = SubElement(made, "g", {"class": "sign"})
        SubElement(hung, "circle", {"class": "ground", **_numbers({"cx": x, "cy": y, "r": 7.5})})
        _sign(hung, drawn.state, x - 6.5, y - 6.5, 13)
    if drawn.mark in look.changes:
        _change(made, look.changes[drawn.mark], route.mark or route.points[0])


def latencies(drawing: Drawing, layout: Layout) -> dict[str, str]:
    """Return what stands where lines leave a node: the slowest of them, where all are well; by the words' id."""
    found: dict[str, list[DrawnLine]] = {}
    for line in drawing.lines:
        if line.line.family == "fetches" and line.line.key in layout.routes:
            found.setdefault(_words_mark(layout.routes[line.line.key]), []).append(line)
    told = {}
    for mark, some in found.items():
        slowest = max(strand.latency_ms for line in some for strand in line.line.strands)
        told[mark] = f"{slowest:.0f} ms" if slowest and all(line.state == "ok" for line in some) else ""
    return told


def _words_mark(route: Route) -> str:
    x, y = route.points[0]
    return f"t-{x:.0f}-{y:.0f}"


def _latencies(parent: Element, drawing: Drawing, layout: Layout) -> None:
    """Write times where lines leave their node; there they are alone."""
    if not layout.sizes.labels:
        return
    told = latencies(drawing, layout)
    places = {
        _words_mark(layout.routes[one.line.key]): layout.routes[one.line.key].points
        for one in drawing.lines
        if one.line.family == "fetches" and one.line.key in layout.routes
    }
    for mark, ((x, y), (towards, _), *_rest) in sorted(places.items()):
        back = towards < x
        _text(parent, x + (-5 if back else 5), y - 4.5, told[mark], "took back" if back else "took", mark)


def _head(parent: Element, drawn: DrawnLine, route: Route) -> None:
    shape, kind = HEADS[drawn.line.family]
    (x, y), back = route.points[-1], route.points[-2]
    if drawn.line.family == "issued-by":
        turn = 270 if back[1] > y else 90
    else:
        turn = 180 if route.bow > 0 or back[0] > x else 0
    place = f"translate({_number(x)} {_number(y)})" + (f" rotate({turn})" if turn else "")
    SubElement(parent, "path", {"class": f"head {kind}", "d": shape, "transform": place})


def _path(route: Route, shift: float) -> str:
    points = [(x, y + shift) for x, y in route.points]
    if route.bow < 0:  # a CA below its issuer: up its left side
        (x1, y1), (x2, y2) = route.points
        return f"M{_number(x1)} {_number(y1)}H{_number(x2)}V{_number(y2)}"
    if route.bow > 0:
        (x1, y1), (x2, y2) = points
        out = max(x1, x2) + route.bow
        return f"M{_pair(points[0])}C{_number(out)} {_number(y1)} {_number(out)} {_number(y2)} {_pair((x2, y2))}"
    told = f"M{_pair(points[0])}"
    for index, (start, end) in enumerate(pairwise(points)):
        if index % 2:  # straight across a column
            told += f"L{_pair(end)}"
        else:
            middle = _number((start[0] + end[0]) / 2)
            told += f"C{middle} {_number(start[1])} {middle} {_number(end[1])} {_pair(end)}"
    return told


def _sign(parent: Element, state: str, x: float, y: float, size: float) -> None:
    place = _numbers({"x": x, "y": y, "width": size, "height": size})
    SubElement(parent, "use", {"href": f"#sign-{SIGN_OF.get(state, state)}", **place})


def _change(parent: Element, word: str, at: Point) -> None:
    x, y = at
    made = SubElement(parent, "g", {"class": f"change c-{word}"})
    SubElement(made, "circle", _numbers({"cx": x, "cy": y, "r": 7.0}))
    _text(made, x, y + 4, CHANGES[word], "")


def _legend(root: Element, layout: Layout, families: set[str], look: Look) -> None:
    made = SubElement(root, "g", {"class": "legend", "aria-hidden": "true"})
    y, x = layout.height + 10, 18.0
    for state, word in _legend_words(look):
        held = SubElement(made, "g", {"class": f"s-{state}"})
        if look.changes:
            _change(held, state, (x + 7, y))
        else:
            _sign(held, state, x, y - 7, 14)
        _text(made, x + 20, y + 4, word, "words")
        x += 20 + text_width(word, DETAIL_SIZE) * LIGHT + 16
    for family, word in FAMILY_WORDS.items():
        room = 34 + text_width(word, DETAIL_SIZE) * LIGHT + 16
        if family in families and x + room <= layout.width:
            held = SubElement(made, "g", {"class": f"line k-{family} s-none"})
            SubElement(held, "path", {"class": "strand s-none", "d": f"M{_number(x)} {_number(y)}h26"})
            shape, kind = HEADS[family]
            place = f"translate({_number(x + 28)} {_number(y)})"
            SubElement(held, "path", {"class": f"head {kind}", "d": shape, "transform": place})
            _text(made, x + 34, y + 4, word, "words")
            x += room


def _legend_words(look: Look) -> Iterator[tuple[str, str]]:
    if look.changes:
        yield from ((word, word) for word in CHANGES)
    else:
        yield from (
            (state, {"unknown": "not known", "ok": "no fault found"}.get(state, state)) for state in _LEGEND_STATES
        )


def _text(parent: Element, x: float, y: float, text: str, kind: str, mark: str = "") -> None:
    attributes = {name: value for name, value in (("id", mark), ("class", kind)) if value}
    SubElement(parent, "text", {**attributes, **_numbers({"x": x, "y": y})}).text = text


def _numbers(values: Mapping[str, float]) -> dict[str, str]:
    return {name: _number(value) for name, value in values.items()}


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _pair(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"
