"""What learners of chapter 1 are told about answers that are nearly right."""

import pytest

from course_lib.coursework import checks
from course_lib.degradation import blur, exposure, kernels
from tests.coursework.answers.chapter1 import blur_by_hand, crop, mirrored


@pytest.fixture(autouse=True)
def first_try():
    checks.forget()


def said(capsys, name, answer):
    checks.check(name, answer)
    return capsys.readouterr().out


def test_a_float32_solution_is_right_too(capsys):
    def single(picture, kernel):
        return blur_by_hand(picture.astype("float32"), kernel.astype("float32"))

    assert said(capsys, "11.blur_by_hand", single).startswith("Right.")
    assert said(capsys, "11.adjoint", lambda y, k: single(y, k[::-1, ::-1])).startswith("Right.")


def test_the_border_is_named_where_only_the_border_is_wrong(capsys):
    assert "mirrored; zeros are asked for" in said(capsys, "11.blur_by_hand", mirrored)


def test_a_result_of_the_valid_size_is_told_its_shape(capsys):
    def valid(picture, kernel):
        return blur_by_hand(picture, kernel)[1:-1, 1:-1]

    assert "shape (5, 7) came back; expected shape (7, 9)" in said(capsys, "11.blur_by_hand", valid)


def test_the_dot_products_of_a_wrong_adjoint_are_shown(capsys):
    text = said(capsys, "11.adjoint", lambda y, k: mirrored(y, k[::-1, ::-1]))
    assert "<A x, y> = " in text and "<x, A' y> = " in text


def test_one_half_cut_elsewhere_is_told_which(capsys):
    def two_draws(blurred, sharp, top, left, size):
        return crop(blurred, sharp, top, left, size)[0], sharp[:size, -size:]

    assert "only the crop of blurred is right" in said(capsys, "15.crop", two_draws)


def test_one_crop_alone_is_told_that_two_are_asked_for(capsys):
    assert "two crops are asked for" in said(capsys, "15.crop", lambda blurred, *_: blurred[:5, :5])


@pytest.mark.parametrize(
    ("name", "house"),
    [
        ("11.blur_by_hand", lambda p, k: blur.convolve(p, k, border="zero")),
        ("11.adjoint", lambda p, k: blur.convolve_adjoint(p, k, border="zero")),
        ("12.line_kernel", kernels.line(9, 0.0, size=9)),
        ("12.frames", lambda f, g: exposure.average_frames(f, gamma=g)),
    ],
)
def test_the_house_passes_its_own_exercises(capsys, name, house):
    assert said(capsys, name, house).startswith("Right.")


def test_the_blur_given_as_its_own_adjoint_is_told_when_that_would_hold(capsys):
    assert "looks the same turned by 180°.\n" in said(capsys, "11.adjoint", blur_by_hand)
