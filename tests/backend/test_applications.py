"""ImageNet networks: only from a complete file on this machine, and then those of keras.applications."""

import dataclasses
import hashlib

import h5py
import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend import applications
from course_lib.losses.perceptual import IMAGENET_DEVIATION, IMAGENET_MEAN, PerceptualLoss, PerceptualRecipe

WAY_OUT = "Or do without."


@pytest.fixture
def empty_home(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def store(network, path):
    """Write weights in the layout of the files that Keras publishes."""
    with h5py.File(path, "w") as file:
        layers = [layer for layer in network.layers if layer.weights]
        file.attrs["layer_names"] = [layer.name.encode() for layer in layers]
        for layer in layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}_{i}".encode() for i in range(len(layer.weights))]
            group.attrs["weight_names"] = names
            for name, weight in zip(names, layer.get_weights(), strict=True):
                group.create_dataset(name.decode(), data=weight)


def publish(monkeypatch, architecture, path):
    """Take a file of our own for the published one."""
    entry = dataclasses.replace(
        applications.FILES[architecture], md5=hashlib.md5(path.read_bytes()).hexdigest()
    )
    monkeypatch.setitem(applications.FILES, architecture, entry)


def test_the_published_vgg19_fills_the_perceptual_loss_in_torchvisions_units(monkeypatch, empty_home):
    published = keras.applications.VGG19(include_top=False, weights=None)
    rng = np.random.default_rng(0)
    published.get_layer("block1_conv1").set_weights(
        [rng.standard_normal((3, 3, 3, 64)).astype("float32"), rng.standard_normal(64).astype("float32")]
    )
    path = empty_home / applications.FILES["VGG19"].name
    store(published, path)
    publish(monkeypatch, "VGG19", path)
    assert applications.at_hand("VGG19")
    recipe = PerceptualRecipe(
        layers=("block1_relu1", "block1_relu2"), layer_weights=(1.0, 1.0), weights="imagenet", width=64
    )
    loss = PerceptualLoss(recipe)
    picture = rng.random((1, 8, 10, 3)).astype("float32")
    found = loss.network((picture - IMAGENET_MEAN) / IMAGENET_DEVIATION)
    # Their own units: grey levels around the mean, blue first.
    theirs = ((picture - IMAGENET_MEAN) * 255)[..., ::-1]
    layers = [published.get_layer(f"block1_conv{i}") for i in (1, 2)]
    expected = theirs
    for feature, layer in zip(found, layers, strict=True):
        expected = layer(expected)
        scale = float(ops.max(expected))
        np.testing.assert_allclose(
            ops.convert_to_numpy(feature), ops.convert_to_numpy(expected), atol=1e-5 * scale
        )


@pytest.mark.one_engine
def test_the_published_inception_gives_one_vector_a_picture(monkeypatch, empty_home):
    published = keras.applications.InceptionV3(include_top=False, weights=None)
    path = empty_home / applications.FILES["InceptionV3"].name
    store(published, path)
    publish(monkeypatch, "InceptionV3", path)
    network = applications.imagenet("test", "InceptionV3", WAY_OUT, pooling="avg")
    assert network.output_shape == (None, 2048)
    assert network.trainable_weights == []
    for theirs, ours in zip(published.get_weights(), network.get_weights(), strict=True):
        np.testing.assert_array_equal(theirs, ours)


@pytest.mark.parametrize("architecture", applications.FILES)
def test_a_missing_file_is_refused_and_never_fetched(empty_home, architecture):
    assert not applications.at_hand(architecture)
    command = rf"keras.applications.{architecture}\(include_top=False\)"
    with pytest.raises(FileNotFoundError, match=rf"somebody needs .*{command}.* Or do without\."):
        applications.imagenet("somebody", architecture, WAY_OUT)
    assert list(empty_home.iterdir()) == []


@pytest.mark.parametrize("architecture", applications.FILES)
def test_an_incomplete_file_is_refused_where_keras_would_fetch_another(empty_home, architecture):
    path = empty_home / applications.FILES[architecture].name
    path.write_bytes(b"half of it")
    with pytest.raises(
        ValueError, match="incomplete or another file: its MD5 is .*Delete it and fetch it again"
    ):
        applications.imagenet("somebody", architecture, WAY_OUT)
    assert path.read_bytes() == b"half of it"


def test_an_unknown_architecture_is_refused():
    with pytest.raises(ValueError, match="architectures 'VGG19', 'InceptionV3'; received 'VGG16'"):
        applications.imagenet("somebody", "VGG16", WAY_OUT)
    with pytest.raises(ValueError, match="received 'resnet'"):
        applications.at_hand("resnet")


def test_without_keras_home_the_users_own_folder_is_searched(monkeypatch, tmp_path):
    monkeypatch.delenv("KERAS_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert applications.folder() == tmp_path / ".keras" / "models"
