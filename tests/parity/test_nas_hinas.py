"""HiNAS' cells and networks: weights of the official code in, its tensors, gradients and genotype out."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.backend.updates import compile_update
from course_lib.losses.structural import log_ssim
from course_lib.search.genotype import Cell, Genotype, derive_cell
from course_lib.search.irnas import IRNASRecipe, architecture_of, derive, matrices_of, supernet
from course_lib.search.irnas_derived import DerivedRecipe, derived
from course_lib.search.supercell import CompactCell, SuperCell
from course_lib.weights import load_official, read_npz
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of

TOLERANCE = 2e-5  # of values
GRADIENTS = 1e-4  # relative to the largest


def files(pattern):
    return pytest.mark.parametrize("path", fixture_files(pattern), ids=lambda path: path.stem)


def opened(path):
    stored = read_npz(path)
    return stored, json.loads(str(stored["meta"]))


def last(array):
    """Turn stored (b, c, h, w) into (b, h, w, c)."""
    return ops.convert_to_tensor(array.transpose(0, 2, 3, 1))


def close(ours, theirs, atol=TOLERANCE):
    np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, atol=atol, rtol=0)


def close_pictures(ours, theirs):
    theirs = theirs.transpose(0, 2, 3, 1)
    close(ours, theirs, TOLERANCE * max(1, np.abs(theirs).max()))


def close_gradient(ours, theirs):
    close(ours, theirs, GRADIENTS * np.abs(theirs).max())


def ours_of(name):
    """Our name of an official operator: con_c_3x3_leaky is conv3, skip_connect is skip."""
    word, *_, _ = [*name.split("_"), ""]
    if word in ("skip", "none"):
        return word
    return {"con": "conv"}.get(word, word) + name.split("x")[0][-1]


def renamed(state):
    """Sequences within sequences, as one sequence: sep_0.1 is op.1 and sep_1.1 is op.5."""
    names = {}
    for name, array in state.items():
        for part, first in (("sep_0.", 0), ("sep_1.", 4)):
            head, found, tail = name.partition(part)
            if found:
                number, _, rest = tail.partition(".")
                name = f"{head}{int(number) + first}.{rest}"
        names[name] = array
    return names


def cell_of(pairs, nodes):
    pairs = [(ours_of(name), source) for name, source in pairs]
    each = len(pairs) // nodes
    return Cell(nodes=tuple(tuple(pairs[i * each : (i + 1) * each]) for i in range(nodes)))


def softmaxed(logits):
    return ops.softmax(ops.convert_to_tensor(logits))


def gradients(matrices, loss_of, reads):
    """The gradient of `loss_of(dict of tensors)` at the given arrays: one step of 1 from zeros beside."""
    beside = keras.layers.Layer(dtype="float32")
    for name, array in matrices.items():
        beside.add_weight(shape=array.shape, initializer="zeros", name=name)
    beside.built = True

    def loss_fn(x):
        at = {
            name: weight + ops.convert_to_tensor(array)
            for (name, array), weight in zip(matrices.items(), beside.weights, strict=True)
        }
        return loss_of(at), {}

    compile_update(loss_fn, [beside], [reads], keras.optimizers.SGD(1.0))(ops.zeros((1,)))
    moved = [-ops.convert_to_numpy(weight) for weight in beside.weights]
    return dict(zip(matrices, moved, strict=True))


def activation_of(meta):
    return "leaky_relu" if any(name.endswith("_leaky") for name in meta["primitives"]) else "relu"


@files("nas_hinas_cell*.npz")
def test_a_supercell_gives_their_sums_and_gradients(path):
    stored, meta = opened(path)
    cell = SuperCell(
        meta["blocks"], meta["C"], "hinas", affine=meta["affine"], activation=activation_of(meta)
    )
    state = renamed(state_of(meta["manifest"]))
    two_back, previous = last(stored["s1"]), last(stored["s0"])
    cell.build([two_back.shape, previous.shape, stored["alpha"].shape])
    load_official(cell, state)
    weights = softmaxed(stored["alpha"])
    close(weights, stored["weights"], 1e-6)
    close_pictures(cell([two_back, previous, weights], training=False), stored["eval_out"])
    upstream = last(stored["upstream"])
    load_official(cell, state)
    close_pictures(cell([two_back, previous, weights], training=True), stored["train_out"])
    given = {"alpha": stored["alpha"], "s0": np.array(previous), "s1": np.array(two_back)}

    def loss_of(at):
        made = cell([at["s1"], at["s0"], ops.softmax(at["alpha"])], training=True)
        return ops.sum(made * upstream)

    found = gradients(given, loss_of, cell)
    close_gradient(found["alpha"], stored["grad_alpha"])
    for name in ("s0", "s1"):
        close_gradient(found[name], stored[f"grad_{name}"].transpose(0, 2, 3, 1))


@files("nas_hinas_cell*.npz")
def test_a_compact_cell_gives_their_sums(path):
    stored, meta = opened(path)
    found = cell_of(meta["genotype"], meta["blocks"])
    assert derive_cell(stored["weights"], "hinas") == found
    cell = CompactCell(found.nodes, meta["C"], activation_of(meta))
    two_back, previous = last(stored["s1"]), last(stored["s0"])
    cell.build([two_back.shape, previous.shape])
    load_official(cell, renamed(state_of(meta["fix_manifest"])))
    close_pictures(cell([two_back, previous], training=False), stored["fix_out"])


def recipe_of(config):
    return {
        "channels": config["MODEL__IN_CHANNEL"],
        "filters": config["MODEL__FILTER_MULTIPLIER"],
        "ratios": tuple(config["MODEL__WS_FACTORS"]),
        "activation": {"Leaky": "leaky_relu", "ReLU": "relu"}[config["MODEL__ACTIVATION_F"]],
        "residual": config["MODEL__USE_RES"],
    }


def supernet_recipe(config):
    return IRNASRecipe(
        **recipe_of(config),
        layers=config["MODEL__NUM_LAYERS"],
        nodes=config["MODEL__NUM_BLOCKS"],
        space="hinas",
        tied=config["SEARCH__TIE_CELL"],
        end="sigmoid",
    )


def logits_of(stored, recipe):
    names = list(matrices_of(recipe))
    alphas = stored["alphas"] if stored["alphas"].ndim == 3 else stored["alphas"][None]
    return dict(zip(names, [*alphas, stored["betas"]], strict=True))


@files("nas_hinas_supernet*.npz")
def test_the_supernet_gives_their_maps_loss_gradients_and_genotype(path):
    stored, meta = opened(path)
    recipe = supernet_recipe(meta["config"])
    net, state = supernet(recipe), renamed(state_of(meta["manifest"]))
    load_official(net, state)
    architecture = architecture_of(recipe)
    close(architecture.logits["widths"], stored["betas_init"], 0)
    assert sum(int(np.prod(w.shape)) for w in net.trainable_weights) == meta["n_weights"]
    logits = logits_of(stored, recipe)
    picture, target = last(stored["x"]), last(stored["target"])
    weights = [softmaxed(matrix) for matrix in logits.values()]
    hidden = sorted(name for name in stored if name.startswith("eval_hidden_w"))
    names = [f"cell_{recipe.layers}_{width}" for width in range(len(hidden))]
    layers = [net.get_layer(name) for name in [*names, "paint"]]
    inside = keras.Model(net.inputs, [layer.output for layer in layers])
    *maps, painted = inside([picture, *weights], training=False)
    for made, name in zip(maps, hidden, strict=True):
        close_pictures(made, stored[name])
    close_pictures(painted, stored["eval_decoder_out"])
    close_pictures(net([picture, *weights], training=False), stored["eval_pred"])
    close_pictures(inside([picture, *weights], training=True)[-1], stored["train_decoder_out"])

    def loss_of(at):
        made = net([picture, *[ops.softmax(matrix) for matrix in at.values()]], training=True)
        return (ops.mean(ops.square(made - target)) + 0.5 * log_ssim(target, made)) / 2

    close(loss_of({name: ops.convert_to_tensor(m) for name, m in logits.items()}), stored["train_loss"])
    found = gradients(logits, loss_of, net)
    betas = found.pop("widths")
    close_gradient(np.stack(list(found.values())).reshape(stored["alphas"].shape), stored["grad_alphas"])
    close_gradient(betas, stored["grad_betas"])
    genotype = derive(recipe, {name: np.array(softmaxed(matrix)) for name, matrix in logits.items()})
    assert genotype.path == tuple(meta["genotype_path"])
    assert genotype.cells == tuple(cell_of(cell, recipe.nodes) for cell in meta["genotype_cells"])


@files("nas_hinas_compnet*.npz")
def test_the_final_network_gives_their_maps_and_loss(path):
    stored, meta = opened(path)
    config = meta["config"]
    cells = tuple(cell_of(cell, config["MODEL__NUM_BLOCKS"]) for cell in meta["genotype"])
    genotype = Genotype(space="hinas", cells=cells, path=tuple(meta["width_path"]))
    net = derived(DerivedRecipe(**recipe_of(config), genotype=genotype, pyramid=config["MODEL__USE_ASPP"]))
    state, narrow = renamed(state_of(meta["manifest"])), meta["endpoint_layer"]
    if narrow is not None:
        state = {name: array for name, array in state.items() if not name.startswith("reduce.")}
    load_official(net, state)
    low = "low_level_norm" if narrow is None else f"cell_{narrow + 1}"
    layers = [low, "last_act"]
    inside = keras.Model(net.inputs, [*(net.get_layer(name).output for name in layers), net.output])
    picture, target = last(stored["x"]), last(stored["target"])
    low, deep, made = inside(picture, training=False)
    close_pictures(low, stored["eval_endpoint"])
    close_pictures(deep, stored["eval_last"])
    close_pictures(made, stored["eval_out"])
    made = net(picture, training=True)
    close_pictures(made, stored["train_out"])
    loss = (ops.mean(ops.square(made - target)) + 0.6 * log_ssim(target, made)) / 2
    close(loss, stored["train_loss"])
