"""Laws that every linear operator of the room obeys; a new one is tested by adding a line to OPERATORS."""

import numpy as np
import pytest

from course_lib.degradation import blur, exposure, varying

SHAPES = ((9, 12), (10, 7, 3))  # odd and even sides, gray and colour, high and wide


def _kernel(rows, columns, seed=0):
    kernel = np.random.default_rng(seed).random((rows, columns))
    kernel[0] = 0  # lopsided, so that a flipped kernel cannot pass for the right one
    return kernel / kernel.sum()


def _convolution(shape, sides, border, method):
    kernel = _kernel(*sides)
    return (
        lambda x: blur.convolve(x, kernel, border, method),
        lambda y: blur.convolve_adjoint(y, kernel, border, method),
        shape,
        shape,
    )


def _varying(shape, border):
    weights = np.random.default_rng(1).random((3, *shape[:2]))
    operator = varying.VaryingBlur(
        [_kernel(3, 3), _kernel(5, 3), _kernel(7, 7)], weights / weights.sum(axis=0), border
    )
    return operator.apply, operator.adjoint, shape, shape


def _made(maker, amount, shape, border):
    operator = maker(shape, amount, 3, border)
    return operator.apply, operator.adjoint, shape, shape


def _frames(shape):
    return exposure.average_frames, lambda y: exposure.average_frames_adjoint(y, 4), (4, *shape), shape


OPERATORS = {
    f"{name} {'x'.join(map(str, shape))}": make
    for shape in SHAPES
    for name, make in {
        **{
            f"convolve {rows}x{columns} {border} {method}": (
                _convolution,
                shape,
                (rows, columns),
                border,
                method,
            )
            for rows, columns in ((3, 5), (7, 1), (13, 13))
            for border in blur.BORDERS
            for method in blur.METHODS
            if border != "reflect" or rows < 13
        },
        **{f"VaryingBlur {border}": (_varying, shape, border) for border in blur.BORDERS},
        **{
            f"rotation {border}": (_made, varying.rotation_blur, 20, shape, border) for border in blur.BORDERS
        },
        **{f"zoom {border}": (_made, varying.zoom_blur, 0.3, shape, border) for border in blur.BORDERS},
        "average_frames": (_frames, shape),
    }.items()
}


@pytest.fixture(params=OPERATORS.values(), ids=OPERATORS.keys())
def operator(request):
    make, *settings = request.param
    return make(*settings)


@pytest.mark.parametrize("dtype, tolerance", [("float64", 1e-10), ("float32", 1e-5)])
def test_the_inner_product_of_ax_and_y_is_that_of_x_and_the_adjoint_of_y(operator, dtype, tolerance):
    apply, adjoint, shape_in, shape_out = operator
    rng = np.random.default_rng(2)
    x, y = rng.random(shape_in).astype(dtype), rng.random(shape_out).astype(dtype)
    ax, aty = apply(x), adjoint(y)
    assert (ax.shape, ax.dtype, aty.shape, aty.dtype) == (shape_out, x.dtype, shape_in, x.dtype)
    np.testing.assert_allclose(np.vdot(ax, y), np.vdot(x, aty), rtol=tolerance)


def test_the_blur_of_a_sum_is_the_sum_of_the_blurs(operator):
    apply, _, shape, _ = operator
    rng = np.random.default_rng(3)
    first, second = rng.random(shape), rng.random(shape)
    together = apply(0.3 * first + 0.6 * second)
    np.testing.assert_allclose(together, 0.3 * apply(first) + 0.6 * apply(second), atol=1e-12)


def test_an_operator_leaves_its_input_alone(operator):
    apply, adjoint, shape_in, shape_out = operator
    x, y = np.random.default_rng(4).random(shape_in), np.random.default_rng(5).random(shape_out)
    before = x.copy(), y.copy()
    apply(x), adjoint(y)
    np.testing.assert_array_equal(x, before[0])
    np.testing.assert_array_equal(y, before[1])


@pytest.mark.parametrize("border", blur.BORDERS)
@pytest.mark.parametrize("method", ["fft", "direct"])
def test_the_matrix_of_the_adjoint_is_the_transposed_matrix(border, method):
    kernel, pixels = _kernel(5, 3), np.eye(6 * 5).reshape(-1, 6, 5)
    matrix = np.stack([blur.convolve(p, kernel, border, method).ravel() for p in pixels], axis=1)
    transposed = np.stack([blur.convolve_adjoint(p, kernel, border, method).ravel() for p in pixels], axis=1)
    np.testing.assert_allclose(transposed, matrix.T, atol=1e-12)
    assert np.abs(matrix - matrix.T).max() > 0.01  # a symmetric matrix would prove nothing


@pytest.mark.parametrize("border", ["reflect", "replicate", "circular"])
def test_a_constant_scene_stays_constant_under_every_varying_blur(border):
    for make, settings in (
        (_varying, ((9, 12), border)),
        (_made, (varying.rotation_blur, 20, (9, 12), border)),
        (_made, (varying.zoom_blur, 0.3, (9, 12), border)),
    ):
        apply = make(*settings)[0]
        np.testing.assert_allclose(apply(np.full((9, 12), 0.4)), 0.4, atol=1e-6)
