"""Chapter 4: DMPHN by hand, and the searches of IR-NAS, HiNAS and PyNAS, at course scale and as published."""

import dataclasses

from course_lib.degradation.draw import DegradationRecipe
from course_lib.recipes.chapter1 import MOTION
from course_lib.search import searching
from course_lib.search.dmphn import DMPHNRecipe, dmphn
from course_lib.search.experiment import SearchExperiment, SearchRecipe
from course_lib.search.genotype import Cell, Genotype
from course_lib.search.irnas import IRNASRecipe, architecture_of, derive, draw_genotype, supernet
from course_lib.search.irnas_derived import DerivedRecipe, derived
from course_lib.training import supervised
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import TrainingRecipe

# --- DMPHN -----------------------------------------------------------------------------------------------

_DMPHN_SMOKE = Experiment(
    name="dmphn_smoke",
    build=dmphn,
    network=DMPHNRecipe(widths=(4, 8, 16)),
    degradation=MOTION,
    trainer=supervised.train,
    training=TrainingRecipe(steps=8, batch=2, patch=32, warmup=2, ema=0.9, checkpoint_every=4),
    data="photographs",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
)
_DMPHN_COURSE = dataclasses.replace(
    _DMPHN_SMOKE,
    name="dmphn_course",
    network=DMPHNRecipe(grids=((1, 1), (2, 1), (2, 2)), widths=(12, 24, 48), residual=True),
    training=TrainingRecipe(
        steps=6000,
        batch=8,
        patch=96,
        learning_rate=1e-3,
        warmup=200,
        ema=0.999,
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="photographs_and_leaves",
    expect="the pretrained weights: 1-2-4 patches, a third of the published width, added to the blurred "
    "picture; half an hour on two CPU cores",
)
_EPOCH = 2103 // 6  # batches of 6 in GoPro's training set


def _dmphn_gopro(name, epochs, **settings):
    return dataclasses.replace(
        _DMPHN_SMOKE,
        name=name,
        network=DMPHNRecipe(**settings),
        degradation=None,
        training=TrainingRecipe(
            steps=epochs * _EPOCH,
            batch=6,
            patch=256,
            optimizer="adam",
            learning_rate=1e-4,
            warmup=0,
            schedule="tenths",
            decay_every=1000 * _EPOCH,
            clip_norm=None,
            ema=None,
            loss="mse",
            checkpoint_every=_EPOCH,
        ),
        data="gopro",
        expect=f"as published: {epochs} epochs of GoPro; needs --data and a GPU for days",
    )


_THREE = ((1, 1), (2, 1), (2, 2))
# --- IR-NAS and HiNAS ------------------------------------------------------------------------------------

# As in the papers: gray, and what the noise makes of a picture is neither clipped nor rounded.
NOISE_30 = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=30 / 255, gray=True, clip=False)
_THREE_LEVELS = dataclasses.replace(NOISE_30, sigmas=(30 / 255, 50 / 255, 70 / 255))
_SEARCHED = {
    "build": derived,
    "trainer": searching.train,
    "build_supernet": supernet,
    "build_architecture": architecture_of,
    "derive": derive,
    "draw": draw_genotype,
}

_IRNAS_SMOKE = SearchExperiment(
    name="irnas_denoise_smoke",
    network=DerivedRecipe(filters=2, ratios=(1, 2), stem=4, end=4, low=2, pyramid=False),
    supernet=IRNASRecipe(filters=2, ratios=(1, 2), layers=2, nodes=2, stem=4, rate=2),
    search=SearchRecipe(
        steps=4, begin=2, batch=2, patch=16, candidates=2, candidate_steps=2, checkpoint_every=2
    ),
    degradation=NOISE_30,
    training=TrainingRecipe(steps=4, batch=2, patch=16, warmup=2, ema=0.9, checkpoint_every=2),
    data="photographs",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
    **_SEARCHED,
)
_IRNAS_COURSE = dataclasses.replace(
    _IRNAS_SMOKE,
    name="irnas_denoise_course",
    network=DerivedRecipe(filters=8, stem=16, end=32, low=8),
    # HiNAS' operators: deformable convolutions take several times as long on a CPU.
    supernet=IRNASRecipe(filters=4, layers=3, nodes=2, space="hinas", stem=16, rate=4, end="none"),
    search=SearchRecipe(
        steps=300,
        begin=60,
        batch=4,
        patch=32,
        architecture_learning_rate=2e-2,
        candidates=6,
        candidate_steps=100,
        checkpoint_every=60,
    ),
    training=TrainingRecipe(
        steps=600,
        batch=8,
        patch=48,
        learning_rate=4e-3,
        warmup=50,
        ema=0.99,
        loss="mse_log_ssim",
        precision="mixed_bfloat16",
        checkpoint_every=200,
    ),
    data="photographs_and_leaves",
    expect="searches on one half of the pictures and the other, then trains what it found; half an hour on "
    "two CPU cores",
)
_IRNAS_RANDOM = dataclasses.replace(
    _IRNAS_COURSE,
    name="irnas_denoise_random_course",
    search=dataclasses.replace(_IRNAS_COURSE.search, way="random"),
    expect="what a search at random finds with the minutes of irnas_denoise_course; a quarter of an hour",
)


def _conv_everywhere(layers, nodes):
    """What a hand would draw first: 3 x 3 convolutions, each node reading the two states before it."""
    cell = Cell(nodes=tuple((("conv3", i), ("conv3", i + 1)) for i in range(nodes)))
    return Genotype(space="hinas", cells=(cell,), path=(0,) * layers)


_IRNAS_HAND = Experiment(
    name="irnas_denoise_hand_course",
    build=derived,
    network=dataclasses.replace(_IRNAS_COURSE.network, genotype=_conv_everywhere(layers=3, nodes=2)),
    degradation=NOISE_30,
    trainer=supervised.train,
    training=_IRNAS_COURSE.training,
    data=_IRNAS_COURSE.data,
    expect="the same frame filled by hand with 3 x 3 convolutions; two minutes on two CPU cores",
)

EXPERIMENTS = (
    _DMPHN_SMOKE,
    _DMPHN_COURSE,
    _dmphn_gopro("dmphn_124_gopro", 2400, grids=_THREE),
    _dmphn_gopro("dmphn_gopro", 4000),
    *(_dmphn_gopro(f"dmphn_stack{stages}_gopro", 3000, grids=_THREE, stages=stages) for stages in (2, 3, 4)),
    _IRNAS_SMOKE,
    _IRNAS_COURSE,
    _IRNAS_RANDOM,
    _IRNAS_HAND,
)
