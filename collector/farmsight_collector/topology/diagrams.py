"""The graph as Mermaid and as Graphviz DOT. Labels are hostile text and are escaped."""

from collections.abc import Iterator

from farmsight_collector.topology.graph import Graph, Layer

_COLOURS = {
    "ok": "#2e7d32",
    "info": "#2e7d32",
    "warning": "#b26a00",
    "error": "#c62828",
    "critical": "#8e0000",
    "unknown": "#757575",
    "stale": "#757575",
}


def mermaid(graph: Graph) -> str:
    """Return a Mermaid flowchart."""
    return "\n".join(_mermaid_lines(graph)) + "\n"


def _mermaid_lines(graph: Graph) -> Iterator[str]:
    names = {node.id: f"n{index}" for index, node in enumerate(graph.nodes)}
    yield "flowchart LR"
    for layer in Layer:
        inside = [node for node in graph.nodes if node.layer is layer]
        if inside:
            yield f"  subgraph {layer.name.lower()}"
            for node in inside:
                yield f'    {names[node.id]}["{_mermaid_text(node.label)}"]:::{node.state}'
            yield "  end"
    for edge in graph.edges:
        text = " ".join(part for part in (edge.kind, edge.context or "", edge.detail) if part)
        arrow = "-->" if edge.state == "ok" else "-.->"
        yield f'  {names[edge.source]} {arrow}|"{_mermaid_text(text)}"| {names[edge.target]}'
    for state, colour in _COLOURS.items():
        yield f"  classDef {state} stroke:{colour},stroke-width:2px"


def _mermaid_text(text: str) -> str:
    return "".join(c if c.isalnum() or c in " .-_:/()" else f"#{ord(c)};" for c in text)


def dot(graph: Graph) -> str:
    """Return a Graphviz digraph, one rank a layer."""
    return "\n".join(_dot_lines(graph)) + "\n"


def _dot_lines(graph: Graph) -> Iterator[str]:
    yield "digraph farm {"
    yield "  rankdir=LR; node [shape=box, style=rounded, fontname=sans-serif]; edge [fontname=sans-serif];"
    for layer in Layer:
        inside = [node for node in graph.nodes if node.layer is layer]
        if inside:
            yield "  { rank=same;"
            for node in inside:
                colour = _dot_text(_COLOURS[node.state])
                yield f"    {_dot_text(node.id)} [label={_dot_text(node.label)}, color={colour}];"
            yield "  }"
    for edge in graph.edges:
        text = " ".join(part for part in (edge.kind, edge.context or "", edge.detail) if part)
        style = "solid" if edge.state == "ok" else "dashed"
        yield (
            f"  {_dot_text(edge.source)} -> {_dot_text(edge.target)} "
            f"[label={_dot_text(text)}, color={_dot_text(_COLOURS[edge.state])}, style={style}];"
        )
    yield "}"


def _dot_text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ").replace("\r", " ")
    return f'"{escaped}"'
