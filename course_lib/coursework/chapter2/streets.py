"""Exercises of notebook 24, pix2pixHD."""

import numpy as np

from course_lib.coursework import verdicts
from course_lib.coursework.exercise import Exercise, Option, Quiz

RNG = np.random.default_rng(24)


def _maps():
    """Draw label maps of even sides and smaller ones, of which some pixels name a stranger."""
    for height, width in ((4, 6), (6, 4), (8, 8)):
        before = RNG.integers(0, 6, (height, width))
        after = before[::2, ::2].copy()
        places = RNG.random(after.shape) < 0.4
        after[places] = RNG.integers(0, 9, int(places.sum()))
        yield before, after


MAPS = list(_maps())


def _blocks(labels):
    height, width = labels.shape
    return labels.reshape(height // 2, 2, width // 2, 2).swapaxes(1, 2).reshape(height // 2, width // 2, 4)


def _strangers(before, after):
    return np.sum((_blocks(before) != after[..., None]).all(axis=-1))


EXERCISES = (
    Exercise(
        name="24.windows",
        question="The finest critic's score sees 70 x 70 pixels of its picture. The second critic sees the "
        "picture after a 3 x 3 mean of stride 2, the third after two of them. How many pixels across of the "
        "full-size picture does one score of each see? Give both: [second, third].",
        verify=verdicts.array(
            np.array([141, 283]),
            tolerance=1e-6,
            slips=(
                (np.array([140, 280]), "twice and four times forget that each mean is 3 wide, not 2."),
                (np.array([141, 282]), "the second is right; send it through a mean once more: 2 n + 1."),
                (np.array([141, 281]), "the second is right; the third goes through two means, each 3 wide."),
                (
                    np.array([72, 74]),
                    "the mean also has stride 2: neighbours of the small picture are 2 apart.",
                ),
                (np.array([138, 274]), "69 steps of 2 lead to 138; the window's own 3 pixels are missing."),
                (np.array([139, 277]), "69 steps of 2, and then a whole window of 3 pixels, not 1."),
                (np.array([142, 286]), "70 pixels are 69 steps apart."),
                (np.array([283, 141]), "the two are swapped."),
            ),
        ),
        hints=(
            "From the score down: n neighbours after a layer of side k and stride s need (n - 1) s + k "
            "before.",
            "70 neighbours of the halved picture: 69 steps of 2, and a window of 3.",
            "(70 - 1) 2 + 3 = 141. Now the same with 141.",
        ),
        because="(70 - 1) · 2 + 3 = 141 and (141 - 1) · 2 + 3 = 283. The pooling in between counts as a "
        "layer, too.",
    ),
    Exercise(
        name="24.block",
        question="A residual block of the published generator has two 3 x 3 convolutions with bias, from "
        "1024 channels to 1024. How many parameters has it?",
        verify=verdicts.number(
            18_876_416,
            0.5,
            slips=(
                (9_438_208, "that is one convolution; the block has two."),
                (18_874_368, "the biases are missing: one for each output channel of each convolution."),
                (9_437_184, "that is one convolution, and without its biases."),
                (2_099_200, "a 3 x 3 window has nine places."),
                (18_432, "every output channel looks at every input channel: 1024 times 1024 windows."),
            ),
        ),
        hints=(
            "A convolution has (side² · channels in + 1) · channels out.",
            "(9 · 1024 + 1) · 1024, twice.",
        ),
        because="2 · (9 · 1024 + 1) · 1024 = 18 876 416; nine such blocks are 93 % of the whole generator.",
    ),
    Exercise(
        name="24.least_squares",
        question="Two critics, fine and coarse, both say 0.8 of the real picture and 0.4 of the generated "
        "one, everywhere. What do they pay, and what does the generator pay, as pix2pixHD counts: summed "
        "over scales, the critic's sum halved? Give [critic, generator].",
        verify=verdicts.array(
            np.array([0.2, 0.72]),
            tolerance=1e-4,
            slips=(
                (np.array([0.4, 0.72]), "the critic's loss is halved."),
                (np.array([0.1, 0.36]), "both scales count: losses are summed over them."),
                (np.array([0.2, 0.36]), "the generator, too, is judged at both scales."),
                (np.array([0.2, 0.32]), "the generator wants 1 where the critic said 0.4."),
                (np.array([0.72, 0.2]), "the two are swapped."),
                (np.array([0.6, 1.2]), "squares are missing."),
                (np.array([0.8, 0.72]), "the critic wants 1 for real and 0 for generated ones."),
            ),
        ),
        hints=(
            "The critic wants 1 for real and 0 for generated, the generator wants 1 for generated; all "
            "squared.",
            "One scale: critic (0.8 - 1)² + 0.4², generator (0.4 - 1)².",
        ),
        because="Critic: half of 2 · (0.04 + 0.16) = 0.2. Generator: 2 · 0.36 = 0.72. An undecided critic, "
        "0.5 everywhere, pays 0.5 at two scales.",
    ),
    Exercise(
        name="24.between",
        question="A label map is halved by a mean, as pictures are: at one place two pixels of sky (0) "
        "meet two of car (6). Which id has the new pixel, and how many of its four old pixels had it? Give "
        "[id, count].",
        verify=verdicts.array(
            np.array([3, 0]),
            tolerance=1e-6,
            slips=(
                (np.array([3, 4]), "the id is right; but none of the four was a sidewalk."),
                (np.array([3, 2]), "the id is right; but the four pixels were 0, 0, 6 and 6."),
                (np.array([0, 2]), "that would be nearest neighbour; a mean lies in between."),
                (np.array([6, 2]), "that would be nearest neighbour; a mean lies in between."),
            ),
        ),
        hints=(
            "The mean of 0, 0, 6 and 6.",
            "3 is the sidewalk of this course's table; nobody has seen one there.",
        ),
        because="(0 + 0 + 6 + 6) / 4 = 3: a sidewalk, floating between sky and car. Ids are names, and names "
        "have no mean.",
    ),
    Exercise(
        name="24.strangers",
        question="Write strangers(before, after): before is a label map (h, w) with even sides, after a map "
        "(h/2, w/2) made of it. Return how many pixels of after carry an id that none of their four pixels "
        "in before has.",
        verify=verdicts.function(
            _strangers,
            MAPS,
            "strangers(before, after)",
            slips=(
                (
                    lambda b, a: np.sum((_blocks(b) != a[..., None]).any(axis=-1)),
                    "that counts pixels of which some of the four differ; all four must differ.",
                ),
                (
                    lambda b, a: np.sum(a != b[::2, ::2]),
                    "only the first of the four pixels is looked at; another one may have the id.",
                ),
                (
                    lambda b, a: np.mean((_blocks(b) != a[..., None]).all(axis=-1)),
                    "the share came back; the number of pixels is asked for.",
                ),
                (
                    lambda b, a: np.sum((_blocks(b) == a[..., None]).any(axis=-1)),
                    "that counts the pixels whose id is at home; the others are asked for.",
                ),
                (
                    lambda b, a: np.sum(~np.isin(a, b)),
                    "an id that occurs elsewhere in the map may still be a stranger here: look at the four.",
                ),
            ),
        ),
        hints=(
            "The four pixels are before[::2, ::2], before[1::2, ::2], before[::2, 1::2] and before[1::2, "
            "1::2].",
            "A stranger differs from all four: combine four comparisons with &.",
        ),
        because="Nearest neighbour, or a vote of the four, gives 0, always. A loader that gives more has "
        "treated names as numbers.",
    ),
    Exercise(
        name="24.shift",
        question="Somebody's pictures have exactly the features of the real ones, but each vector is shifted "
        "by the same c = (3, 0, 4). What is the Frechet distance?",
        verify=verdicts.number(
            25.0,
            1e-3,
            slips=(
                (5.0, "that is the length of c; the distance is its square."),
                (7.0, "means differ by a vector: add the squares of its parts."),
                (49.0, "square the parts before you add them."),
                (0.0, "that would be so if only covariances counted; the means differ, too."),
                (50.0, "|c|² counts once."),
            ),
        ),
        hints=(
            "A shift leaves the covariance as it is: what remains of the formula?",
            "|mean1 - mean2|² = 3² + 0² + 4².",
        ),
        because="Equal covariances cancel, and |c|² = 25 remains. So the distance is a *square*: features "
        "twice as large make it four times as large.",
    ),
    Exercise(
        name="24.one_feature",
        question="A network has one feature only, and over real pictures it is normal with deviation 1. Two "
        "sets of n = 100 real pictures each: what is their Frechet distance on average? (The deviation found "
        "in n pictures scatters with variance 1 / (2 n) around the true one.)",
        verify=verdicts.number(
            0.03,
            0.0005,
            slips=(
                (0.0, "0 is the truth for endless sets; two samples never agree exactly."),
                (0.02, "that is the share of the means; the two deviations differ, too."),
                (0.01, "that is the share of the deviations; the two means differ, too."),
                (0.015, "both sets scatter: each of the two shares counts twice."),
                (0.3, "that is for n = 10."),
                (0.04, "the deviations scatter half as much as the means: variance 1 / (2 n)."),
            ),
        ),
        hints=(
            "In one dimension it is (m1 - m2)² + (s1 - s2)². The difference of two means has variance 1/n "
            "+ 1/n.",
            "(m1 - m2)² is 2/n on average, and (s1 - s2)² is 1/(2n) + 1/(2n).",
        ),
        because="2/n + 1/n = 3/n = 0.03. The bias falls as 1/n: twice the pictures, half of it, and never 0.",
    ),
)

QUIZZES = (
    Quiz(
        name="24.scales",
        question="Why several critics that look at smaller and smaller copies, instead of one critic with "
        "more strided layers?",
        options=(
            Option(
                text="several critics judge faster",
                why="Each further scale costs about a quarter more. Speed is not what it is for.",
            ),
            Option(
                text="a small copy lets the same few layers see far, and the fine critic keeps to the detail",
                why="A wider view would need a deeper critic with more weights and memory. On a copy of "
                "half the size it comes for a quarter of the work, and two critics share the task.",
                right=True,
            ),
            Option(
                text="a deeper critic would see the whole picture",
                why="So does a coarse critic, on a copy that is small enough. Seeing far is no fault.",
            ),
            Option(
                text="a single critic cannot see label maps",
                why="It can: labels are further channels of its input, at any number of scales.",
            ),
        ),
    ),
    Quiz(
        name="24.blind",
        question="A generator ignores its label map and hands out pictures of its training set, each once. "
        "Which Frechet distance will it get, measured against as many real test pictures?",
        options=(
            Option(
                text="a huge one, for nothing fits the labels",
                why="The distance never sees a label map: it compares two heaps of pictures.",
            ),
            Option(
                text="exactly 0",
                why="They are other pictures than the test set's, so the bias of the sample size remains.",
            ),
            Option(
                text="the bias of the sample size, and no more",
                why="Real pictures are the best forgery of real pictures. Whether a picture shows what was "
                "asked for must be told by another number.",
                right=True,
            ),
            Option(
                text="the one of the generator it replaced",
                why="It gets better: training pictures are drawn from the very distribution of the test set.",
            ),
        ),
    ),
)
