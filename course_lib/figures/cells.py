"""Drawings of cells that a search has found: boxes are nodes, in each stands what it sums and whence."""

from course_lib.figures import described, diagrams, mosaic, style

INPUTS = ("two back", "before")
COLUMN, BOX, PORT, HEAD, GAP, END = 144, 112, 22, 24, 14, 64  # pixels; END is the width of the output


def draw(nodes, inputs=INPUTS, alt=None):
    """Draw a cell as a staircase: each node reads what stands above and to the left of it.

    Args:
        nodes: for every node its (operator, source) pairs, such as the nodes of a `search.genotype.Cell`;
            sources count the inputs first, then the nodes. At most 5 nodes.
        inputs: tuple of str, the names of the inputs.
        alt: str, the figure in words; None says of each node what it sums.

    Returns:
        described.Described.

    Raises:
        ValueError: no nodes, too many to fit, a node without pairs, or a source that does not come before.
    """
    _demand(nodes, len(inputs))
    heights = [HEAD] * len(inputs) + [HEAD + PORT * len(node) for node in nodes]
    tops = [mosaic.MARGIN + sum(heights[:i]) + GAP * i for i in range(len(heights))]
    lefts = [mosaic.MARGIN] * len(inputs)
    lefts += [mosaic.MARGIN + COLUMN * (i + 1) for i in range(len(nodes))]
    right = lefts[-1] + COLUMN
    bottom = tops[-1] + heights[-1]
    names = [*inputs, *(f"node {i}" for i in range(len(nodes)))]
    with style.look():
        size = right + END + mosaic.MARGIN, bottom + mosaic.MARGIN
        figure = style.page(*size)
        axes = style.panel(figure, 0, 0, *size)
        axes.set(xlim=(0, size[0]), ylim=(size[1], 0))
        axes.set_axis_off()
        for i, name in enumerate(names):
            colour = style.PALETTE[i % len(style.PALETTE)]
            _box(axes, name, lefts[i], tops[i], BOX, heights[i], colour)
            out = lefts[i] + BOX, tops[i] + HEAD / 2
            if i >= len(inputs):
                _line(axes, out, (right, out[1]), colour, 0)
            for target, row, label in _ports(nodes, i, len(inputs)):
                y = tops[target] + HEAD + PORT * (row + 0.5)
                _line(axes, out, (lefts[target], y), colour, 6 + 6 * i if i < len(inputs) else 12)
                axes.text(lefts[target] + 8, y, label, va="center_baseline", size=9, zorder=4)
        _box(axes, "output", right, tops[len(inputs)], END, bottom - tops[len(inputs)], style.MUTED)
        return described.from_figure(figure, alt or words(nodes, inputs))


def words(nodes, inputs=INPUTS):
    """Say what each node of a cell sums.

    Args:
        nodes: as for `draw`.
        inputs: as for `draw`.

    Returns:
        str, a sentence a node.
    """
    names = [*(repr(name) for name in inputs), *(f"node {i}" for i in range(len(nodes)))]
    told = [f"A cell of {len(nodes)} nodes, whose answers together are its output."]
    for i, node in enumerate(nodes):
        parts = [f"{operator} of {names[source]}" for operator, source in node]
        told.append(f"Node {i} sums {' and '.join(parts)}.")
    return " ".join(told)


def _ports(nodes, source, inputs):
    """Where a source is read: (box, row in the box, operator)."""
    return [
        (inputs + i, row, operator)
        for i, node in enumerate(nodes)
        for row, (operator, read) in enumerate(node)
        if read == source
    ]


def _demand(nodes, inputs):
    room = (diagrams.WIDEST - END - 2 * mosaic.MARGIN) // COLUMN - 1
    if not 1 <= len(nodes) <= room:
        raise ValueError(f"draw() fits 1 to {room} nodes; received {len(nodes)}.")
    for i, node in enumerate(nodes):
        if not node:
            raise ValueError(f"draw() needs (operator, source) pairs for every node; node {i} has none.")
        for operator, source in node:
            if not 0 <= source < inputs + i:
                raise ValueError(
                    f"draw() needs sources before their node; node {i} has {operator!r} of {source}, and "
                    f"only 0 to {inputs + i - 1} come before."
                )


def _box(axes, name, left, top, width, height, colour):
    from matplotlib.patches import FancyBboxPatch

    shape = FancyBboxPatch((left, top), width, height, "round,pad=0,rounding_size=5")
    shape.set(facecolor=style.SOFT, edgecolor=colour, linewidth=1.4, zorder=3)
    axes.add_patch(shape)
    middle = top + HEAD / 2
    axes.text(left + width / 2, middle, name, ha="center", va="center_baseline", weight="bold", zorder=4)


def _line(axes, start, end, colour, away):
    """Right out of a box, down beside it, right again into a node: the way crosses no other box."""
    bend = start[0] + away
    axes.plot(
        [start[0], bend, bend, end[0]], [start[1], start[1], end[1], end[1]], color=colour, linewidth=1.4
    )
    axes.plot(end[0] - 3, end[1], ">", color=colour, markersize=5)
