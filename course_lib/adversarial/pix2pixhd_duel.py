"""pix2pixHD's duel: least squares summed over two or three critics, coarse to fine.

Paper: Wang et al., High-Resolution Image Synthesis and Semantic Manipulation with Conditional GANs,
       CVPR 2018, sections 3.2 and 3.3.
Code:  NVIDIA/pix2pixHD, models/pix2pixHD_model.py.
Differs: see `course_lib.adversarial.label_duel`.
"""

import dataclasses

from course_lib import serial
from course_lib.adversarial import pix2pixhd
from course_lib.adversarial.label_duel import LabelRules, label_duel


@dataclasses.dataclass(frozen=True, kw_only=True)
class Pix2PixHDRules(LabelRules):
    """What both players are punished for: the defaults of LabelRules are pix2pixHD's.

    Args:
        fix_global: whether the global generator inside a local enhancer keeps still; the others are those of
            LabelRules.

    Raises:
        TypeError: a number is none.
        ValueError: what LabelRules refuses.
    """

    fix_global: bool = False


def pix2pixhd_duel(generator, rules, training):
    """Set a label-to-picture generator against new critics.

    Args:
        generator: keras.Model by `global_generator`, `local_enhancer` or `encoded_generator`, pictures in
            [0, 1].
        rules: Pix2PixHDRules; its critic has 3 channels more than the condition.
        training: DuelRecipe.

    Returns:
        duel.Duel, see `label_duel`.

    Raises:
        FileNotFoundError: ImageNet's weights are asked for and not on this machine.
        ValueError: critic and generator do not fit, or `fix_global` without a global generator inside.
    """
    if rules.fix_global:
        pix2pixhd.fix_global(generator)
    return label_duel(generator, rules, training)


def adopt(enhancer, earlier, weights):
    """Start a local enhancer from an earlier run: of a global generator, or of the same enhancer.

    Args:
        enhancer: keras.Model by `local_enhancer`.
        earlier: dict, the network settings of the earlier run.
        weights: path of its .weights.h5.

    Raises:
        ValueError: the earlier network does not fit.
    """
    if "enhancers" in earlier:
        enhancer.load_weights(weights)
        return
    recipe = serial.from_plain(pix2pixhd.GlobalGeneratorRecipe, earlier)
    generator = pix2pixhd.global_generator(recipe)
    generator.load_weights(weights)
    pix2pixhd.adopt_global(enhancer, generator)
