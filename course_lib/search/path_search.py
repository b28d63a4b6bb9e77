"""A search along single paths: in every step one candidate a choice runs, or a pair that is compared.

Paper: Cai et al., ProxylessNAS, ICLR 2019, section 3.2 and appendix B.
Code:  mit-han-lab/proxylessnas, search/nas_manager.py.
Differs: see `binarised`; the paths of a step depend on the seed and the step's number alone.
"""

import numpy as np
from keras import ops

from course_lib import checks
from course_lib.search.bilevel import Bilevel
from course_lib.search.binarised import gates_of, rescaled, sample_paths

WEIGHTS, GATES = 0, 1  # streams of chance


class PathSearch(Bilevel):
    """A supernet of `binarised.BinarisedOperation`s and its architecture, each moved on its own batches.

    A round takes `weight_steps` steps on the weights, each along paths of its own drawn from the softmaxed
    logits, and then, once the architecture moves, one step on the gates. Memory and time of a step are those
    of the candidates that run, whatever the number of candidates; only the optimiser passes over all weights.

    Args:
        supernet: keras.Model of [picture, paths, gates, paths, gates, ...], paths (rows, None) int32 and
            gates (rows, candidates) float32 for each matrix of the architecture, in its order.
        architecture: architecture.Architecture.
        loss: function of (true, made) -> scalar.
        optimizers: (weights', architecture's) keras optimizers, used nowhere else and without weight decay.
        mode: of the steps on the gates: "two" compares a pair a choice, "full" all candidates.
        architecture_from: the first round, counted from 0, in which the architecture moves.
        weight_steps: steps on the weights in a round.
        decays: (weights', architecture's) L2 decay, added to the gradient; weights that did not run, and
            logits of candidates outside a pair, keep theirs.
        clip_norm: largest global norm of the weights' gradient, before the decay; None leaves it alone.
        seed: int; fixes the paths.

    Raises:
        TypeError: as `Bilevel`.
        ValueError: an unknown mode, or as `Bilevel`.
    """

    inputs_per_matrix = 2
    idle_decay = False

    def __init__(
        self,
        supernet,
        architecture,
        loss,
        optimizers,
        mode="two",
        architecture_from=0,
        weight_steps=5,
        decays=(0.0, 0.0),
        clip_norm=None,
        seed=0,
    ):
        checks.one_of("PathSearch", "modes", mode, ("two", "full"))
        self.mode, self.seed = mode, seed
        super().__init__(
            supernet,
            architecture,
            loss,
            optimizers,
            architecture_first=False,
            architecture_from=architecture_from,
            weight_steps=weight_steps,
            decays=decays,
            clip_norm=clip_norm,
        )

    def improve_weights(self, given, true):
        """Take one step on the weights of the drawn paths.

        Args:
            given: (b, h, w, c) pictures of the weights' half.
            true: what they should become.

        Returns:
            scalar tensor, the loss before the step.
        """
        return self._descend(given, true, *self._draw("one", WEIGHTS, self.optimizer))

    def improve_architecture(self, given, true, given_a, true_a):
        """Take one step on the gates.

        Args:
            given: not used; the weights' half.
            true: not used.
            given_a: (b, h, w, c) pictures of the architecture's half.
            true_a: what they should become.

        Returns:
            (scalar tensor, the loss along the active paths; list of tensors, the gradients of the logits,
            before decay).
        """
        paths = self._draw(self.mode, GATES, self.architecture_optimizer)
        loss, slopes = self._judge(given_a, true_a, *paths)
        self._move_alphas(*slopes, *paths)
        return loss, slopes

    def strongest(self):
        """Say which candidates are ahead.

        Returns:
            dict from matrix to (rows,) int array.
        """
        return {name: np.argmax(rows, axis=-1) for name, rows in self.architecture.values().items()}

    def _draw(self, mode, stream, optimizer):
        rng = np.random.default_rng((self.seed, stream, int(ops.convert_to_numpy(optimizer.iterations))))
        drawn = [sample_paths(rows, mode, rng) for rows in self.architecture.values().values()]
        return [ops.convert_to_tensor(paths) for paths in drawn]

    def _mixing(self, *paths):
        pairs = zip(paths, self.architecture.logits.values(), strict=True)
        made = [(drawn, gates_of(ops.convert_to_tensor(logits), drawn)) for drawn, logits in pairs]
        return [tensor for pair in made for tensor in pair]

    def _apply_to_alphas(self, gradients, *tensors):
        alphas = self._alphas
        slopes, paths = tensors[: len(alphas)], tensors[len(alphas) :]
        before = [ops.copy(alpha) for alpha in alphas]
        super()._apply_to_alphas(gradients, *slopes)
        if self.mode == "two":
            for alpha, old, pairs in zip(alphas, before, paths, strict=True):
                alpha.assign(rescaled(old, ops.convert_to_tensor(alpha), pairs))
