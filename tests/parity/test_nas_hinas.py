"""HiNAS' cells and networks: weights of the official code in, its tensors, gradients and genotype out."""

import json

import keras
import numpy as np
import pytest
from keras import ops

from course_lib.losses.structural import log_ssim
from course_lib.search.genotype import Genotype, derive_cell
from course_lib.search.irnas import IRNASRecipe, architecture_of, derive, matrices_of, supernet
from course_lib.search.irnas_derived import DerivedRecipe, derived
from course_lib.search.supercell import CompactCell, SuperCell
from course_lib.weights import load_official, read_npz
from tests.parity.cells import (
    cell_of,
    close,
    close_gradient,
    close_pictures,
    gradients,
    last,
    renamed,
    softmaxed,
)
from tests.parity.fixtures_folder import fixture_files
from tests.parity.hashed_weights import state_of


def files(pattern):
    return pytest.mark.parametrize("path", fixture_files(pattern), ids=lambda path: path.stem)


def opened(path):
    stored = read_npz(path)
    return stored, json.loads(str(stored["meta"]))


def ours_of(pairs):
    """The same pairs with our operators: con_c_3x3_leaky is conv3, skip_connect is skip."""
    found = []
    for name, source in pairs:
        word, side = name.split("_")[0], name.split("x")[0][-1]
        found.append((word if word == "skip" else {"con": "conv"}.get(word, word) + side, source))
    return found


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
    found = cell_of(ours_of(meta["genotype"]), meta["blocks"])
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


def loss_between(target, made, factor=0.5):
    return (ops.mean(ops.square(made - target)) + factor * log_ssim(target, made)) / 2


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
    tensors = [net.get_layer(name).output for name in [*names, "paint"]]
    inside = keras.Model(net.inputs, [*tensors, net.output])
    *maps, painted, made = inside([picture, *weights], training=False)
    for one, name in zip(maps, hidden, strict=True):
        close_pictures(one, stored[name])
    close_pictures(painted, stored["eval_decoder_out"])
    close_pictures(made, stored["eval_pred"])
    *_, painted, made = inside([picture, *weights], training=True)
    close_pictures(painted, stored["train_decoder_out"])
    close(loss_between(target, made), stored["train_loss"])

    def loss_of(at):
        made = net([picture, *[ops.softmax(matrix) for matrix in at.values()]], training=True)
        return loss_between(target, made)

    found = gradients(logits, loss_of, net)
    betas = found.pop("widths")
    close_gradient(np.stack(list(found.values())).reshape(stored["alphas"].shape), stored["grad_alphas"])
    close_gradient(betas, stored["grad_betas"])
    genotype = derive(recipe, {name: np.array(softmaxed(matrix)) for name, matrix in logits.items()})
    assert genotype.path == tuple(meta["genotype_path"])
    assert genotype.cells == tuple(cell_of(ours_of(cell), recipe.nodes) for cell in meta["genotype_cells"])


@files("nas_hinas_compnet*.npz")
def test_the_final_network_gives_their_maps_and_loss(path):
    stored, meta = opened(path)
    config = meta["config"]
    cells = tuple(cell_of(ours_of(cell), config["MODEL__NUM_BLOCKS"]) for cell in meta["genotype"])
    genotype = Genotype(space="hinas", cells=cells, path=tuple(meta["width_path"]))
    net = derived(DerivedRecipe(**recipe_of(config), genotype=genotype, pyramid=config["MODEL__USE_ASPP"]))
    state, narrow = renamed(state_of(meta["manifest"])), meta["endpoint_layer"]
    if narrow is not None:  # then theirs has a projection that nothing hears
        reduced = {name: state.pop(name) for name in list(state) if name.startswith("reduce.")}
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
    close(loss_between(target, made, 0.6), stored["train_loss"])
    unused = 0 if narrow is None else reduced["reduce.0.weight"].size
    assert sum(int(np.prod(w.shape)) for w in net.trainable_weights) + unused == meta["n_params"]
