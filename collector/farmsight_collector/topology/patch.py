"""What a page changes in the picture to show another instant: classes and words by id; nothing moves."""

from typing import Any

from farmsight_collector.topology.draw import Drawing
from farmsight_collector.topology.places import Layout
from farmsight_collector.topology.signs import SIGN_OF
from farmsight_collector.topology.svg import latencies, words


def patch(drawing: Drawing, layout: Layout) -> dict[str, Any]:
    """Return, as JSON holds it, what differs between pictures of one layout; what is not named is not there.

    nodes: id -> class, accessible name, sign, words; lines: id -> class,
    accessible name, sign, class by strand's id; times: id -> words.
    """
    return {
        "nodes": {
            one.mark: [" ".join(one.classes), one.name, _sign(one.state), words(one, layout.boxes[one.node.id], layout)]
            for one in drawing.nodes
            if one.node.id in layout.boxes
        },
        "lines": {
            one.mark: [
                " ".join(one.classes),
                one.name,
                _sign(one.state),
                {strand.mark: " ".join(strand.classes) for strand in one.strands},
            ]
            for one in drawing.lines
            if one.line.key in layout.routes
        },
        "times": latencies(drawing, layout) if layout.sizes.labels else {},
    }


def _sign(state: str) -> str:
    return SIGN_OF.get(state, state)
