"""Chapter 2: duels at course scale, on photographs and painted streets, and as published."""

import dataclasses

from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.deblurgan_duel import DeblurGANRules, deblurgan_duel
from course_lib.adversarial.encoder import FeatureEncoderRecipe
from course_lib.adversarial.looks import EncodedGeneratorRecipe, encoded_generator
from course_lib.adversarial.pix2pixhd import (
    GlobalGeneratorRecipe,
    LocalEnhancerRecipe,
    global_generator,
    local_enhancer,
)
from course_lib.adversarial.pix2pixhd_duel import Pix2PixHDRules, adopt, pix2pixhd_duel
from course_lib.losses.perceptual import FIVE_SLICES, PUBLISHED_WIDTH, PerceptualRecipe
from course_lib.recipes.chapter1 import MOTION
from course_lib.training import duelling, supervised
from course_lib.training.duel_recipe import DuelExperiment, DuelRecipe
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import TrainingRecipe

# --- DeblurGAN -------------------------------------------------------------------------------------------

_GENERATOR = DeblurGANRecipe(width=16, blocks=6, dropout=0.0)
_START, _ROUNDS = 5000, 3000


def _l1(name, steps, expect):
    return Experiment(
        name=name,
        build=deblurgan_generator,
        network=_GENERATOR,
        trainer=supervised.train,
        training=TrainingRecipe(
            steps=steps,
            batch=4,
            patch=96,
            learning_rate=1e-3,
            warmup=100,
            ema=0.999,
            loss="l1",
            precision="mixed_bfloat16",
            checkpoint_every=500,
        ),
        degradation=MOTION,
        data="photographs_and_leaves",
        expect=expect,
    )


_SMOKE = DuelExperiment(
    name="deblurgan_smoke",
    build=deblurgan_generator,
    network=DeblurGANRecipe(width=4, blocks=1),
    build_duel=deblurgan_duel,
    rules=DeblurGANRules(critic=PatchCriticRecipe(width=8, layers=2, widest=16)),
    degradation=MOTION,
    trainer=duelling.train,
    training=DuelRecipe(steps=8, batch=2, patch=32, critic_steps=2, ema=0.9, checkpoint_every=4),
    data="photographs",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
)
_COURSE = dataclasses.replace(
    _SMOKE,
    name="deblurgan_course",
    network=_GENERATOR,
    rules=DeblurGANRules(
        critic=PatchCriticRecipe(width=32, widest=256), content_weight=0.0, pixel_weight=100.0
    ),
    training=DuelRecipe(
        steps=_ROUNDS,
        batch=4,
        patch=96,
        critic_steps=2,
        ema=0.998,
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="photographs_and_leaves",
    start_from="runs/deblurgan_start",
    expect="the pretrained weights; begins from deblurgan_start; a quarter of an hour on two CPU cores",
)
_PUBLISHED = dataclasses.replace(
    _SMOKE,
    name="deblurgan_gopro",
    network=DeblurGANRecipe(),
    rules=DeblurGANRules(content=PerceptualRecipe(weights="imagenet", width=PUBLISHED_WIDTH)),
    degradation=None,
    training=DuelRecipe(steps=630_900, batch=1, patch=256, critic_steps=5, checkpoint_every=2103),
    data="gopro_half",
    expect="as published: 300 epochs of GoPro's 2103 pairs at half size; needs --data GOPRO_Large, a GPU for "
    "days, and Keras' VGG19 file",
)

# --- pix2pixHD -------------------------------------------------------------------------------------------

_STREETS = 11  # channels: ten classes and the edges
_CITYSCAPES = 36  # 35 classes and the edges

_STREETS_SMOKE = DuelExperiment(
    name="pix2pixhd_smoke",
    build=global_generator,
    network=GlobalGeneratorRecipe(channels=_STREETS, width=4, depth=2, blocks=1),
    build_duel=pix2pixhd_duel,
    rules=Pix2PixHDRules(
        critic=PatchCriticRecipe(
            channels=_STREETS + 3, width=8, layers=2, widest=16, scales=2, features=True
        ),
        content=dataclasses.replace(FIVE_SLICES, width=4),
    ),
    trainer=duelling.train,
    training=DuelRecipe(steps=8, batch=1, patch=32, aspect=2, learning_rate=2e-4, checkpoint_every=4),
    data="streets_small",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
)
_STREETS_COURSE = dataclasses.replace(
    _STREETS_SMOKE,
    name="pix2pixhd_course",
    network=GlobalGeneratorRecipe(channels=_STREETS, width=16, depth=3, blocks=2),
    rules=Pix2PixHDRules(
        critic=PatchCriticRecipe(channels=_STREETS + 3, width=32, widest=128, scales=2, features=True),
        content=dataclasses.replace(FIVE_SLICES, width=8),
    ),
    training=DuelRecipe(
        steps=8000,
        batch=1,
        patch=128,
        aspect=2,
        learning_rate=2e-4,
        ema=0.999,
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="streets",
    expect="the pretrained weights: pictures of painted streets from their labels; half an hour on two CPU "
    "cores",
)
_LOOKS_SMOKE = dataclasses.replace(
    _STREETS_SMOKE,
    name="pix2pixhd_looks_smoke",
    build=encoded_generator,
    network=EncodedGeneratorRecipe(
        generator=GlobalGeneratorRecipe(channels=_STREETS + 3, width=4, depth=2, blocks=1),
        encoder=FeatureEncoderRecipe(width=4, depth=2),
    ),
    data="streets_small_and_looks",
    expect="the same with an encoder of each object's looks; seconds on a CPU",
)
_VGG = dataclasses.replace(FIVE_SLICES, weights="imagenet", width=PUBLISHED_WIDTH)
_GLOBAL = dataclasses.replace(
    _STREETS_SMOKE,
    name="pix2pixhd_cityscapes",
    network=GlobalGeneratorRecipe(),
    rules=Pix2PixHDRules(content=_VGG),
    training=DuelRecipe(
        steps=595_000, batch=1, patch=512, aspect=2, learning_rate=2e-4, checkpoint_every=2975
    ),
    data="cityscapes",
    expect="as published, 512 x 1024: 200 epochs of 2975 pictures; needs --data with gtFine and leftImg8bit, "
    "a GPU for days, and Keras' VGG19 file",
)
_GLOBAL_LOOKS = dataclasses.replace(
    _GLOBAL,
    name="pix2pixhd_cityscapes_looks",
    build=encoded_generator,
    network=EncodedGeneratorRecipe(),
    data="cityscapes_and_looks",
    expect="pix2pixhd_cityscapes with an encoder of each object's looks, trained together",
)
_ENHANCER = dataclasses.replace(
    _GLOBAL,
    name="pix2pixhd_cityscapes_enhancer",
    build=local_enhancer,
    network=LocalEnhancerRecipe(),
    rules=Pix2PixHDRules(
        critic=PatchCriticRecipe(channels=39, scales=3, features=True), content=_VGG, fix_global=True
    ),
    training=DuelRecipe(
        steps=29_750, batch=1, patch=1024, aspect=2, learning_rate=2e-4, constant=1.0, checkpoint_every=2975
    ),
    adopt=adopt,
    start_from="runs/pix2pixhd_cityscapes",
    expect="as published, 1024 x 2048, first part: 10 epochs of the local enhancer alone, on top of a "
    "finished pix2pixhd_cityscapes (--from)",
)
_JOINT = dataclasses.replace(
    _ENHANCER,
    name="pix2pixhd_cityscapes_joint",
    rules=dataclasses.replace(_ENHANCER.rules, fix_global=False),
    training=DuelRecipe(
        steps=267_750,
        batch=1,
        patch=1024,
        aspect=2,
        learning_rate=2e-4,
        constant=4 / 9,
        checkpoint_every=2975,
    ),
    start_from="runs/pix2pixhd_cityscapes_enhancer",
    expect="as published, 1024 x 2048, second part: everything moves for 90 epochs more",
)

EXPERIMENTS = (
    _SMOKE,
    _l1("deblurgan_start", _START, "where deblurgan_course begins: L1 alone; six minutes on two CPU cores"),
    _COURSE,
    _l1(
        "deblurgan_l1",
        _START + _ROUNDS,
        "what deblurgan_course is compared with: the same generator and number of updates, L1 alone",
    ),
    _PUBLISHED,
    _STREETS_SMOKE,
    _LOOKS_SMOKE,
    _STREETS_COURSE,
    _GLOBAL,
    _GLOBAL_LOOKS,
    _ENHANCER,
    _JOINT,
)
