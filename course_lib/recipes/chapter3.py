"""Chapter 3: ASAP-Net and the hybrid, at course scale and as published."""

import dataclasses

from course_lib.adversarial.critics import PatchCriticRecipe
from course_lib.adversarial.deblurgan import DeblurGANRecipe, deblurgan_generator
from course_lib.adversarial.deblurgan_duel import DeblurGANRules, deblurgan_duel
from course_lib.adversarial.label_duel import label_duel
from course_lib.degradation.draw import DegradationRecipe
from course_lib.losses.perceptual import FIVE_SLICES, PUBLISHED_WIDTH, PerceptualRecipe
from course_lib.pixelwise.asapnet import ASAPNetRecipe, asapnet, tile_for
from course_lib.pixelwise.asapnet_duel import ASAPNetRules, two_rates
from course_lib.pixelwise.hybrid import HybridRecipe, hybrid
from course_lib.pixelwise.hypernet import HypernetRecipe
from course_lib.training import duelling, supervised
from course_lib.training.duel_recipe import DuelExperiment, DuelRecipe
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import TrainingRecipe

# --- ASAP-Net --------------------------------------------------------------------------------------------

_STREETS = 11  # channels: ten classes and the edges
_FACADES = 13  # classes; no edges
_VGG = dataclasses.replace(FIVE_SLICES, weights="imagenet", width=PUBLISHED_WIDTH)

_ASAPNET_SMOKE = DuelExperiment(
    name="asapnet_smoke",
    build=asapnet,
    network=ASAPNetRecipe(
        channels=_STREETS,
        tile=2,
        width=8,
        depth=3,
        hypernet=HypernetRecipe(width=8, halvings=1, widest=16, blocks=1),
    ),
    build_duel=label_duel,
    rules=ASAPNetRules(
        critic=PatchCriticRecipe(
            channels=_STREETS + 3, width=8, layers=2, widest=16, scales=2, spectral=True, features=True
        ),
        content=dataclasses.replace(FIVE_SLICES, width=4),
    ),
    trainer=duelling.train,
    training=two_rates(steps=8, batch=1, patch=32, aspect=2, checkpoint_every=4),
    data="streets_small",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
)
_ASAPNET_COURSE = dataclasses.replace(
    _ASAPNET_SMOKE,
    name="asapnet_course",
    network=ASAPNetRecipe(
        channels=_STREETS,
        tile=8,
        width=24,
        hypernet=HypernetRecipe(width=32, halvings=3, widest=80),
    ),
    rules=ASAPNetRules(
        critic=PatchCriticRecipe(
            channels=_STREETS + 3, width=32, widest=128, scales=2, spectral=True, features=True
        ),
        content=dataclasses.replace(FIVE_SLICES, width=8),
    ),
    training=two_rates(
        steps=6000,
        batch=1,
        patch=128,
        aspect=2,
        learning_rate=2e-4,
        critic_learning_rate=4e-4,
        ema=0.999,
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="streets",
    expect="the pretrained weights: pictures of painted streets from their labels; half an hour on two CPU "
    "cores",
)
_ASAPNET_CITYSCAPES = dataclasses.replace(
    _ASAPNET_SMOKE,
    name="asapnet_cityscapes",
    network=ASAPNetRecipe(),
    rules=ASAPNetRules(content=_VGG),
    training=two_rates(steps=27_900, batch=32, patch=256, aspect=2, checkpoint_every=93),
    data="cityscapes",
    expect="as published, 256 x 512: 300 epochs of 2975 pictures; needs --data with gtFine and leftImg8bit, "
    "a GPU for days, and Keras' VGG19 file",
)
_ASAPNET_CITYSCAPES_1024 = dataclasses.replace(
    _ASAPNET_CITYSCAPES,
    name="asapnet_cityscapes_1024",
    network=ASAPNetRecipe(tile=32),
    training=two_rates(steps=446_400, batch=2, patch=512, aspect=2, checkpoint_every=1488),
    expect="512 x 1024, as the student project of notebook 33 trained it, in batches of 2: 300 epochs of "
    "2975 pictures; needs --data, a GPU for days, and Keras' VGG19 file",
)


def _facades(side, batch):
    epoch = -(-318 // batch)
    return dataclasses.replace(
        _ASAPNET_CITYSCAPES,
        name=f"asapnet_facades_{side}",
        network=ASAPNetRecipe(
            channels=_FACADES,
            tile=tile_for(side, side),
            coarse_edges=False,
            hypernet=HypernetRecipe(border="reflect"),
        ),
        rules=ASAPNetRules(
            critic=PatchCriticRecipe(channels=_FACADES + 3, scales=2, spectral=True, features=True),
            content=_VGG,
        ),
        training=two_rates(steps=300 * epoch, batch=batch, patch=side, checkpoint_every=epoch),
        data="facades",
        expect=f"as published, {side} x {side}: 300 epochs of 318 facades (batches of {batch} are our "
        "choice); needs --data with the folder base, a GPU, and Keras' VGG19 file",
    )


# --- The hybrid ------------------------------------------------------------------------------------------

# What the student project blurred with; its zeros around pictures in [-1, 1] are grey.
SEED_BLUR = DegradationRecipe(kernel="ramp", kernel_size=13, smallest=3, sigma=0.0, border="grey")
_BCE = DeblurGANRules(adversarial="vanilla", penalty=0.0)

_HYBRID_SMOKE = DuelExperiment(
    name="hybrid_smoke",
    build=hybrid,
    network=HybridRecipe(
        tile=4,
        width=8,
        depth=3,
        hypernet=HypernetRecipe(width=8, halvings=2, widest=8, blocks=1, norm="spectral", start="normal"),
    ),
    build_duel=deblurgan_duel,
    rules=dataclasses.replace(
        _BCE, critic=PatchCriticRecipe(width=8, layers=2, widest=16), content=PerceptualRecipe(width=4)
    ),
    degradation=SEED_BLUR,
    trainer=duelling.train,
    training=DuelRecipe(steps=8, batch=2, patch=32, checkpoint_every=4),
    data="photographs",
    expect="proves that everything runs, and nothing else; seconds on a CPU",
)
_HYBRID_COURSE = dataclasses.replace(
    _HYBRID_SMOKE,
    name="hybrid_course",
    network=HybridRecipe(
        tile=8,
        width=32,
        hypernet=HypernetRecipe(width=24, halvings=3, widest=64, blocks=4, norm="spectral", start="normal"),
    ),
    rules=dataclasses.replace(
        _BCE, critic=PatchCriticRecipe(width=16, widest=128), content=PerceptualRecipe(width=16)
    ),
    training=DuelRecipe(steps=500, batch=2, patch=64, learning_rate=2e-4, checkpoint_every=250),
    expect="the hybrid with all its faults, small: fails in two minutes on two CPU cores",
)
_HYBRID_CITYSCAPES = dataclasses.replace(
    _HYBRID_SMOKE,
    name="hybrid_cityscapes",
    network=HybridRecipe(),
    rules=dataclasses.replace(_BCE, content=PerceptualRecipe(weights="imagenet", width=PUBLISHED_WIDTH)),
    training=DuelRecipe(steps=446_400, batch=2, patch=512, aspect=2, checkpoint_every=1488),
    data="cityscapes_photographs",
    expect="the hybrid as the student project ran it, 512 x 1024, with all its faults: 300 epochs of 2975 "
    "photographs; needs --data with leftImg8bit, a GPU for days, and Keras' VGG19 file",
)
_DEBLURGAN_CITYSCAPES = dataclasses.replace(
    _HYBRID_CITYSCAPES,
    name="deblurgan_cityscapes",
    build=deblurgan_generator,
    network=DeblurGANRecipe(convolutions=1),
    expect="what the student project compared it with: DeblurGAN's generator of 2019, same data and losses",
)

_HYBRID_REPAIRED = Experiment(
    name="hybrid_repaired_course",
    build=hybrid,
    network=HybridRecipe(
        tile=8,
        width=16,
        depth=3,
        coarse_blue=False,
        skip=True,
        kernel=13,
        kernels=20,
        detail=3,
        hypernet=HypernetRecipe(
            width=24, halvings=3, widest=48, blocks=2, norm="none", border="reflect", start="he", spectrum=16
        ),
    ),
    degradation=dataclasses.replace(SEED_BLUR, border="reflect"),
    trainer=supervised.train,
    training=TrainingRecipe(
        steps=12_000,
        batch=8,
        patch=96,
        learning_rate=2e-3,
        warmup=100,
        ema=0.999,
        loss="l1",
        precision="mixed_bfloat16",
        checkpoint_every=500,
    ),
    data="photographs_and_leaves",
    expect="the pretrained weights: the hybrid with every fault mended and kernels beside it; forty "
    "minutes on one busy CPU core",
)
EXPERIMENTS = (
    _ASAPNET_SMOKE,
    _ASAPNET_COURSE,
    _ASAPNET_CITYSCAPES,
    _ASAPNET_CITYSCAPES_1024,
    _facades(256, batch=16),
    _facades(512, batch=8),
    _facades(1024, batch=2),
    _HYBRID_SMOKE,
    _HYBRID_COURSE,
    _HYBRID_REPAIRED,
    _HYBRID_CITYSCAPES,
    _DEBLURGAN_CITYSCAPES,
)


def l1_alone(experiment, name):
    """Train the generator of a duel without its critic and features: the mean absolute difference alone.

    Args:
        experiment: DuelExperiment on pairs of pictures.
        name: str, for the new experiment.

    Returns:
        Experiment with the same data, steps, batches, rate and seed.
    """
    duel = experiment.training
    training = TrainingRecipe(
        steps=duel.steps,
        batch=duel.batch,
        patch=duel.patch,
        learning_rate=duel.learning_rate,
        warmup=0,
        clip_norm=None,
        ema=duel.ema,
        loss="l1",
        precision=duel.precision,
        checkpoint_every=duel.checkpoint_every,
        seed=duel.seed,
    )
    kept = {
        field: getattr(experiment, field) for field in ("build", "network", "degradation", "data", "folder")
    }
    return Experiment(
        name=name, trainer=supervised.train, training=training, expect=experiment.expect, **kept
    )
