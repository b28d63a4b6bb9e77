"""Photographs of the user's own installation: all there, of known size, split for good, attributed."""

import numpy as np
import pytest

from course_lib.data import photographs

SHAPES = {
    "astronaut": (512, 512),
    "rocket": (427, 640),
    "hubble_deep_field": (872, 1000),
    "retina": (1411, 1411),
    "immunohistochemistry": (512, 512),
    "flower": (427, 640),
    "brick": (512, 512),
    "grass": (512, 512),
    "gravel": (512, 512),
    "cell": (660, 550),
    "text": (172, 448),
    "coffee": (400, 600),
    "coins": (303, 384),
    "chelsea": (300, 451),
    "china": (427, 640),
    "camera": (512, 512),
}
GRAY = {"brick", "grass", "gravel", "cell", "text", "coins", "camera"}
# Fixed for good: a picture that changes sides makes old numbers worthless.
HELD_OUT = {"validation": {"coffee", "coins"}, "test": {"chelsea", "china", "camera"}}


def test_all_known_photographs_are_there():
    assert set(photographs.names()) == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_a_photograph_has_its_known_size_and_range(name):
    picture = photographs.load(name)
    assert picture.shape == (*SHAPES[name], 3)
    assert picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 1
    assert np.ptp(picture) > 0.5
    assert (np.ptp(picture, axis=-1).max() == 0) == (name in GRAY)


def test_the_first_pixels_are_those_of_the_file():
    import skimage.data

    window = photographs.load("astronaut")[:4, :4]
    np.testing.assert_allclose(window, skimage.data.astronaut()[:4, :4] / 255, atol=1e-7)


def test_splits_are_disjoint_and_cover_everything():
    listed = [name for which in photographs.SPLITS for name in photographs.names(which)]
    assert sorted(listed) == sorted(SHAPES)


@pytest.mark.parametrize("which", HELD_OUT)
def test_held_out_photographs_stay_held_out(which):
    assert set(photographs.names(which)) == HELD_OUT[which]


def test_a_split_opens_its_photographs():
    opened = photographs.split("validation")
    assert {name: picture.shape[:2] for name, picture in opened.items()} == {
        "coffee": (400, 600),
        "coins": (303, 384),
    }
    np.testing.assert_array_equal(opened["coins"], photographs.load("coins"))


@pytest.mark.parametrize("name", SHAPES)
def test_every_photograph_says_under_which_terms_it_may_be_shown(name):
    terms = photographs.attribution(name)
    assert any(word in terms for word in ("public domain", "CC0", "CC BY 2.0", "no known restrictions"))


@pytest.mark.parametrize(
    "name, creators", [("china", ["danielbuechele"]), ("flower", ["vultilion", "danielbuechele"])]
)
def test_photographs_under_cc_by_name_their_creators(name, creators):
    assert all(creator in photographs.attribution(name) for creator in creators)


def test_the_blurred_clock_is_gray():
    clock = photographs.clock()
    assert (clock.shape, clock.dtype) == ((300, 400), np.float32)
    assert 0 <= clock.min() < clock.max() <= 1


@pytest.mark.parametrize("ask", [photographs.load, photographs.attribution])
def test_a_misspelt_photograph_is_answered_with_its_neighbour(ask):
    with pytest.raises(ValueError, match=r"received 'chelsae'. Did you mean 'chelsea'\?"):
        ask("chelsae")


@pytest.mark.parametrize("ask", [photographs.names, photographs.split])
def test_a_misspelt_split_is_answered_with_its_neighbour(ask):
    with pytest.raises(ValueError, match=r"received 'tests'. Did you mean 'test'\?"):
        ask("tests")


@pytest.mark.parametrize("error", [FileNotFoundError("no such file"), ModuleNotFoundError("no pooch")])
def test_an_installation_without_its_pictures_is_told_how_to_mend_it(monkeypatch, error):
    def gone(name, package):
        raise error

    monkeypatch.setattr(photographs, "_stored", gone)
    with pytest.raises(
        FileNotFoundError, match="coffee should lie inside skimage.*pip install --force-reinstall"
    ):
        photographs.load("coffee")
