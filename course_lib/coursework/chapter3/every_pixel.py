"""Exercises of notebook 31: a network for every tile that looks at one pixel at a time."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz


def _periods(tile):
    return [tile // 2**i for i in range(int(np.log2(tile)))]


def _code(column, tile):
    angles = [2 * np.pi * (column % period) / period for period in _periods(tile)]
    return np.array([wave(angle) for angle in angles for wave in (np.cos, np.sin)])


def _steps(picture, tile):
    steps = np.abs(np.diff(picture, axis=1))
    crossing = np.arange(1, picture.shape[1]) % tile == 0
    return steps, crossing


def _seam(picture, tile):
    steps, crossing = _steps(picture, tile)
    return steps[:, crossing].mean() / steps[:, ~crossing].mean()


def _against_all(picture, tile):
    steps, crossing = _steps(picture, tile)
    return steps[:, crossing].mean() / steps.mean()


def _upside_down(picture, tile):
    return 1 / _seam(picture, tile)


def _of_sums(picture, tile):
    steps, crossing = _steps(picture, tile)
    return steps[:, crossing].sum() / steps[:, ~crossing].sum()


def _signed(picture, tile):
    steps, crossing = np.diff(picture, axis=1), _steps(picture, tile)[1]
    return steps[:, crossing].mean() / steps[:, ~crossing].mean()


def _one_late(picture, tile):
    steps, _ = _steps(picture, tile)
    crossing = np.arange(picture.shape[1] - 1) % tile == 0
    return steps[:, crossing].mean() / steps[:, ~crossing].mean()


def _down(picture, tile):
    return _seam(np.swapaxes(picture, 0, 1), tile)


RNG = np.random.default_rng(31)
PICTURES = [(RNG.random((6, 16)), 4), (RNG.random((16, 24, 3)), 8)]

EXERCISES = (
    Exercise(
        name="31.values",
        question="Tiles of 16 x 16 pixels, three colours in and out, three layers, 32 channels between them. "
        "Position codes are four channels a period. How many biases and weights does a tile need?",
        verify=verdicts.number(
            1795,
            0.1,
            slips=(
                (1728, "the biases are missing: one for each channel that leaves a layer."),
                (1283, "the position codes are missing: they enter the first layer beside the colours."),
                (67, "that counts the biases alone."),
                (2851, "that is one layer too many: 19 to 32, 32 to 32, 32 to 3."),
                (739, "that is one layer too few: 19 to 32, 32 to 32, 32 to 3."),
                (1923, "a tile of 16 has the periods 16, 8, 4 and 2: four of them, 16 channels of codes."),
                (1667, "a tile of 16 has the periods 16, 8, 4 and 2: four of them, 16 channels of codes."),
                (256 * 1795, "all pixels of a tile share one set of values."),
            ),
        ),
        hints=(
            "What enters the first layer: colours, and four codes for each of the periods 16, 8, 4, 2.",
            "19 channels enter. A layer from a to b channels has b biases and a b weights; add three layers.",
        ),
        because="(19 + 1) 32 + (32 + 1) 32 + (32 + 1) 3 = 640 + 1056 + 99 = 1795, for 256 pixels with 768 "
        "colour values: a tile is told more numbers than it has.",
    ),
    Exercise(
        name="31.code",
        question="Write code(column, tile): the position code of one column alone, coarse to fine: for each "
        "period tile, tile / 2, ..., 2 the cosine, then the sine, of 2 pi column / period.",
        verify=verdicts.function(
            _code,
            [(5, 8), (0, 2), (13, 16), (3, 32)],
            "code(column, tile)",
            slips=(
                (
                    lambda c, t: _code(c, t).reshape(-1, 2)[::-1].ravel(),
                    "that is fine to coarse; the longest period comes first.",
                ),
                (
                    lambda c, t: _code(c, t).reshape(-1, 2)[:, ::-1].ravel(),
                    "sine came before cosine.",
                ),
                (
                    lambda c, t: _code(c, t).reshape(-1, 2).T.ravel(),
                    "all cosines came first; of each period they stand side by side.",
                ),
                (
                    lambda c, t: np.array([f(c / p) for p in _periods(t) for f in (np.cos, np.sin)]),
                    "a wave of period p is cos(2 pi column / p); the 2 pi is missing.",
                ),
                (
                    lambda c, t: np.array(
                        [f(2 * np.pi * c * p / t) for p in _periods(t) for f in (np.cos, np.sin)]
                    ),
                    "divide by the period: a long period is a slow wave.",
                ),
                (
                    lambda c, t: np.append(_code(c, t), [1.0, 0.0]),
                    "there are two numbers too many: the shortest period is 2, not 1.",
                ),
            ),
        ),
        hints=(
            "Start with period = tile, halve it in a loop while it is at least 2, and append two numbers "
            "each time.",
            "np.cos(2 * np.pi * column / period), then np.sin of the same angle.",
        ),
        because="log2(tile) periods, two numbers each: like the digits of the column in base 2, but smooth. "
        "A row gets the same, so four channels a period in all.",
    ),
    Exercise(
        name="31.pairs",
        question="A photograph of 32 x 48 pixels in three colours goes through a pixelwise network whose "
        "values are held. Of all derivatives of one output value by one input value, how many can differ "
        "from 0 in the whole photograph?",
        verify=verdicts.number(
            32 * 48 * 9,
            0.5,
            slips=(
                (32 * 48, "that counts pairs of pixels; each pixel has three values in and three out."),
                (32 * 48 * 3, "red out may depend on green in: the colours of one pixel do meet."),
                ((32 * 48 * 3) ** 2, "those are all pairs; neighbours never meet here."),
                (9, "that is one pixel; the whole photograph is asked for."),
                (32 * 48 * 81, "that would be a convolution of 3 x 3; a pixel sees itself alone."),
                (32 * 48 * 6, "three values out, each by three values in: 3 times 3."),
            ),
        ),
        hints=(
            "First one pixel: how many values come in, how many go out?",
            "Nine derivatives a pixel, and none between two pixels.",
        ),
        because="9 derivatives a pixel, 1536 pixels: 13 824 of more than 21 million pairs of values.",
    ),
    Exercise(
        name="31.seam",
        question="Write seam(picture, tile): the mean absolute step between horizontal neighbours in "
        "different tiles, divided by the mean absolute step between horizontal neighbours in one tile.",
        verify=verdicts.function(
            _seam,
            PICTURES,
            "seam(picture, tile)",
            slips=(
                (_against_all, "divide by the steps inside tiles, without those across borders."),
                (_upside_down, "that is upside down: across by inside."),
                (_of_sums, "compare means, not sums: there are many more steps inside than across."),
                (_signed, "take absolute steps; up and down would cancel."),
                (_one_late, "one column off: step i leads from column i to i + 1; which i crosses a border?"),
                (_down, "those are vertical neighbours; horizontal ones lie along axis 1."),
            ),
        ),
        hints=(
            "steps = np.abs(np.diff(picture, axis=1)): step i leads from column i to column i + 1.",
            "It crosses a border where (i + 1) % tile == 0; np.arange(1, width) % tile == 0 finds those.",
        ),
        because="1 means that a border is no different from any other place; photographs alone come near "
        "it, since no scene knows where our tiles lie.",
    ),
    Exercise(
        name="31.exposure",
        question="At four pixels a convolution without bias gives 1, 1, 3, 3. Half the exposure, and it "
        "gives 0.5, 0.5, 1.5, 1.5. What does the instance norm behind it give for the darker photograph? "
        "Four numbers (forget the epsilon).",
        verify=verdicts.array(
            np.array([-1.0, -1.0, 1.0, 1.0]),
            tolerance=1e-3,
            slips=(
                (np.array([-0.5, -0.5, 0.5, 0.5]), "the mean is gone; now divide by the deviation."),
                (np.array([0.5, 0.5, 1.5, 1.5]), "that is what comes in."),
                (np.array([1.0, 1.0, 3.0, 3.0]), "divide by the deviation after the mean has gone."),
                (np.array([-2.0, -2.0, 2.0, 2.0]), "divide by the deviation, not by the variance."),
                (np.array([-1.0, -1.0, 3.0, 3.0]), "the mean of the darker photograph is 1, not 2."),
            ),
        ),
        hints=(
            "Take the mean away, then divide by the standard deviation.",
            "Mean 1; what is left is -0.5, -0.5, 0.5, 0.5; its deviation is 0.5.",
        ),
        because="The brighter photograph gives the same four numbers: whatever comes behind this norm cannot "
        "know how long the shutter was open.",
    ),
)

QUIZZES = (
    Quiz(
        name="31.dead",
        question="In tiles of 16 pixels, the sines of period 2 are 0 at every pixel. What does that cost?",
        options=(
            Option(
                text="odd and even columns cannot be told apart",
                why="The cosine of period 2 does that: +1, -1, +1, -1.",
            ),
            Option(
                text="values that are predicted for nothing",
                why="Two of 16 codes are always 0, so their weights in the first layer, 2 for each of its "
                "channels and in every tile, change no pixel.",
                right=True,
            ),
            Option(
                text="nothing: a sine of period 2 is needed at half pixels, and those are met when a picture "
                "is enlarged",
                why="Pixels are counted in whole numbers at every size; sin(pi x) is 0 at each of them.",
            ),
            Option(
                text="two pixels of every tile have the same code",
                why="Cosine and sine of period 16 alone tell all columns apart, and those of the rows all "
                "rows.",
            ),
        ),
    ),
    Quiz(
        name="31.repair",
        question="Suppose that someone who knows the truth chooses the values of every tile; position codes "
        "are left out. Which damage can a pixelwise network then undo exactly, whatever the photograph?",
        options=(
            Option(
                text="a white balance that weakened blue by 30 %",
                why="One tile's rule, divide blue by 0.7, is right for every pixel, and no neighbour is "
                "needed.",
                right=True,
            ),
            Option(
                text="a blur over five pixels",
                why="Two pixels of one colour in one tile may have had different colours before, and only "
                "their neighbours tell which.",
            ),
            Option(
                text="highlights that were cut at 1",
                why="What was cut is 1 now, whether it was 1.1 or 1.5: one input, several truths.",
            ),
            Option(
                text="noise",
                why="Every pixel has a draw of its own; a rule that many pixels share cannot take it away.",
            ),
        ),
    ),
)
