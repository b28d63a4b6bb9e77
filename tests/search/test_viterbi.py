"""Paths through widths: against all paths, ties, borders, and what is refused."""

import itertools

import numpy as np
import pytest

from course_lib.search.viterbi import path_share, widest_path

EVEN = [np.full((3, 3), 1 / 3)] * 4


def possible(layers, widths):
    """Every path that starts from width 0 and changes by at most one width a layer."""
    for path in itertools.product(range(widths), repeat=layers):
        if all(abs(a - b) <= 1 for a, b in zip((0, *path), path, strict=False)):
            yield path


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("layers, widths", [(1, 2), (4, 3), (5, 4)])
def test_no_path_has_a_larger_product(layers, widths, seed):
    shares = list(np.random.default_rng(seed).random((layers, widths, 3)))
    path = widest_path(shares, widths)
    products = {}
    for other in possible(layers, widths):
        steps = zip((0, *other), other, strict=False)
        products[other] = np.prod([shares[i][a, b - a + 1] for i, (a, b) in enumerate(steps)])
    assert products[path] == max(products.values())
    assert path_share(shares, path) == pytest.approx(products[path])


def test_equal_shares_stay_at_the_narrowest_width():
    assert widest_path(EVEN, 3) == (0, 0, 0, 0)


def test_of_two_ways_to_a_width_the_one_from_the_narrower_stays():
    first = [[0, 0.5, 0.5]]
    second = [[0, 0, 1], [0, 1, 0]]  # both sources send all that they have to width 1
    assert widest_path([first, second], 2) == (0, 1)


def test_no_path_leaves_the_widths_even_where_shares_would():
    narrower, wider = [[1, 0, 0]] * 2, [[0, 0, 1]] * 2
    assert widest_path([[[0.9, 0.1, 0]], [[0.9, 0.1, 0]]], 1) == (0, 0)
    with pytest.raises(ValueError, match="finds no path"):
        widest_path([wider, wider], 2)
    with pytest.raises(ValueError, match="finds no path"):
        widest_path([narrower], 2)


def test_sources_that_do_not_exist_yet_may_be_missing():
    whole = list(np.random.default_rng(3).random((3, 3, 3)))
    assert widest_path([whole[0][:1], whole[1][:2], whole[2]], 3) == widest_path(whole, 3)


@pytest.mark.parametrize(
    "shares, words",
    [
        ([], "number of layers"),
        ([np.ones((2, 2))], r"received \(2, 2\) at layer 0"),
        ([np.ones((1, 3)), np.full((2, 3), np.nan)], "finite shares .* layer 1"),
        ([np.full((1, 3), -1.0)], "finite shares of 0 or more"),
    ],
)
def test_shares_that_are_none_are_refused(shares, words):
    with pytest.raises(ValueError, match=words):
        widest_path(shares, 2)


@pytest.mark.parametrize("path, words", [((0, 0), "each of 4 layers"), ((1, 1, 2, 0), "from width 2 to 0")])
def test_the_share_of_what_is_no_path_is_refused(path, words):
    with pytest.raises(ValueError, match=words):
        path_share(EVEN, path)
