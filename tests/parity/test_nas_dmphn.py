"""DMPHN and hierarchies of other grids: stored pictures in, the official code's maps and gradients out."""

import json
import math
import re

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.derivatives import input_gradient
from course_lib.backend.updates import compile_update
from course_lib.layers.patches import JoinPatches
from course_lib.search.dmphn import GRIDS_1_2_4_8, DMPHNRecipe, dmphn, every_stage
from course_lib.search.hierarchy import decoder, encoder, hierarchy
from course_lib.weights import load_official, official_state, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import hashed

HUGE = 1e4  # a step so long that the weight before it no longer rounds the gradient
PIECES = {"top": (0, 0), "bot": (0, 1), "left": (1, 0), "right": (1, 1)}


def files(*patterns):
    paths = sorted({path for pattern in patterns for path in fixture_files(pattern)})
    return pytest.mark.parametrize("path", paths, ids=lambda path: path.stem)


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return array.transpose(0, 2, 3, 1)


def close(ours, theirs, atol=2e-5):
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, atol=atol, rtol=0)


def fill(model, first_seed, gain):
    """Give an encoder or decoder the weights that a first seed stands for."""
    state = {}
    for i, (name, array) in enumerate(official_state(model).items()):
        kind = "bias" if name.endswith("bias") else "convT" if array.shape[2:] == (4, 4) else "conv"
        state[name] = hashed(kind, array.shape, first_seed + i, gain)
    load_official(model, state)


def first_seeds(meta):
    """The first seed of every encoder and decoder, by its name in our model."""
    if "first_seeds" not in meta:
        named = meta.get("seeds") or meta["first_seed"]
        return {name: seed[0] if isinstance(seed, list) else seed for name, seed in named.items()}
    kinds = ("encoder", "decoder")
    if meta["shared_weights"]:
        return dict(zip(kinds, meta["first_seeds"][0], strict=True))
    levels = enumerate(meta["first_seeds"], start=1)
    return {f"{kind}_lv{i}": seed for i, pair in levels for kind, seed in zip(kinds, pair, strict=True)}


@pytest.fixture(scope="module")
def network_of():
    """Build the network of a file and fill it; the last one is kept."""
    kept = {}

    def build(path):
        if path not in kept:
            stored = read_npz(path)
            meta = json.loads(str(stored["meta"]))
            seeds = first_seeds(meta)
            levels = max([int(n) for name in seeds for n in re.findall(r"lv(\d)", name)], default=1)
            grids = meta.get("grids") or GRIDS_1_2_4_8[:levels]
            recipe = DMPHNRecipe(
                grids=tuple(tuple(grid) for grid in grids),
                stages=max([int(n) for name in seeds for n in re.findall(r"_s(\d)", name)], default=1),
                shared=bool(meta.get("shared_weights")),
            )
            model = dmphn(recipe)
            gain = float(re.search(r"gain ([\d.]*\d)", meta["weights"]).group(1))
            for name, seed in seeds.items():
                fill(model.get_layer(name), seed, gain)
            kept.clear()
            kept[path] = recipe, model, stored, list(seeds)
        return kept[path]

    return build


def gradients(model, loss_fn, *batch):
    """The gradient of a loss to each weight, read from one long step; the weights are put back."""
    before = model.get_weights()
    step = compile_update(lambda *tensors: (loss_fn(*tensors), {}), [model], [], keras.optimizers.SGD(HUGE))
    loss, _ = step(*[ops.convert_to_tensor(x) for x in batch])
    after = zip(model.weights, before, model.get_weights(), strict=True)
    moved = {id(weight): (old - new) / HUGE for weight, old, new in after}
    model.set_weights(before)
    return float(loss), moved


def squares(ours, theirs):
    return ops.mean(ops.square(ours - theirs))


@files("nas_dmphn_encdec*.npz")
@pytest.mark.parametrize("build, word", [(encoder, "enc"), (decoder, "dec")])
def test_the_encoder_and_the_decoder_are_theirs(path, build, word):
    stored = read_npz(path)
    manifest = json.loads(str(stored["meta"]))[{"enc": "encoder_manifest", "dec": "decoder_manifest"}[word]]
    widths = (32, 64, 128)
    model = build(widths, "part")
    state = {name: hashed(kind, tuple(shape), seed, 0.8) for name, kind, shape, seed in manifest}
    assert list(state) == list(official_state(model))
    load_official(model, state)
    x = last(stored["x" if word == "enc" else "dec_in"])
    close(model(x), last(stored[f"{word}_out"]))
    towards = input_gradient(lambda x: ops.mean(ops.square(model(x))), x)
    theirs = last(stored["enc_grad_x" if word == "enc" else "dec_grad_f"])
    close(towards, theirs, atol=1e-4 * np.abs(theirs).max())
    loss, moved = gradients(model, lambda x: ops.mean(ops.square(model(x))), x)
    np.testing.assert_allclose(loss, stored[f"{word}_loss"], rtol=1e-5)
    norms = [np.linalg.norm(moved[id(weight)]) for weight in model.weights]
    np.testing.assert_allclose(norms, stored[f"{word}_grad_norms"], rtol=1e-4)


@files("nas_dmphn_1*.npz", "nas_pynas_*.npz")
def test_every_level_finds_and_paints_what_theirs_does(path, network_of):
    recipe, model, stored, _ = network_of(path)
    painted = []

    def recorded(decode):
        def call(x):
            painted.append(decode(x))
            return painted[-1]

        return call

    def part(kind, level):
        return model.get_layer(kind if recipe.shared else f"{kind}_lv{level + 1}")

    levels = range(len(recipe.grids))
    pairs = [(part("encoder", level), recorded(part("decoder", level))) for level in levels]
    centred = ops.convert_to_tensor(last(stored["image01"]) - 0.5)
    output, features = hierarchy(centred, recipe.grids, pairs)
    close(output, last(stored["output_centered"]))
    close(model(last(stored["image01"])), last(stored["output_centered"]) + 0.5)

    def whole(x, level):
        for (rows, columns), (above, beside) in reversed(
            list(zip(recipe.grids[1 : level + 1], recipe.grids[:level], strict=True))
        ):
            x = JoinPatches(rows // above, columns // beside)(x)
        return ops.convert_to_numpy(x)

    compared = 0
    for key, array in stored.items():
        if not (match := re.fullmatch(r"(feature|residual)_lv(\d)_?(\w*)", key)):
            continue
        kind, level, piece = match.group(1), int(match.group(2)) - 1, match.group(3)
        ours = (
            whole(features[level], level)
            if kind == "feature"
            else whole(painted[len(levels) - 1 - level], max(level - 1, 0))
        )
        for word in piece.split("_") if piece else []:
            axis, half = PIECES[word]
            ours = np.split(ours, 2, axis=axis + 1)[half]
        close(ours, last(array))
        compared += 1
    assert compared >= 2 * len(levels) - 1


@files("nas_dmphn_1*.npz")
def test_every_weight_is_pulled_as_theirs(path, network_of):
    _, model, stored, names = network_of(path)
    loss, moved = gradients(
        model, lambda x, sharp: squares(model(x), sharp), last(stored["image01"]), last(stored["sharp01"])
    )
    np.testing.assert_allclose(loss, stored["loss"], rtol=1e-5)
    for name in names:
        theirs = stored[f"gradnorm_{name}"]
        norms = [np.linalg.norm(moved[id(weight)]) for weight in model.get_layer(name).weights]
        # One unit of the finest decoder of the 1-2-4-8 file stands at the kink of its ReLU: on which side,
        # rounding decides, and norms before it change by 3e-4.
        np.testing.assert_allclose(norms, theirs, rtol=1e-3)


@files("nas_dmphn_stack*.npz")
def test_every_stage_of_a_stack_paints_their_picture_and_the_sum_of_losses_pulls_alike(path, network_of):
    recipe, model, stored, _ = network_of(path)
    stages = every_stage(model)
    x, sharp = last(stored["image01"]), last(stored["sharp01"])
    for i, ours in enumerate(stages(x), start=1):
        theirs = last(stored[f"stage{i}_out"]) + 0.5
        close(ours, theirs, atol=2e-4 * np.abs(theirs).max() if recipe.stages > 2 else 2e-5)
    loss, moved = gradients(
        stages, lambda x, sharp: sum(squares(made, sharp) for made in stages(x)), x, sharp
    )
    np.testing.assert_allclose(loss, stored["loss"], rtol=1e-4)
    total = math.sqrt(sum(float(np.sum(np.square(gradient))) for gradient in moved.values()))
    np.testing.assert_allclose(total, stored["grad_norm_total"], rtol=1e-3 if recipe.stages > 2 else 1e-4)
