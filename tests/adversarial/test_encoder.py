"""The feature encoder: constant within objects, ranges, saving, gradients, sizes and recipes refused."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.encoder import FeatureEncoderRecipe, feature_encoder
from course_lib.backend.updates import compile_update

TOY = {"width": 2, "depth": 1, "features": 2}
PICTURE = np.random.default_rng(0).random((2, 8, 10, 3)).astype("float32")
INSTANCES = np.zeros((2, 8, 10, 1), "int32")
INSTANCES[:, 2:6, 3:9] = 24003


def test_features_are_constant_within_an_object_and_differ_between_objects_and_pictures():
    features = feature_encoder(FeatureEncoderRecipe(**TOY)).predict_on_batch([PICTURE, INSTANCES])
    assert features.shape == (2, 8, 10, 2)
    kinds = [features[b][INSTANCES[b, ..., 0] == label] for b in range(2) for label in (0, 24003)]
    for kind in kinds:
        np.testing.assert_allclose(kind, np.broadcast_to(kind[0], kind.shape), atol=1e-7)
    assert len({tuple(np.round(kind[0], 6)) for kind in kinds}) == 4


def test_pixels_are_unit_or_signed():
    unit, signed = (
        feature_encoder(FeatureEncoderRecipe(**TOY, pixels=pixels)) for pixels in ("unit", "signed")
    )
    signed.set_weights(unit.get_weights())
    ours, theirs = (
        unit.predict_on_batch([PICTURE, INSTANCES]),
        signed.predict_on_batch([2 * PICTURE - 1, INSTANCES]),
    )
    np.testing.assert_allclose(ours, theirs, atol=1e-6)


def test_an_encoder_saved_whole_comes_back_bit_equal(tmp_path):
    model = feature_encoder(FeatureEncoderRecipe(**TOY))
    model.save(tmp_path / "encoder.keras")
    again = keras.saving.load_model(tmp_path / "encoder.keras")
    inputs = [PICTURE, INSTANCES]
    np.testing.assert_array_equal(model.predict_on_batch(inputs), again.predict_on_batch(inputs))


def test_every_kernel_receives_a_gradient_through_the_mean():
    model = feature_encoder(FeatureEncoderRecipe(**TOY))
    before = model.get_weights()

    def loss_fn(picture, instances):
        return ops.mean(ops.square(model([picture, instances], training=True) - 0.3)), {}

    compile_update(loss_fn, [model], [], keras.optimizers.SGD(10.0))(PICTURE, INSTANCES)
    weights = zip(model.weights, before, model.get_weights(), strict=True)
    still = [w.path for w, old, new in weights if w.name == "kernel" and np.array_equal(old, new)]
    assert still == []


def test_a_size_that_cannot_be_halved_often_enough_is_refused():
    model = feature_encoder(FeatureEncoderRecipe(width=1, depth=2, features=1))
    with pytest.raises(ValueError, match="feature_encoder needs .* divisible by 4; received 10 x 8"):
        model([keras.Input((10, 8, 3)), keras.Input((10, 8, 1), dtype="int32")])


@pytest.mark.parametrize("settings", [{"width": 0}, {"depth": 0}, {"features": 0}, {"pixels": "bytes"}])
def test_a_recipe_without_sense_is_refused(settings):
    with pytest.raises(ValueError, match=f"FeatureEncoderRecipe (needs|knows) {next(iter(settings))}"):
        FeatureEncoderRecipe(**settings)
