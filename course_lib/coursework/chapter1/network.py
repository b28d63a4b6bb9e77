"""Exercises of notebook 16: a first network."""

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

STACKS = [  # layers as (kernel side, stride), first layer first
    ([(3, 1), (3, 1), (3, 1)],),
    ([(3, 2), (3, 1)],),
    ([(5, 1), (3, 2), (1, 1), (3, 2), (3, 1)],),
]


def _reach(layers):
    reach, step = 1, 1
    for side, stride in layers:
        reach, step = reach + (side - 1) * step, step * stride
    return reach


def _reach_own_stride(layers):
    reach, step = 1, 1
    for side, stride in layers:
        step *= stride
        reach += (side - 1) * step
    return reach


EXERCISES = (
    Exercise(
        name="16.receptive_field",
        question="Ten 3 x 3 convolutions of stride 1 follow each other. How many pixels across does one "
        "output "
        "pixel see?",
        verify=verdicts.number(
            21,
            0.1,
            slips=(
                (30, "windows overlap: a further layer adds its side less one."),
                (20, "the pixel itself is missing."),
                (10, "that is how far it sees to one side."),
                (441, "that is the number of pixels in the square; asked is its side."),
                (3**10, "sides add up, they do not multiply."),
            ),
        ),
        hints=(
            "One layer sees 3 pixels, two see 5. How many do three see?",
            "Each layer adds one pixel on either side: 1 + 2 n.",
        ),
        because="1 + 2 · 10 = 21: a blur of 25 pixels is wider than what this network can see.",
    ),
    Exercise(
        name="16.parameters",
        question="A 3 x 3 convolution with bias leads from 3 channels to 48. How many parameters has it?",
        verify=verdicts.number(
            3 * 3 * 3 * 48 + 48,
            0.1,
            slips=(
                (3 * 3 * 3 * 48, "the weights are right; every output channel also has a bias."),
                (3 * 3 * 48 + 48, "each output channel looks at all 3 input channels."),
                (3 * 3 * 48, "each output channel looks at all 3 input channels, and has a bias."),
                (3 * 3 * 3 * 48 + 3, "a bias belongs to an output channel: there are 48."),
                (3 * 3 * 3 * 48 + 1, "a bias belongs to every output channel: there are 48."),
            ),
        ),
        hints=(
            "One output channel has a 3 x 3 window for each input channel, and one bias.",
            "(3 · 3 · 3 + 1) · 48",
        ),
        because="(3 · 3 · 3 + 1) · 48 = 1344. The picture's size does not occur, so one network fits "
        "all sizes.",
    ),
    Exercise(
        name="16.identity",
        question="The blurred input's mean squared error is 0.01 (pictures in [0, 1]). The last layer "
        "of a residual "
        "network starts at zero, so it returns its input. What PSNR in dB has it before the first step?",
        verify=verdicts.number(
            20.0,
            0.05,
            slips=(
                (0.0, "its residual is zero, its output is not: the input is added to it."),
                (40.0, "the 0.01 is a squared error already: 10 log10, not 20."),
                (10.0, "10 log10(1 / 0.01): how many zeros has 100?"),
                (-20.0, "the ratio stands upside down: range over error."),
            ),
        ),
        hints=("The restored picture equals the blurred one.", "10 log10(1 / 0.01)."),
        because="20 dB: doing nothing is where a residual network begins, so each step can only be "
        "judged above it.",
    ),
    Exercise(
        name="16.reach",
        question="Write reach(layers): layers is a list of (kernel side, stride), first layer first; "
        "return how many "
        "input pixels across one output pixel sees.",
        verify=verdicts.function(
            _reach,
            STACKS,
            "reach(layers)",
            tolerance=0.1,
            slips=(
                (
                    lambda layers: 1 + sum(k - 1 for k, _ in layers),
                    "strides are ignored: after a stride of 2 a step is 2 pixels.",
                ),
                (_reach_own_stride, "a stride widens the layers after it, not the layer that has it."),
                (lambda layers: _reach(layers[::-1]), "the layers are taken from the last to the first."),
                (lambda layers: _reach(layers) - 1, "the pixel itself is missing: begin with 1."),
            ),
        ),
        hints=(
            "Keep two numbers: what is seen so far (1), and how many input pixels one step is (1).",
            "A layer adds (side - 1) steps to what is seen; then its stride multiplies the step.",
        ),
        because="Strides multiply the reach of all later layers: that is how few layers see a wide blur.",
    ),
)

QUIZZES = (
    Quiz(
        name="16.residual",
        question="Why does the baseline add its input to its last layer?",
        options=(
            Option(text="to have fewer parameters", why="The addition has none, and saves none."),
            Option(
                text="so that it only has to learn the correction",
                why="Most of the photograph is right already; a zero last layer begins as the identity.",
                right=True,
            ),
            Option(
                text="to see farther",
                why="The path around sees one pixel; it adds nothing to the receptive field.",
            ),
            Option(
                text="to keep values in [0, 1]",
                why="A sum may leave the range; clipping happens when it is restored.",
            ),
        ),
    ),
)
