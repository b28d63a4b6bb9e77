"""Objects: edges by hand, one-hot labels, means over objects, and input that makes no sense."""

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.adversarial.instances import InstanceMean, condition, edges

INSTANCES = np.array([[7, 7, 7, 7], [7, 26001, 26001, 7], [7, 7, 7, 7]])
EDGES = [[0, 1, 1, 0], [1, 1, 1, 1], [0, 1, 1, 0]]


def mean(features, instances):
    return ops.convert_to_numpy(InstanceMean()([features.astype("float32"), instances]))


def test_both_sides_of_a_border_are_marked_but_not_diagonally():
    marked = edges(INSTANCES)
    assert marked.dtype == np.float32
    np.testing.assert_array_equal(marked, EDGES)


def test_each_picture_of_a_batch_has_its_own_edges():
    batch = np.stack([INSTANCES, np.zeros_like(INSTANCES)])
    np.testing.assert_array_equal(edges(batch), [EDGES, np.zeros((3, 4))])


def test_one_object_has_no_edge():
    np.testing.assert_array_equal(edges(np.full((4, 5), 3, "uint8")), np.zeros((4, 5)))


def test_labels_become_one_channel_each_and_edges_the_last():
    labels = np.array([[0, 2, 2, 0], [1, 1, 1, 1], [0, 0, 0, 0]])
    channels = condition(labels, 3, INSTANCES)
    assert channels.shape == (3, 4, 4) and channels.dtype == np.float32
    np.testing.assert_array_equal(channels[0, :, :3], [[1, 0, 0], [0, 0, 1], [0, 0, 1], [1, 0, 0]])
    np.testing.assert_array_equal(channels[..., :3].sum(-1), np.ones((3, 4)))
    np.testing.assert_array_equal(channels[..., 3], EDGES)


def test_without_instances_there_are_only_labels():
    assert condition(np.zeros((2, 3, 4), "uint8"), 5).shape == (2, 3, 4, 5)


@pytest.mark.parametrize(
    "labels, instances, error, words",
    [
        (None, INSTANCES, ValueError, "needs labels; received None. Instances only tell"),
        (np.array([[0, 3], [255, -1]]), None, ValueError, r"labels in \[0, 3\); received -1, 3, 255 too"),
        (
            np.zeros((3, 5), int),
            INSTANCES,
            ValueError,
            r"labels and instances of one shape.*\(3, 5\) and \(3, 4\)",
        ),
        (np.zeros((3, 4)), None, TypeError, "labels as a NumPy array of integers; received float64"),
        (np.zeros((3, 4), int), INSTANCES.tolist(), TypeError, "instances as a NumPy array .* received list"),
        (np.zeros((3, 4, 1, 1), int), None, ValueError, r"labels of shape \(h, w\) or \(b, h, w\)"),
    ],
)
def test_labels_and_instances_that_do_not_fit_are_refused(labels, instances, error, words):
    with pytest.raises(error, match=words):
        condition(labels, 3, instances)


def test_edges_of_something_else_are_refused():
    with pytest.raises(TypeError, match=r"edges\(\) needs instances as a NumPy array of integers"):
        edges(INSTANCES.astype("float32"))


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
