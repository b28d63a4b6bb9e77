"""A drawing of a cell: every edge is told, and no line crosses a box."""

import io

import numpy as np
import pytest
from PIL import Image

from course_lib.figures import cells, style

NODES = ((("sep3", 1), ("skip", 0)), (("conv3", 2), ("dil3", 0)))


def pixels_of(figure):
    with Image.open(io.BytesIO(figure.png)) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def test_the_words_tell_every_edge():
    assert cells.draw(NODES).alt == (
        "A cell of 2 nodes, whose answers together are its output. Node 0 sums sep3 of 'before' and skip of "
        "'two back'. Node 1 sums conv3 of node 0 and dil3 of 'two back'."
    )
    assert cells.draw(NODES, alt="Words of another author.").alt == "Words of another author."


def test_there_is_a_box_for_every_input_every_node_and_the_output():
    soft = (pixels_of(cells.draw(NODES)) == tuple(bytes.fromhex(style.SOFT[1:]))).all(axis=-1)
    left, right = soft[:, : cells.COLUMN], soft[:, cells.COLUMN :]
    rows = left[:, 20:30].any(axis=1)
    assert np.count_nonzero(np.diff(rows.astype(int)) == 1) == 2
    columns = right.any(axis=0)
    assert np.count_nonzero(np.diff(np.concatenate([[0], columns])) == 1) == 3


def test_each_edge_is_a_line_in_the_colour_of_its_source():
    page = pixels_of(cells.draw(NODES))
    first_input = np.array(tuple(bytes.fromhex(style.PALETTE[0][1:])))
    # Just left of the column of the first node, lines that pass to the right cross in rows of their own.
    beside = np.abs(page[:, cells.COLUMN] - first_input).max(axis=-1) < 30
    assert np.count_nonzero(np.diff(beside.astype(int)) == 1) == 2  # one for "skip", one for "dil3"


@pytest.mark.parametrize(
    "nodes, words",
    [
        ((), "fits 1 to 5 nodes; received 0"),
        (NODES[:1] * 6, "fits 1 to 5 nodes; received 6"),
        (((),), "node 0 has none"),
        (((("skip", 2),),), "node 0 has 'skip' of 2, and only 0 to 1"),
    ],
)
def test_cells_that_cannot_be_drawn_are_refused(nodes, words):
    with pytest.raises(ValueError, match=words):
        cells.draw(nodes)
