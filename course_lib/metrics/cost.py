"""What a network costs: parameters, multiply-adds, seconds and bytes."""

import contextlib
import math

import keras

from course_lib import checks
from course_lib.backend import machine

CONVOLUTIONS = (keras.layers.Conv1D, keras.layers.Conv2D, keras.layers.Conv3D)
TRANSPOSED = (keras.layers.Conv1DTranspose, keras.layers.Conv2DTranspose, keras.layers.Conv3DTranspose)
DEPTHWISE = (keras.layers.DepthwiseConv1D, keras.layers.DepthwiseConv2D)
SEPARABLE = (keras.layers.SeparableConv1D, keras.layers.SeparableConv2D)


def parameters(model, trainable_only=False):
    """Count the numbers that a model stores in its weights, shared ones once.

    Args:
        model: built keras.Model or layer.
        trainable_only: bool; leave out frozen weights and the moving statistics of batch norm. (Papers
            usually count frozen weights, but not moving statistics.)

    Returns:
        int.

    Raises:
        TypeError: `model` is no keras layer.
        ValueError: `model` has no weights yet because it is not built.
    """
    if not isinstance(model, keras.Layer):
        raise TypeError(f"parameters() needs a keras model or layer; received {type(model).__name__}.")
    if not model.built:
        raise ValueError(
            f"parameters() needs a built model; received {model.name!r} unbuilt. Call it on a picture first."
        )
    weights = model.trainable_weights if trainable_only else model.weights
    return sum(math.prod(weight.shape) for weight in weights)


def multiply_adds(model, height, width):
    """Count the multiply-accumulates that a network spends on one picture.

    Counted: convolutions of every kind (transposed ones at their input's resolution) and dense layers, as
    often as they run, also inside layers of your own. Not counted: norms, activations, additions, pooling,
    resizing, biases, Fourier transforms. A layer that multiplies with `keras.ops` instead says what it spends
    through a method `own_multiply_adds(input_shape, output_shape)` -> int; `input_shape` is that of its first
    argument, batch axis (1) included.

    Nothing is computed: shapes alone are traced, so that a megapixel costs no more than a thumbnail.

    Args:
        model: functional keras.Model; every input of shape (b, h, w, c) with c known.
        height: int, pixels.
        width: int, pixels.

    Returns:
        int, multiply-accumulates (one multiplication with its addition counts 1, not 2).

    Raises:
        TypeError: `model` is no keras.Model with inputs, or a size is no number.
        ValueError: a size below 1, an input that is no picture, or one fixed to another size.
    """
    checks.at_least("multiply_adds()", "height", height, 1)
    checks.at_least("multiply_adds()", "width", width, 1)
    if not isinstance(model, keras.Model) or not getattr(model, "inputs", None):
        raise TypeError(f"multiply_adds() needs a functional keras.Model; received {type(model).__name__}.")
    pictures = [_symbolic(tensor, height, width) for tensor in model.inputs]
    spent = []

    class Walk(keras.Operation):
        def call(self, inputs):
            spent.clear()  # an engine may trace more than once
            return model(inputs, training=False)

    with _recording(model, spent):
        # An operation without a declared output shape is traced on the engine, down to the innermost layer.
        Walk()(pictures if len(pictures) > 1 else pictures[0])
    return sum(spent)


def seconds(fn, *args, repeats=5):
    """Time a call, after one call that is not counted; the device is waited for.

    Args:
        fn: function to time.
        *args: what it is called with.
        repeats: timed calls, at least 1.

    Returns:
        float, median seconds of one call.

    Raises:
        ValueError: `repeats` below 1.
    """
    return machine.median_seconds(fn, *args, repeats=repeats)


def peak_bytes(fn, *args):
    """Measure the most memory that a call holds beyond what was held before it.

    Args:
        fn: function to measure.
        *args: what it is called with.

    Returns:
        int, bytes; see `course_lib.backend.machine.peak_bytes` for what a CPU can tell.

    Raises:
        RuntimeError: this machine cannot tell.
    """
    return machine.peak_bytes(fn, *args)


def _symbolic(tensor, height, width):
    """A picture without pixels, (1, height, width, c), of the input's type."""
    shape = tuple(tensor.shape)
    if len(shape) != 4 or shape[3] is None:
        raise ValueError(
            "multiply_adds() needs inputs of shape (b, h, w, c) with c known; "
            f"received {tensor.name} {shape}. Build the network on keras.Input((None, None, c))."
        )
    if shape[1] not in (None, height) or shape[2] not in (None, width):
        raise ValueError(
            f"multiply_adds() needs a network of open size for {height} x {width}; received one whose input "
            f"{tensor.name} is fixed to {shape[1]} x {shape[2]}. Build it on keras.Input((None, None, c))."
        )
    return keras.KerasTensor((1, height, width, shape[3]), tensor.dtype)


@contextlib.contextmanager
def _recording(model, spent):
    """While open, every call of a layer inside `model` adds its own cost to the list `spent`."""
    # Keras has no public way to list the children of a layer; each comes once, also when it is shared.
    watched = [layer for layer in model._flatten_layers() if _has_price(layer)]
    for layer in watched:
        layer.call = _priced(layer, layer.call, spent)
    try:
        yield
    finally:
        for layer in watched:
            del layer.call  # the class's own method shows again


def _has_price(layer):
    known = (*CONVOLUTIONS, *TRANSPOSED, *DEPTHWISE, *SEPARABLE, keras.layers.Dense)
    return isinstance(layer, known) or hasattr(layer, "own_multiply_adds")


def _priced(layer, call, spent):
    def call_and_record(inputs, *args, **kwargs):
        outputs = call(inputs, *args, **kwargs)
        spent.append(_price(layer, _shapes(inputs), _shapes(outputs)))
        return outputs

    return call_and_record


def _shapes(tensors):
    return keras.tree.map_structure(lambda tensor: tuple(int(side) for side in tensor.shape), tensors)


def _price(layer, input_shape, output_shape):
    if hasattr(layer, "own_multiply_adds"):
        return layer.own_multiply_adds(input_shape, output_shape)
    # Every kernel entry is used once at every position: of the output, or of what a transposed layer spreads.
    if isinstance(layer, (*TRANSPOSED, keras.layers.Dense)):
        return _positions(layer, input_shape) * math.prod(layer.kernel.shape)
    if isinstance(layer, SEPARABLE):
        kernels = math.prod(layer.depthwise_kernel.shape) + math.prod(layer.pointwise_kernel.shape)
        return _positions(layer, output_shape) * kernels
    return _positions(layer, output_shape) * math.prod(layer.kernel.shape)


def _positions(layer, shape):
    channel_axis = 1 if getattr(layer, "data_format", None) == "channels_first" else -1
    return math.prod(shape) // shape[channel_axis]
