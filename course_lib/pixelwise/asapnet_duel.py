"""ASAP-Net's duel: SPADE's critics with spectral norm, a hinge loss, and a critic that learns faster.

Paper: Rott Shaham et al., ASAP-Net, CVPR 2021, section 3.4; Park et al., SPADE, CVPR 2019, section 3; Heusel
       et al., two time-scale update rule, NeurIPS 2017.
Code:  tamarott/ASAPNet, models/networks/loss.py and models/pix2pix_model.py (SPADE's).
Differs: see `course_lib.adversarial.label_duel`; critics start from N(0, 0.02^2), there from Xavier's.
"""

import dataclasses

from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.label_duel import LabelRules
from course_lib.training.duel_recipe import DuelRecipe


@dataclasses.dataclass(frozen=True, kw_only=True)
class ASAPNetRules(LabelRules):
    """What both players are punished for: LabelRules with ASAP-Net's defaults, random features.

    Raises:
        TypeError: a number is none.
        ValueError: what LabelRules refuses.
    """

    critic: PatchCriticRecipe = PatchCriticRecipe(channels=39, scales=2, spectral=True, features=True)
    adversarial: str = "hinge"
    over_scales: str = "mean"
    critic_factor: float = 1.0


def two_rates(**settings):
    """Make the training recipe of SPADE and ASAP-Net: the critic learns four times as fast.

    Args:
        **settings: of DuelRecipe, such as steps, batch and patch.

    Returns:
        DuelRecipe with Adam (0, 0.9), rates 1e-4 and 4e-4, which fall after two thirds of the rounds.
    """
    published = DuelRecipe(
        learning_rate=1e-4, critic_learning_rate=4e-4, beta_1=0.0, beta_2=0.9, constant=2 / 3
    )
    return dataclasses.replace(published, **settings)
