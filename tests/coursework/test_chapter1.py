"""Every exercise of chapter 1: the answer that is right, and two that are not."""

import numpy as np
import pytest

from course_lib.coursework import catalogue, checks
from course_lib.degradation import blur, exposure, kernels


def blur_by_hand(picture, kernel):
    turned = kernel[::-1, ::-1]
    tall, wide = kernel.shape
    padded = np.pad(picture, ((tall // 2, tall // 2), (wide // 2, wide // 2)))
    blurred = np.zeros_like(picture)
    for i in range(tall):
        for j in range(wide):
            blurred += turned[i, j] * padded[i : i + picture.shape[0], j : j + picture.shape[1]]
    return blurred


def correlate_by_hand(picture, kernel):
    return blur_by_hand(picture, kernel[::-1, ::-1])


def mirrored(picture, kernel):
    tall, wide = (side // 2 for side in kernel.shape)
    padded = np.pad(picture, ((tall, tall), (wide, wide)), mode="reflect")
    whole = blur_by_hand(padded, kernel)
    return whole[tall : tall + picture.shape[0], wide : wide + picture.shape[1]]


def average(frames, gamma):
    return ((frames**gamma).sum(axis=0) / len(frames)) ** (1 / gamma)


def wiener(transfer, noise_to_signal):
    return 1 / transfer * np.abs(transfer) ** 2 / (np.abs(transfer) ** 2 + noise_to_signal)


def psnr(sharp, restored, data_range):
    return 20 * np.log10(data_range) - 10 * np.log10(((sharp - restored) ** 2).mean())


def crop(blurred, sharp, top, left, size):
    return tuple(half[top : top + size, left : left + size] for half in (blurred, sharp))


def swapped_halves(blurred, sharp, top, left, size):
    return crop(sharp, blurred, top, left, size)


def swapped_axes(blurred, sharp, top, left, size):
    return crop(blurred, sharp, left, top, size)


def reach(layers):
    seen = 1
    for side, stride in reversed(layers):  # from the output down: n pixels need (n - 1) · stride + side
        seen = (seen - 1) * stride + side
    return seen


def line():
    kernel = np.zeros((9, 9))
    kernel[4, :] = 1 / 9
    return kernel


# name: (right, wrong, another wrong); numbers worked out on paper
ANSWERS = {
    "00.half_the_error": (3.01, 6.02, 2),
    "00.unknowns": (921600, 307200, 640),
    "11.kernel_sum": (0.45, 0.5, 0.9),
    "11.blur_by_hand": (blur_by_hand, correlate_by_hand, mirrored),
    "11.adjoint": (correlate_by_hand, blur_by_hand, lambda y, k: mirrored(y, k[::-1, ::-1])),
    "11.matrix": (16777216, 4096, 102400),
    "12.line_kernel": (line(), line().T, 9 * line()),
    "12.frames": (average, lambda f, g: f.mean(axis=0), lambda f, g: (f**g).mean(axis=0)),
    "12.half_shift": (0.5, 1.5, 0),
    "13.noise_db": (26.02, 13.01, -26.02),
    "13.amplification": (50, 2500, 0.02),
    "13.wiener": (wiener, lambda k, r: 1 / k, lambda k, r: k / (abs(k) ** 2 + r)),
    "13.brightness": (0.909, 1.1, 0.9),
    "14.psnr_by_hand": (psnr, lambda s, r, p: -psnr(s, r, p), lambda s, r, p: psnr(s, r, 1)),
    "14.double_error": (6.02, 3.01, -6.02),
    "14.range": (48.13, 24.07, 48.16),
    "14.peak": (6.02, 3.01, -6.02),
    "14.mean_of_psnr": (7.03, 30, 22.97),
    "15.crop": (crop, swapped_halves, swapped_axes),
    "15.turns": (8, 4, 16),
    "15.batches": (62, 62.5, 63),
    "16.receptive_field": (21, 30, 20),
    "16.parameters": (1344, 1296, 480),
    "16.identity": (20, 0, 40),
    "16.reach": (reach, lambda layers: reach(layers[::-1]), lambda layers: 1 + sum(k - 1 for k, _ in layers)),
}


@pytest.fixture(autouse=True)
def first_try():
    checks.forget()


def said(capsys, name, answer):
    checks.check(name, answer)
    return capsys.readouterr().out


def test_every_exercise_has_a_solution_here():
    assert list(ANSWERS) == catalogue.names()


@pytest.mark.parametrize("notebook", ["00", "11", "12", "13", "14", "15", "16"])
def test_every_notebook_has_two_exercises_and_a_question(notebook):
    assert len(catalogue.names(notebook)) >= 2
    assert len(catalogue.quiz_names(notebook)) >= 1


@pytest.mark.parametrize("name", ANSWERS)
def test_the_right_answer_is_right(capsys, name):
    assert said(capsys, name, ANSWERS[name][0]) == f"Right. {catalogue.exercise(name).because}\n"


@pytest.mark.parametrize("name", ANSWERS)
def test_two_wrong_answers_get_two_reasons_and_two_hints(capsys, name):
    _, first, second = ANSWERS[name]
    texts = [said(capsys, name, first), said(capsys, name, second)]
    for i, text in enumerate(texts):
        reason, hint = text.strip().split("\n")
        assert reason.startswith("Not yet: ")
        assert (
            hint
            == f"Hint {i + 1} of {len(catalogue.exercise(name).hints)}: {catalogue.exercise(name).hints[i]}"
        )
    assert texts[0].split("\n")[0] != texts[1].split("\n")[0]


@pytest.mark.parametrize("name", ANSWERS)
def test_no_answer_whatever_makes_an_exercise_raise(capsys, name):
    for odd in (None, "", "x", [], {}, object(), np.nan, np.array([]), len, lambda *_: None, lambda *_: "x"):
        text = said(capsys, name, odd)
        assert text.startswith(("Not yet: ", "Nothing yet: "))


@pytest.mark.parametrize(
    "name", [n for n, answers in ANSWERS.items() if isinstance(answers[0], (int, float))]
)
def test_the_first_hint_does_not_give_the_number_away(capsys, name):
    right = ANSWERS[name][0]
    first = catalogue.exercise(name).hints[0]
    assert str(right) not in first.replace(",", " ").replace(".", " ").split()


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
