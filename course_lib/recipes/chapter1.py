"""Chapter 1: the baseline against motion blur and against noise, at three sizes."""

from course_lib.baseline import ResidualCNNRecipe, residual_cnn
from course_lib.degradation.draw import DegradationRecipe
from course_lib.training import supervised
from course_lib.training.experiment import Experiment
from course_lib.training.recipe import TrainingRecipe

MOTION = DegradationRecipe(kernel="trajectory", kernel_size=13, sigma=0.01)
NOISE = DegradationRecipe(kernel="none", kernel_size=1, smallest=1, sigma=25 / 255)

EXPERIMENTS = (
    Experiment(
        name="baseline_deblur_smoke",
        build=residual_cnn,
        network=ResidualCNNRecipe(width=8, depth=1),
        degradation=MOTION,
        trainer=supervised.train,
        training=TrainingRecipe(steps=20, batch=2, patch=32, warmup=5, ema=0.9, checkpoint_every=10),
        data="photographs",
        expect="proves that everything runs, and nothing else; seconds on a CPU",
    ),
    Experiment(
        name="baseline_deblur_live",
        build=residual_cnn,
        network=ResidualCNNRecipe(width=16, depth=4),
        degradation=MOTION,
        trainer=supervised.train,
        training=TrainingRecipe(
            steps=500, batch=8, patch=64, learning_rate=3e-3, warmup=50, ema=0.98, checkpoint_every=50
        ),
        data="photographs",
        expect="a first gain that can be watched in a notebook; about half a minute on two CPU cores",
    ),
    Experiment(
        name="baseline_deblur_course",
        build=residual_cnn,
        network=ResidualCNNRecipe(),
        degradation=MOTION,
        trainer=supervised.train,
        training=TrainingRecipe(
            steps=20000,
            batch=8,
            patch=96,
            learning_rate=2e-3,
            warmup=200,
            ema=0.999,
            precision="mixed_bfloat16",
            checkpoint_every=500,
        ),
        data="photographs_and_leaves",
        expect="the pretrained weights; half an hour on two CPU cores with bfloat16 units, longer without",
    ),
    Experiment(
        name="baseline_denoise_course",
        build=residual_cnn,
        network=ResidualCNNRecipe(),
        degradation=NOISE,
        trainer=supervised.train,
        training=TrainingRecipe(
            steps=4000,
            batch=8,
            patch=96,
            learning_rate=2e-3,
            warmup=200,
            ema=0.998,
            precision="mixed_bfloat16",
            checkpoint_every=500,
        ),
        data="photographs_and_leaves",
        expect="the pretrained weights; five minutes on two CPU cores with bfloat16 units, longer without",
    ),
)
