"""Exercises of notebook 11: blur is a weighted sum."""

import numpy as np
from scipy import ndimage

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(11)
SIDES = (((7, 9), (3, 3)), ((8, 6), (5, 3)), ((6, 11), (1, 5)))


def _lopsided(sides):
    kernel = RNG.random(sides)
    return kernel / kernel.sum()


PAIRS = [(RNG.random(size), _lopsided(sides)) for size, sides in SIDES]  # pictures (h, w), kernels (k, k')


def _blur(mode):
    return lambda picture, kernel: ndimage.convolve(picture, kernel, mode=mode)


def _correlate(picture, kernel):
    return ndimage.correlate(picture, kernel, mode="constant")


def _verify_adjoint(answer):
    """Run the dot-product test: <A x, y> must equal <x, A' y> for random x and y."""
    how, blurred = "adjoint(picture, kernel)", _blur("constant")
    for x, kernel in PAIRS:
        y = np.random.default_rng(x.size).random(x.shape)
        given, problem = verdicts.call(answer, (y, kernel), how)
        if problem:
            return problem
        given, problem = verdicts.read(given, "your function returned")
        if given is None:
            return problem
        if given.shape != x.shape:
            return f"an adjoint returns the shape of the scene, {x.shape}; yours returned {given.shape}."
        if not np.isfinite(given).all():
            return "NaN or infinity came back; a blur and its adjoint only add and multiply."
        if np.allclose(given, blurred(y, kernel)):
            return (
                "that is the blur itself: its own adjoint only where a kernel looks the same turned by 180°."
            )
        left, right = float((blurred(x, kernel) * y).sum()), float((x * given).real.sum())
        if abs(left - right) > 1e-5 * abs(left):
            return (
                f"<A x, y> = {left:.4f}, but <x, A' y> = {right:.4f} for random x and y; they must be equal."
            )
    return None


EXERCISES = (
    Exercise(
        name="11.kernel_sum",
        question="A grey wall of 0.5 is blurred with a kernel whose weights sum to 0.9. "
        "Which value has a pixel far from the border?",
        verify=verdicts.number(
            0.45,
            1e-3,
            slips=(
                (0.5, "that holds for a kernel that sums to 1."),
                (0.9, "that is the sum of the weights; each of them meets the value 0.5."),
                (0.5 / 0.9, "nobody divides by the sum here; that would repair the kernel."),
            ),
        ),
        hints=(
            "Every pixel under the kernel has the same value, so it can be taken out of the sum.",
            "The weighted sum is 0.5 times the sum of the weights.",
        ),
        because="0.5 · 0.9 = 0.45. The sum of the kernel scales the brightness, so a blur must sum to 1.",
    ),
    Exercise(
        name="11.blur_by_hand",
        question="Write blur_by_hand(picture, kernel): the convolution of a (h, w) picture with a "
        "kernel of odd "
        "sides, zeros beyond the border, a result of the picture's shape.",
        verify=verdicts.function(
            _blur("constant"),
            PAIRS,
            "blur_by_hand(picture, kernel)",
            edge=2,
            slips=(
                (_correlate, "that is correlation: a convolution turns the kernel by 180° first."),
                (
                    _blur("mirror"),
                    "the inside is right, but your picture goes on mirrored; zeros are asked for.",
                ),
                (
                    _blur("reflect"),
                    "the inside is right, but your picture goes on mirrored; zeros are asked for.",
                ),
                (_blur("nearest"), "the inside is right, but your last row goes on; zeros are asked for."),
                (_blur("wrap"), "the inside is right, but your picture wraps around; zeros are asked for."),
            ),
        ),
        hints=(
            "Pad the picture with zeros by half the kernel on each side: np.pad(picture, ((r, r), (c, c))).",
            "Add up shifted copies: for every kernel sample, kernel[i, j] times a window of the padded "
            "picture.",
            "Turn the kernel first, kernel[::-1, ::-1]; then the window of sample (i, j) is padded[i:i "
            "+ h, j:j + w].",
        ),
        because="One picture shifted once per sample, weighted and added: that is all a blur is.",
    ),
    Exercise(
        name="11.adjoint",
        question="Write adjoint(picture, kernel): the adjoint of the blur with zeros beyond the border, "
        "so that "
        "<A x, y> = <x, A' y> for all pictures x and y.",
        verify=_verify_adjoint,
        hints=(
            "Write the blur of a line of three pixels as a matrix and transpose it. What happened to "
            "the kernel?",
            "Sample K[i] carried light from pixel p to pixel p + i; the adjoint carries it back, from p "
            "+ i to p.",
            "Blur with the kernel turned by 180°, kernel[::-1, ::-1], zeros beyond the border.",
        ),
        because="The transposed matrix of a convolution is the convolution with the turned kernel. "
        "Every gradient "
        "that passes through a blur is this adjoint.",
    ),
    Exercise(
        name="11.matrix",
        question="Written as a matrix, the blur of one 64 x 64 grey picture has how many entries, zeros "
        "included?",
        verify=verdicts.number(
            64**4,
            0.5,
            slips=(
                (64**2, "that is one row: one output pixel. How many rows are there?"),
                (25 * 64**2, "that counts what a 5 x 5 kernel leaves non-zero; the question asks for all."),
            ),
        ),
        hints=(
            "The matrix takes all pixels of the scene to all pixels of the photograph.",
            "It has 4096 rows and 4096 columns.",
        ),
        because="4096 · 4096 = 16 777 216 entries for a thumbnail; a 5 x 5 kernel says the same in 25 "
        "numbers.",
    ),
)

QUIZZES = (
    Quiz(
        name="11.border",
        question="Which border lets the FFT multiply spectra without any padding?",
        options=(
            Option(text="zero", why="Zeros beyond the edge need a padded picture, or the far side leaks in."),
            Option(text="mirrored", why="A mirrored border needs padding by half the kernel first."),
            Option(
                text="circular",
                why="The Fourier basis is periodic, so what leaves on the right enters on the left.",
                right=True,
            ),
            Option(text="replicated", why="The last pixel must be repeated by padding first."),
        ),
    ),
)
