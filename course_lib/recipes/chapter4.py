"""Chapter 4: DMPHN by hand, and the searches of IR-NAS, HiNAS and PyNAS, at course scale and as published."""

import dataclasses

from course_lib.degradation.draw import DegradationRecipe
from course_lib.degradation.rain import RainRecipe
from course_lib.recipes import genotypes
from course_lib.recipes.chapter1 import MOTION
from course_lib.search import searching
from course_lib.search.autodeeplab import three_evaluations
from course_lib.search.dmphn import GRIDS_1_2_4, DMPHNRecipe, dmphn, stages_side_by_side
from course_lib.search.experiment import SearchExperiment, SearchRecipe
from course_lib.search.genotype import Cell, Genotype
from course_lib.search.irnas import HINAS, IRNASRecipe, architecture_of, derive, draw_genotype, supernet
from course_lib.search.irnas_derived import DerivedRecipe, derived
from course_lib.search.pynas import PYNAS_D, PYNAS_S, PyNASRecipe, pynas
from course_lib.search.pynas_search import (
    PyNASSearchRecipe,
    derive_pynas,
    draw_pynas,
    pynas_architecture,
    pynas_supernet,
)
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
    network=DMPHNRecipe(grids=GRIDS_1_2_4, widths=(12, 24, 48), residual=True),
    training=TrainingRecipe(
        steps=2400,
        batch=8,
        patch=96,
        learning_rate=2e-3,
        warmup=100,
        ema=0.995,
        precision="mixed_bfloat16",
        checkpoint_every=300,
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
        taught=stages_side_by_side if settings.get("stages", 1) > 1 else None,
        data="gopro",
        expect=f"as published: {epochs} epochs of GoPro; needs --data and a GPU for days",
    )


# --- IR-NAS and HiNAS ------------------------------------------------------------------------------------

# As in the papers: gray, and what the noise makes of a picture is neither clipped nor rounded.
NOISE_30 = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=30 / 255, gray=True, clip=False)
_THREE_LEVELS = dataclasses.replace(NOISE_30, sigmas=(30 / 255, 50 / 255, 70 / 255))

_IRNAS_SMOKE = SearchExperiment(
    name="irnas_denoise_smoke",
    network=DerivedRecipe(filters=2, ratios=(1, 2), stem=4, end=4, low=2, pyramid=False),
    supernet=IRNASRecipe(filters=2, ratios=(1, 2), layers=2, nodes=1, space="hinas", stem=4, rate=2),
    search=SearchRecipe(
        steps=4, begin=2, batch=2, patch=16, candidates=2, candidate_steps=2, checkpoint_every=2
    ),
    degradation=NOISE_30,
    training=TrainingRecipe(steps=4, batch=2, patch=16, warmup=2, ema=0.9, checkpoint_every=2),
    data="photographs",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
    build=derived,
    trainer=searching.train,
    build_supernet=supernet,
    build_architecture=architecture_of,
    derive=derive,
    draw=draw_genotype,
)
_IRNAS_COURSE = dataclasses.replace(
    _IRNAS_SMOKE,
    name="irnas_denoise_course",
    network=DerivedRecipe(filters=8, stem=16, end=32, low=8),
    # HiNAS' operators: deformable convolutions take several times as long on a CPU.
    supernet=IRNASRecipe(filters=4, layers=3, nodes=2, space="hinas", stem=16, rate=4, end="none"),
    search=SearchRecipe(
        steps=200,
        begin=40,
        batch=4,
        patch=32,
        clip_norm=0.3,
        architecture_learning_rate=2e-2,
        most_skips=0.5,
        candidates=4,
        candidate_steps=100,
        checkpoint_every=40,
    ),
    training=TrainingRecipe(
        steps=400,
        batch=8,
        patch=48,
        learning_rate=4e-3,
        warmup=50,
        ema=0.99,
        loss="mse_log_ssim",
        precision="mixed_bfloat16",
        checkpoint_every=100,
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
_IRNAS_BSDS = dataclasses.replace(
    _IRNAS_HAND,
    name="irnas_denoise_bsds",
    network=DerivedRecipe(
        genotype=genotypes.load("irnas"), filters=48, stem=64, end=64, low=32, pyramid=False, block=2
    ),
    training=TrainingRecipe(
        steps=4000,
        batch=8,
        patch=64,
        learning_rate=3e-3,
        warmup=100,
        ema=0.995,
        loss="mse_log_ssim",
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="bsds500",
    expect="the pretrained weights: what irnas_denoise_course found with seed 0, wider, on blocks of 2 x 2 "
    "pixels; needs --data with BSDS500; half an hour on two CPU cores",
)


def _irnas_paper(name, channels, degradation, data, **supernet_settings):
    """A search as IR-NAS' paper describes it, with what it leaves open as in HiNAS' code."""
    shape = dataclasses.replace(IRNASRecipe(channels=channels), **supernet_settings)
    return dataclasses.replace(
        _IRNAS_COURSE,
        name=name,
        network=DerivedRecipe(channels=channels),
        supernet=shape,
        search=SearchRecipe(steps=1200, begin=240, batch=12, patch=64, checkpoint_every=60),
        degradation=degradation,
        training=TrainingRecipe(
            steps=600_000,
            batch=24,
            patch=64,
            optimizer="adam",
            learning_rate=0.05,
            schedule="poly",
            warmup=0,
            clip_norm=None,
            ema=None,
            loss="mse_log_ssim",
            checkpoint_every=1000,
        ),
        data=data,
        expect="as the paper prints it, with its implausible rate of 0.05 for Adam: 100 epochs of search; "
        "needs --data and a GPU for days",
    )


_HINAS = dataclasses.replace(
    _IRNAS_COURSE,
    name="hinas_denoise",
    network=DerivedRecipe(filters=20, ratios=(1, 1.5, 2), activation="leaky_relu", pyramid=False),
    supernet=HINAS,
    search=SearchRecipe(
        steps=2400, begin=480, batch=6, patch=64, waves=10, mean_of_terms=True, checkpoint_every=120
    ),
    degradation=_THREE_LEVELS,
    training=TrainingRecipe(
        steps=600_000,
        batch=24,
        patch=64,
        optimizer="sgd",
        learning_rate=0.05,
        weight_decay=4e-5,
        schedule="poly",
        warmup=0,
        clip_norm=None,
        clip_value=5.0,
        ema=None,
        loss="mse_log_ssim",
        structure=0.6,
        mean_of_terms=True,
        checkpoint_every=1000,
    ),
    data="bsds500",
    expect="as HiNAS' code has it: separate cells, SGD, a rate in waves; needs --data and a GPU for days",
)
_IRNAS = _irnas_paper("irnas_denoise", 1, _THREE_LEVELS, "bsds500")
_AUTODEEPLAB = dataclasses.replace(
    _IRNAS,
    name="autodeeplab_denoise",
    build_supernet=three_evaluations,
    expect="irnas_denoise with a cell for every arrival, as Auto-DeepLab has it: to compare memory and time",
)
_IRNAS_DERAIN = _irnas_paper("irnas_derain", 3, None, "rain800", layers=3, nodes=4)
_IRNAS_DERAIN_COURSE = dataclasses.replace(
    _IRNAS_COURSE,
    name="irnas_derain_course",
    network=dataclasses.replace(_IRNAS_COURSE.network, channels=3),
    supernet=dataclasses.replace(_IRNAS_COURSE.supernet, channels=3),
    degradation=DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=0.0, rain=RainRecipe()),
    expect="the same search against painted rain; half an hour on two CPU cores",
)

# --- PyNAS -----------------------------------------------------------------------------------------------


_PYNAS_SMOKE = SearchExperiment(
    name="pynas_smoke",
    build=pynas,
    network=PyNASRecipe(genotype=None, widths=(4, 8, 8), residual=True),
    supernet=PyNASSearchRecipe(widths=(4, 8, 8), residual=True),
    search=SearchRecipe(
        way="paths",
        steps=2,
        begin=1,
        batch=1,
        patch=48,
        learning_rate=1e-3,
        loss="mse",
        candidates=2,
        candidate_steps=2,
        schemes=1,
        weight_steps=2,
        checkpoint_every=1,
    ),
    build_supernet=pynas_supernet,
    build_architecture=pynas_architecture,
    derive=derive_pynas,
    draw=draw_pynas,
    degradation=MOTION,
    trainer=searching.train,
    training=TrainingRecipe(steps=2, batch=1, patch=48, warmup=1, ema=0.9, checkpoint_every=1),
    data="photographs",
    expect="proves that everything runs, and nothing else; a minute on a CPU",
)
_PYNAS_COURSE = dataclasses.replace(
    _PYNAS_SMOKE,
    name="pynas_course",
    network=PyNASRecipe(genotype=None, widths=(8, 16, 32), residual=True),
    supernet=PyNASSearchRecipe(widths=(8, 16, 32), residual=True),
    search=SearchRecipe(
        way="paths",
        steps=100,
        begin=20,
        batch=4,
        patch=48,
        learning_rate=1e-3,
        architecture_learning_rate=1e-2,
        loss="mse",
        most_skips=0.5,
        candidates=4,
        candidate_steps=100,
        schemes=4,
        checkpoint_every=10,
    ),
    training=TrainingRecipe(
        steps=1000,
        batch=8,
        patch=96,
        learning_rate=2e-3,
        warmup=100,
        ema=0.99,
        precision="mixed_bfloat16",
        checkpoint_every=250,
    ),
    data="photographs_and_leaves",
    expect="samples pyramids, searches operators along single paths, trains what it found; half an hour on "
    "two CPU cores",
)


def _pynas_gopro(letter, genotype):
    return dataclasses.replace(
        _dmphn_gopro(f"pynas_{letter}_gopro", 4000),
        build=pynas,
        network=PyNASRecipe(genotype=genotype),
        training=dataclasses.replace(_dmphn_gopro("", 4000).training, patch=240),
        expect=f"our reading of PyNAS_{letter}, whose operators were published as a picture only, trained as "
        "DMPHN was; needs --data and a GPU for days",
    )


EXPERIMENTS = (
    _DMPHN_SMOKE,
    _DMPHN_COURSE,
    _dmphn_gopro("dmphn_124_gopro", 2400, grids=GRIDS_1_2_4),
    _dmphn_gopro("dmphn_gopro", 4000),
    *(
        _dmphn_gopro(f"dmphn_stack{stages}_gopro", 3000, grids=GRIDS_1_2_4, stages=stages)
        for stages in (2, 3, 4)
    ),
    _IRNAS_SMOKE,
    _IRNAS_COURSE,
    _IRNAS_RANDOM,
    _IRNAS_HAND,
    _IRNAS_BSDS,
    _IRNAS,
    _HINAS,
    _AUTODEEPLAB,
    _IRNAS_DERAIN_COURSE,
    _IRNAS_DERAIN,
    _PYNAS_SMOKE,
    _PYNAS_COURSE,
    _pynas_gopro("s", PYNAS_S),
    _pynas_gopro("d", PYNAS_D),
)
