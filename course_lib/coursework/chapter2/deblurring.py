"""Exercises of notebook 23, DeblurGAN."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

CONVOLUTION = 3 * 3 * 256 * 256
NORMED = 64 + 128 + 256 + 9 * 2 * 256 + 128 + 64  # biases in front of an instance norm


def _overlap(side, stride):
    return np.array([len(range(place, side, stride)) for place in range(stride)])


EXERCISES = (
    Exercise(
        name="23.block",
        question="A residual block of DeblurGAN holds two 3 x 3 convolutions with bias, from 256 channels to "
        "256. Its norms have no weights. How many parameters has the block?",
        verify=verdicts.number(
            2 * (CONVOLUTION + 256),
            0.5,
            slips=(
                (CONVOLUTION + 256, "that is one convolution; the block holds two."),
                (2 * CONVOLUTION, "the weights are right; every output channel also has a bias, twice."),
                (2 * CONVOLUTION + 256, "each of the two convolutions has biases of its own."),
                (2 * (9 * 256 + 256), "each output channel looks at all 256 input channels."),
                (2 * (3 * 256 * 256 + 256), "a window of 3 x 3 has nine places, not three."),
                (9 * 2 * (CONVOLUTION + 256), "that is all nine blocks of the generator; one is asked for."),
            ),
        ),
        hints=(
            "How many numbers does one output channel need to look at 3 x 3 places of 256 channels?",
            "2 · (3 · 3 · 256 · 256 + 256).",
        ),
        because="2 · (589824 + 256) = 1180160. Nine of them hold more than nine tenths of the generator. In "
        "the code of 2019, a slip left one convolution a block.",
    ),
    Exercise(
        name="23.dead",
        question="An instance norm subtracts the mean of every channel. So a bias just before it changes "
        "nothing. How many such dead biases has the paper's generator? (The stages are 64, 128 and 256 "
        "channels, nine blocks of two convolutions with 256, then 128 and 64; no norm follows the last "
        "convolution, to 3 channels.)",
        verify=verdicts.number(
            NORMED,
            0.5,
            slips=(
                (NORMED + 3, "no norm follows the last convolution: its three biases are alive."),
                (NORMED - 9 * 256, "every block has two convolutions, and a norm after each."),
                (9 * 2 * 256, "those of the blocks; the other stages are normed, too."),
                (NORMED - 9 * 2 * 256, "the nine blocks are missing."),
                (64 + 128 + 256 + 2 * 256 + 128 + 64, "there are nine blocks, not one."),
                (3, "the other way round: these three are alive."),
            ),
        ),
        hints=(
            "A convolution has one bias for each output channel. Which convolutions have a norm behind them?",
            "64 + 128 + 256 before the blocks, 128 + 64 after them, and 2 · 256 in each of nine.",
        ),
        because="640 + 9 · 512 = 5248. They are kept so that weights of the authors' code fit in, name by "
        "name, and that the count agrees.",
    ),
    Exercise(
        name="23.patch",
        question="DeblurGAN's critic has five 4 x 4 convolutions, of stride 2, 2, 2, 1 and 1. How many "
        "pixels across does one score see? (Leave the norms aside.)",
        verify=verdicts.number(
            70,
            0.1,
            slips=(
                (16, "that is with stride 1 everywhere: after a stride of 2, neighbours are 2 pixels apart."),
                (46, "that is without the last convolution."),
                (22, "those are the strided layers alone; two more follow."),
                (94, "the fourth layer has stride 1: the step stays at 8 pixels."),
                (
                    91,
                    "a layer's window is measured in steps of its own input; its stride counts only for "
                    "the layers behind it.",
                ),
                (93, "a window of 4 adds 3 steps, since the first place is there already."),
                (47, "the windows are 4 x 4, not 3 x 3."),
                (69, "the pixel itself is missing."),
                (8, "that is how far neighbouring scores lie apart."),
                (4900, "that is the number of pixels in the square; asked is its side."),
            ),
        ),
        hints=(
            "Keep two numbers, layer by layer: how far it sees, and how many pixels one step is.",
            "A layer adds 3 steps to what it sees, and then multiplies the step by its stride.",
            "1 + 3 · (1 + 2 + 4 + 8 + 8).",
        ),
        because="1 + 3 · 23 = 70: hence the name 70 x 70 PatchGAN. A score judges grain and edges, not "
        "whether a face has two eyes.",
    ),
    Exercise(
        name="23.overlap",
        question="A transposed convolution in one dimension: input pixel i adds tap t of the kernel to "
        "output pixel stride * i + t, for t = 0, ..., side - 1. Write overlap(side, stride): the "
        "array of how many taps reach the output pixels 0, 1, ..., stride - 1 of a period, far from the "
        "border.",
        verify=verdicts.function(
            _overlap,
            [(3, 2), (4, 2), (5, 3), (2, 3), (7, 2)],
            "overlap(side, stride)",
            slips=(
                (
                    lambda side, stride: np.full(stride, side // stride),
                    "rounded down for all; where the side is no multiple, some pixels get one tap more.",
                ),
                (
                    lambda side, stride: np.full(stride, -(-side // stride)),
                    "rounded up for all; some pixels get one tap less.",
                ),
                (
                    lambda side, stride: np.full(stride, side / stride),
                    "that is the mean; each pixel gets a whole number of taps.",
                ),
                (
                    lambda side, stride: _overlap(side, stride)[::-1],
                    "the order is turned round: pixel 0 gets taps 0, stride, 2 stride, ...",
                ),
                (
                    lambda side, stride: np.sort(_overlap(side, stride))[::-1] + 1,
                    "one too many: the taps are 0 to side - 1.",
                ),
                (lambda side, stride: np.full(stride, side), "every tap lands on one pixel of the period."),
            ),
        ),
        hints=(
            "Pixel p gets those taps t for which t - p is a multiple of stride.",
            "Those are p, p + stride, p + 2 stride, ... below side: count them.",
            "np.array([len(range(p, side, stride)) for p in range(stride)])",
        ),
        because="3 taps at a stride of 2 give 2 and 1: every other row is built from twice as much. In two "
        "dimensions that is 4, 2, 2 and 1: a checkerboard, before anything is learned.",
    ),
    Exercise(
        name="23.pull",
        question="At some pixel tanh gives 0.98. What is its slope there, the factor by which every gradient "
        "that passes back through it is multiplied?",
        verify=verdicts.number(
            1 - 0.98**2,
            0.001,
            slips=(
                (0.02, "that is 1 - tanh; the slope is 1 - tanh²."),
                (0.98**2, "that is tanh²; the slope is what is left up to 1."),
                (0.98, "that is the value itself."),
                (1 / (1 - 0.98**2), "that is how many times weaker; the factor is its reciprocal."),
                (0.98 * 0.02, "that is the slope of a sigmoid, s (1 - s)."),
                (1.0, "that is the slope in the middle, at 0."),
            ),
        ),
        hints=("What is the derivative of tanh, written with tanh itself?", "1 - tanh² = 1 - 0.98²."),
        because="1 - 0.9604 = 0.0396: of the gradient 4 % are left. At 0.999 it is 0.2 %. Such a pixel can "
        "hardly learn that it is wrong.",
    ),
    Exercise(
        name="23.washed",
        question="A network made for pictures in [-1, 1] is fed one in [0, 1], of mean 0.4, and hands it "
        "back unchanged. The answer y is shown as (y + 1) / 2, as it should be for [-1, 1]. What is "
        "the mean now?",
        verify=verdicts.number(
            0.7,
            0.002,
            slips=(
                (
                    0.4,
                    "the picture was not stretched to [-1, 1] on its way in, but it is squeezed on its way "
                    "out.",
                ),
                (-0.2, "that is what the network should have been fed: 2 · 0.4 - 1."),
                (0.2, "half is right; adding 1 before halving adds a half."),
                (0.9, "the picture is halved, too, not only shifted."),
                (1.4, "and then half of it."),
            ),
        ),
        hints=("Just follow one pixel of 0.4 through the last formula.", "(0.4 + 1) / 2."),
        because="(0.4 + 1) / 2 = 0.7, and black becomes 0.5: a picture in fog. This mistake is seen at once; "
        "the one where both conversions are forgotten is not.",
    ),
)

QUIZZES = (
    Quiz(
        name="23.unconditional",
        question="DeblurGAN's critic sees one picture, sharp or restored, and never the blurred one beside "
        "it. Which of these would the critic, by itself, let pass?",
        options=(
            Option(
                text="the blurred picture, handed back unchanged",
                why="No sharp photograph looks blurred: this is what the critic learns to see first.",
            ),
            Option(
                text="a checkerboard pattern over a sharp picture",
                why="No sharp photograph has one either, and a window of 70 pixels is enough to see it.",
            ),
            Option(
                text="a perfectly sharp photograph of something else",
                why="It cannot know what was asked for. Only the content or pixel loss ties the answer to "
                "the question.",
                right=True,
            ),
            Option(
                text="an even grey",
                why="Within 70 x 70 pixels real photographs are hardly ever quite even.",
            ),
        ),
    ),
    Quiz(
        name="23.scale",
        question="Somebody mistypes an initialiser: in a new generator, the weights of the very first "
        "convolution are 50 times too large. What becomes of its pictures?",
        options=(
            Option(
                text="tanh saturates: every pixel is pushed to black or white",
                why="Before anything gets to tanh, every channel is divided by its deviation.",
            ),
            Option(
                text="hardly anything changes",
                why="An instance norm follows, and divides the factor out again. The same holds for every "
                "convolution but one.",
                right=True,
            ),
            Option(
                text="they become NaN",
                why="50 times too large is far from overflowing, and a norm follows.",
            ),
            Option(
                text="only the residual grows, 50 times",
                why="The residual is made of normed features; their size does not depend on the first layer.",
            ),
        ),
    ),
)
