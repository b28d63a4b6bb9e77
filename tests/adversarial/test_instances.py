"""Means over objects: by a loop over objects in NumPy, at both extremes, in a network of free size."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.instances import InstanceMean


def mean(features, instances):
    return ops.convert_to_numpy(InstanceMean()([features.astype("float32"), instances]))


def test_every_object_gets_its_mean_for_each_picture_and_channel():
    rng = np.random.default_rng(0)
    # Ids may be anything: negative, far apart, used in several places and in both pictures.
    instances = rng.choice([-5, 0, 3, 26001, 2**30], (2, 6, 7, 1)).astype("int32")
    features = rng.standard_normal((2, 6, 7, 3))
    expected = np.empty_like(features)
    for b in range(2):
        for label in np.unique(instances[b]):
            inside = instances[b, ..., 0] == label
            expected[b, inside] = features[b, inside].mean(0)
    np.testing.assert_allclose(mean(features, instances), expected, atol=1e-5)


@pytest.mark.parametrize(
    "instances, expected", [(np.zeros(6), [3.5] * 6), (np.arange(6), [1, 2, 3, 4, 5, 6])], ids=["one", "all"]
)
def test_one_object_has_one_mean_and_objects_of_one_pixel_stay(instances, expected):
    features = np.arange(1, 7).reshape(1, 2, 3, 1)
    y = mean(features, instances.reshape(1, 2, 3, 1).astype("int32"))
    np.testing.assert_allclose(y.ravel(), expected, rtol=1e-6)


def test_the_mean_works_in_a_network_of_free_size():
    features, instances = keras.Input((None, None, 2)), keras.Input((None, None, 1), dtype="int32")
    model = keras.Model([features, instances], InstanceMean()([features, instances]))
    assert model.output.shape == (None, None, None, 2)
    x = np.arange(16, dtype="float32").reshape(2, 2, 2, 2)
    y = model.predict_on_batch([x, np.zeros((2, 2, 2, 1), "int32")])
    np.testing.assert_allclose(y, np.broadcast_to(x.mean((1, 2), keepdims=True), x.shape), rtol=1e-6)
