"""Networks of `keras.applications` with ImageNet weights that lie on this machine; nothing is fetched."""

import dataclasses
import hashlib
import os
import pathlib

from course_lib import checks


@dataclasses.dataclass(frozen=True, kw_only=True)
class WeightsFile:
    """A file that Keras publishes for one architecture without its classifier.

    Args:
        name: the file's name in the folder of `folder()`.
        md5: what Keras itself checks after a download.
        megabytes: its size, to be named before anybody fetches it.
    """

    name: str
    md5: str
    megabytes: int


FILES = {
    "VGG19": WeightsFile(
        name="vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="253f8cb515780f3b799900260a226db6",
        megabytes=80,
    ),
    "InceptionV3": WeightsFile(
        name="inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="bcbd6486424b2319ff4ef7d526e38f63",
        megabytes=88,
    ),
}


def folder():
    """Say where Keras keeps downloaded weights.

    Returns:
        pathlib.Path: `models` in the folder named by KERAS_HOME, or else in ~/.keras.
    """
    return pathlib.Path(os.environ.get("KERAS_HOME") or pathlib.Path.home() / ".keras") / "models"


def at_hand(architecture):
    """Ask whether the weights of an architecture lie on this machine.

    Args:
        architecture: a name in `FILES`.

    Returns:
        bool.

    Raises:
        ValueError: an unknown architecture.
    """
    checks.one_of("applications.at_hand()", "architectures", architecture, FILES)
    return (folder() / FILES[architecture].name).is_file()


def imagenet(owner, architecture, way_out, pooling=None):
    """Build an ImageNet network without its classifier from the file on this machine.

    Keras would download a missing or damaged file without asking; here both are refused.

    Args:
        owner: who asks, for the message.
        architecture: a name in `FILES`.
        way_out: sentence on what works without the file, for the message.
        pooling: None for a feature map, "avg" for one vector a picture.

    Returns:
        keras.Model, frozen.

    Raises:
        FileNotFoundError: the file is not there; the message holds the command that fetches it.
        ValueError: an unknown architecture, or a file that is incomplete or another one.
    """
    checks.one_of("applications.imagenet()", "architectures", architecture, FILES)
    wanted = FILES[architecture]
    path = folder() / wanted.name
    command = f'python -c "import keras; keras.applications.{architecture}(include_top=False)"'
    if not path.is_file():
        raise FileNotFoundError(
            f"{owner} needs the ImageNet weights of {architecture} in {path}, and downloads nothing by "
            f"itself. Fetch them once, {wanted.megabytes} MB: {command}. {way_out}"
        )
    with open(path, "rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != wanted.md5:
        raise ValueError(
            f"{path} is incomplete or another file: its MD5 is {found}, Keras names {wanted.md5}. "
            f"Delete it and fetch it again: {command}."
        )
    import keras

    network = getattr(keras.applications, architecture)(
        include_top=False, weights=str(path), pooling=pooling, name=f"{architecture.lower()}_imagenet"
    )
    network.trainable = False
    return network
