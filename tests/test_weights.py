"""Official weights: known answers in PyTorch's layouts, names of bricks, faults all listed, safe files."""

import io
import zipfile

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.weights import (
    SCALE,
    drop_prefix,
    load_official,
    official_state,
    permuted,
    read_npz,
)


def run(layer, x):
    return ops.convert_to_numpy(layer(np.array(x, "float32")))


def built(layer, *shape):
    layer.build((None, *shape))
    return layer


def arrays(**values):
    return {name: np.array(value, "float32") for name, value in values.items()}


def drawn(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype("float32")


class Brick(keras.layers.Layer):
    """Two convolutions in a list, a norm, and a scale of its own."""

    official = {"steps/0": "conv1", "steps/1": "conv2", "norm": "norm", "beta": ("beta", SCALE)}

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.steps = [keras.layers.Conv2D(3, 1, use_bias=False, name=f"step_{i}") for i in range(2)]
        self.norm = keras.layers.LayerNormalization(epsilon=1e-6)

    def build(self, shape):
        for layer in (*self.steps, self.norm):
            layer.build(shape)
        self.beta = self.add_weight(name="beta", shape=(3,), initializer="zeros")

    def call(self, x):
        return x + self.beta * self.steps[1](self.steps[0](self.norm(x)))


BRICK = {
    "conv1.weight": (3, 3, 1, 1),
    "conv2.weight": (3, 3, 1, 1),
    "norm.weight": (3,),
    "norm.bias": (3,),
    "beta": (1, 3, 1, 1),
}


@pytest.fixture
def network():
    """A model with a plain layer, a brick and a layer without weights."""
    picture = keras.Input((None, None, 3))
    x = Brick(name="block_0")(picture)
    x = keras.layers.ReLU(name="relu")(x)
    model = keras.Model(picture, keras.layers.Conv2D(2, 3, name="last")(x), name="small")
    model.official = {"block_0": "encoders.0", "last": "ending"}
    return model


@pytest.fixture
def state():
    shapes = {f"encoders.0.{name}": shape for name, shape in BRICK.items()}
    shapes |= {"ending.weight": (2, 3, 3, 3), "ending.bias": (2,)}
    return {name: drawn(*shape) for name, shape in shapes.items()}


def test_a_convolution_is_loaded_from_output_input_height_width():
    conv = built(keras.layers.Conv2D(1, (1, 2)), 4, 4, 2)
    # Two input channels: 1 and 10 for the left and right pixel of the first, 100 and 1000 of the second.
    load_official(conv, arrays(weight=[[[[1, 10]], [[100, 1000]]]], bias=[0.5]))
    x = [[[[1, 5], [2, 6], [3, 7]]]]
    np.testing.assert_array_equal(run(conv, x).ravel(), [1 + 20 + 500 + 6000.5, 2 + 30 + 600 + 7000.5])


def test_a_transposed_convolution_is_loaded_from_input_output_height_width_and_not_flipped():
    conv = built(keras.layers.Conv2DTranspose(2, 2, strides=2), 1, 1, 1)
    load_official(conv, arrays(weight=[[[[1, 2], [3, 4]], [[5, 6], [7, 8]]]], bias=[0, 100]))
    y = run(conv, [[[[10]]]])
    np.testing.assert_array_equal(y[0, :, :, 0], [[10, 20], [30, 40]])
    np.testing.assert_array_equal(y[0, :, :, 1], [[150, 160], [170, 180]])


def test_a_depthwise_convolution_keeps_its_channels_apart():
    conv = built(keras.layers.DepthwiseConv2D((1, 2)), 1, 2, 2)
    load_official(conv, arrays(weight=[[[[1, 10]]], [[[100, 1000]]]], bias=[0, 0.5]))
    np.testing.assert_array_equal(run(conv, [[[[1, 3], [2, 4]]]]).ravel(), [21, 4300.5])


def test_a_linear_layer_is_loaded_from_output_input():
    dense = built(keras.layers.Dense(2), 3)
    load_official(dense, arrays(weight=[[1, 10, 100], [2, 20, 200]], bias=[0.5, -0.5]))
    np.testing.assert_array_equal(run(dense, [[1, 2, 3]]), [[321.5, 641.5]])


def test_a_batch_norm_is_loaded_with_its_statistics_and_its_counter_can_be_ignored():
    norm = built(keras.layers.BatchNormalization(epsilon=0.0), 1, 1, 1)
    given = arrays(weight=[3], bias=[1], running_mean=[10], running_var=[4])
    given["num_batches_tracked"] = np.array(7)
    with pytest.raises(ValueError, match=r"surplus \(1\): num_batches_tracked \(\)"):
        load_official(norm, given)
    load_official(norm, given, ignore=("num_batches_tracked",))
    # 3 (14 - 10) / sqrt(4) + 1
    np.testing.assert_allclose(run(norm, [[[[14]]]]).ravel(), [7], rtol=1e-6)


@pytest.mark.parametrize(
    "norm", [keras.layers.LayerNormalization, lambda: keras.layers.GroupNormalization(groups=-1)]
)
def test_scale_and_shift_of_a_norm_are_its_weight_and_bias(norm):
    norm = built(norm(), 2, 2, 2)
    load_official(norm, arrays(weight=[2, 3], bias=[5, 7]))
    # A constant picture is 0 after the norm: only the shift is left.
    np.testing.assert_array_equal(run(norm, np.zeros((1, 2, 2, 2)))[0, 0, 0], [5, 7])
    np.testing.assert_array_equal(norm.get_weights()[0], [2, 3])


def test_a_layer_without_bias_needs_none():
    conv = built(keras.layers.Conv2D(1, 1, use_bias=False), 1, 1, 1)
    load_official(conv, arrays(weight=[[[[3]]]]))
    np.testing.assert_array_equal(run(conv, [[[[2]]]]).ravel(), [6])


def test_names_of_bricks_and_networks_join_with_dots(network, state):
    load_official(network, state)
    brick = network.get_layer("block_0")
    np.testing.assert_array_equal(brick.beta, state["encoders.0.beta"].ravel())
    kernel = ops.convert_to_numpy(brick.steps[1].kernel)
    np.testing.assert_array_equal(kernel[0, 0], state["encoders.0.conv2.weight"][:, :, 0, 0].T)
    np.testing.assert_array_equal(network.get_layer("last").bias, state["ending.bias"])


def test_what_is_read_back_is_what_was_loaded(network, state):
    load_official(network, state)
    again = official_state(network)
    assert set(again) == set(state)
    for name in state:
        np.testing.assert_array_equal(again[name], state[name])


def test_half_and_double_precision_are_welcome():
    dense = built(keras.layers.Dense(1), 1)
    load_official(dense, {"weight": np.array([[0.1]]), "bias": np.array([0.5], "float16")})
    assert [w.dtype for w in dense.get_weights()] == ["float32", "float32"]
    np.testing.assert_array_equal(dense.get_weights()[0], np.array([[0.1]], "float32"))


def test_later_changes_of_an_array_do_not_reach_the_network():
    dense = built(keras.layers.Dense(64), 64)
    given = {"weight": drawn(64, 64), "bias": np.zeros(64, "float32")}
    load_official(dense, given)
    given["bias"][:] = 9
    np.testing.assert_array_equal(dense.get_weights()[1], np.zeros(64))


def test_a_permutation_is_undone_by_its_way_back():
    layout, array = permuted(2, 0, 3, 1), drawn(2, 3, 4, 5)
    assert layout.ours(array).shape == (4, 2, 5, 3)
    np.testing.assert_array_equal(layout.theirs(layout.ours(array)), array)


def test_everything_that_is_wrong_is_listed_at_once_and_nothing_changes(network, state):
    before = network.get_weights()
    del state["ending.bias"], state["encoders.0.beta"]
    state["ending.weight"] = drawn(3, 2, 3, 3)
    state["head.weight"] = drawn(4)
    with pytest.raises(ValueError) as caught:
        load_official(network, state)
    said = str(caught.value)
    assert "cannot fill 'small'; nothing was changed" in said
    assert "missing (2): encoders.0.beta (1, 3, 1, 1); ending.bias (2,)" in said
    assert "surplus (1): head.weight (4,)" in said
    assert "wrong shape (1): ending.weight needs (2, 3, 3, 3), received (3, 2, 3, 3)" in said
    for old, new in zip(before, network.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_prefix_of_every_name_is_noticed_and_can_be_dropped(network, state):
    wrapped = {f"module.{name}": array for name, array in state.items()}
    with pytest.raises(ValueError, match=r"begins with 'module\.'.*drop_prefix\(state, 'module\.'\)"):
        load_official(network, wrapped)
    load_official(network, drop_prefix(wrapped, "module."))
    np.testing.assert_array_equal(network.get_layer("last").bias, state["ending.bias"])


def test_a_prefix_that_no_name_has_is_refused():
    with pytest.raises(ValueError, match="names that begin with 'sd/'; received 'a', 'b'"):
        drop_prefix({"a": 1, "b": 2}, "sd/")


@pytest.mark.parametrize(
    "state, words",
    [
        ([("weight", np.zeros(1))], "needs a dict of arrays; received list"),
        ({"params": {"weight": np.zeros(1)}}, "'params' is a dict of 'weight'. Pass it alone"),
        ({"weight": [[1.0]], "bias": np.zeros(1)}, "'weight' is list"),
        ({"weight": np.array([["a"]]), "bias": np.zeros(1)}, "'weight' is <U1"),
    ],
)
def test_a_state_that_is_no_dict_of_arrays_is_refused(state, words):
    with pytest.raises(TypeError, match=words):
        load_official(built(keras.layers.Dense(1), 1), state)


@pytest.mark.parametrize(
    "official, words",
    [
        ({"block_0": "a", "last": "b", "first": "c"}, "'small' has no 'first'"),
        ({"block_0": "a", "block_0/steps/2": "b", "last": "c"}, "'small' has no 'block_0/steps/2'"),
        ({"block_0": "a"}, "weights without an official name: last/kernel, last/bias"),
        ({"block_0": "a", "last": "b", "block_0/steps/0": "c"}, "a weight twice"),
        ({"block_0/steps/0": "a", "block_0/steps/1": "a", "last": "b"}, "names an array or a weight twice"),
        ({"block_0": "a", "last": "b", "relu": "c"}, "'relu' .ReLU. has no official names"),
    ],
)
def test_names_that_do_not_fit_the_network_are_refused(network, official, words):
    network.official = official
    with pytest.raises(ValueError, match=words):
        load_official(network, {})


@pytest.mark.parametrize(
    "target, error, words",
    [
        (keras.layers.Dense(1, name="raw"), ValueError, "needs a built target; 'raw' has no weights yet"),
        ("weights", TypeError, "needs a keras model or layer; received str"),
    ],
)
def test_a_target_that_cannot_be_filled_is_refused(target, error, words):
    with pytest.raises(error, match=words):
        load_official(target, {})


def test_arrays_come_back_from_a_file_as_they_were_written(tmp_path, state):
    np.savez_compressed(tmp_path / "official.npz", **state)
    again = read_npz(tmp_path / "official.npz")
    assert set(again) == set(state)
    for name in state:
        np.testing.assert_array_equal(again[name], state[name])


def zipped(name):
    """The bytes of a zip file that holds one small file of the given name."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, b"\x80\x02}q\x00.")
    return memory.getvalue()


@pytest.mark.parametrize(
    "content", [zipped("archive/data.pkl"), b"\x80\x02}q\x00."], ids=["torch's zip", "plain pickle"]
)
def test_a_pickled_checkpoint_is_refused_with_the_way_out(tmp_path, content):
    (tmp_path / "net.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"net.npz is a pickled checkpoint.*read_torch\(path\)"):
        read_npz(tmp_path / "net.npz")


def test_a_pickled_object_among_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "mixed.npz", a=np.zeros(2), b=np.array([{}, None], dtype=object))
    with pytest.raises(ValueError, match="holds an array of Python objects"):
        read_npz(tmp_path / "mixed.npz")


def test_a_file_cut_short_is_called_damaged(tmp_path, state):
    np.savez(tmp_path / "whole.npz", **state)
    (tmp_path / "cut.npz").write_bytes((tmp_path / "whole.npz").read_bytes()[:-40])
    with pytest.raises(ValueError, match="cannot read .*cut.npz: damaged"):
        read_npz(tmp_path / "cut.npz")


def test_another_kind_of_file_is_refused(tmp_path):
    np.save(tmp_path / "one.npy", np.zeros(3))
    with pytest.raises(ValueError, match="needs a .npz file of arrays; .*one.npy is none"):
        read_npz(tmp_path / "one.npy")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="found no file .*gone.npz"):
        read_npz(tmp_path / "gone.npz")
