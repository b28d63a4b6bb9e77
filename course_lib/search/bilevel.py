"""Two levels: weights learn on one half of the data, the architecture on the other.

Paper: Liu et al., DARTS, ICLR 2019, section 2.3, equations 5 to 8; of the first order also Liu et al.,
       Auto-DeepLab, CVPR 2019, section 4.1, and Zhang et al., IR-NAS, CVPR 2020.
Code:  quark0/darts, cnn/architect.py and train_search.py; hkzhang-git/HiNAS, one_stage_nas/engine.
Differs: the unrolled step goes where keras' SGD would go; after a change of the learning rate its momentum is
         that of the old rate, PyTorch's of the new one. Another optimiser's unrolled step is plain descent.
"""

import keras
import numpy as np
from keras import ops

from course_lib import checks
from course_lib.backend.gradients import compile_moves
from course_lib.search.demands import claim, demand_architecture, demand_finite
from course_lib.training import checkpoints

REACH = 0.01  # length of the step along which the second derivative is measured


class Bilevel:
    """A supernet and its architecture, each moved on its own batches.

    Batch norms use the statistics of their batch all the while.

    Args:
        supernet: keras.Model of [picture, one mixing matrix for each of the architecture's], in its order.
        architecture: architecture.Architecture.
        loss: function of (true, made) -> scalar.
        optimizers: (weights', architecture's) keras optimizers, used nowhere else and without weight decay.
        order: 1 takes the architecture's gradient at the weights as they are, 2 through one step of theirs.
        architecture_first: whether a round's step on the architecture comes before its steps on the weights.
        architecture_from: the first round, counted from 0, in which the architecture moves.
        weight_steps: steps on the weights in a round.
        decays: (weights', architecture's) L2 decay, added to the gradient as in PyTorch's optimisers.
        clip_norm: largest global norm of the weights' gradient, before the decay; None leaves it alone.

    Raises:
        TypeError: `loss` cannot be called, or something is no keras model, layer or optimizer.
        ValueError: a number outside its range, a supernet whose inputs do not fit the architecture, logits
            that are not finite, or an optimizer that already moves other weights.
    """

    inputs_per_matrix = 1
    idle_decay = True  # whether weights without any gradient decay too

    def __init__(
        self,
        supernet,
        architecture,
        loss,
        optimizers,
        order=1,
        architecture_first=True,
        architecture_from=0,
        weight_steps=1,
        decays=(0.0, 0.0),
        clip_norm=None,
    ):
        checks.one_of("Bilevel", "orders", order, (1, 2))
        checks.at_least("Bilevel", "architecture_from", architecture_from, 0)
        checks.at_least("Bilevel", "weight_steps", weight_steps, 1)
        for decay in decays:
            checks.at_least("Bilevel", "decays", decay, 0)
        if clip_norm is not None:
            checks.above("Bilevel", "clip_norm", clip_norm, 0)
        if not callable(loss):
            raise TypeError(f"Bilevel needs a function of (true, made) as loss; received {loss!r}.")
        demand_architecture("Bilevel", supernet, architecture, self.inputs_per_matrix)
        self.supernet, self.architecture, self.loss = supernet, architecture, loss
        self.optimizer, self.architecture_optimizer = optimizers
        self.order, self.architecture_first = order, architecture_first
        self.architecture_from, self.weight_steps = architecture_from, weight_steps
        self.decays, self.clip_norm = decays, clip_norm
        self._weights, self._alphas = supernet.trainable_variables, architecture.trainable_variables
        claim("Bilevel", self.optimizer, self._weights)
        claim("Bilevel", self.architecture_optimizer, self._alphas)
        self._compile()
        # Ordinary callbacks ask the model that they watch for its optimiser.
        supernet.compile(self.optimizer, jit_compile=False, auto_scale_loss=False)

    @property
    def model(self):
        """The supernet, for callbacks."""
        return self.supernet

    @property
    def batches_per_round(self):
        """How many batches `round` draws."""
        return self.weight_steps

    @property
    def rounds(self):
        """How many rounds have been played, in earlier runs too."""
        return int(ops.convert_to_numpy(self.optimizer.iterations)) // self.weight_steps

    def round(self, batches):
        """Play one round: a step on the architecture, once it moves, and the steps on the weights.

        Args:
            batches: iterator over (given, true, given_a, true_a): two arrays from the weights' half of the
                data and two from the architecture's; `batches_per_round` of them are drawn. The step on the
                architecture uses the batch beside it, the first or the last.

        Returns:
            dict from name to scalar tensor: "loss" of the last step on the weights and, once the architecture
            moves, "architecture_loss".

        Raises:
            FloatingPointError: a logit became NaN or infinite; its place and the round are named.
        """
        drawn = [[ops.convert_to_tensor(x) for x in next(batches)] for _ in range(self.weight_steps)]
        moves, logs = self.rounds >= self.architecture_from, {}
        if moves and self.architecture_first:
            logs["architecture_loss"] = self._architecture_step(drawn[0])
        for given, true, *_ in drawn:
            logs["loss"] = self.improve_weights(given, true)
        if moves and not self.architecture_first:
            logs["architecture_loss"] = self._architecture_step(drawn[-1])
        return logs

    def save_weights(self, path):
        """Write supernet, architecture and both optimisers into one file.

        Args:
            path: file ending in .weights.h5.
        """
        checkpoints.save_variables(self._variables(), path)

    def load_weights(self, path):
        """Read what `save_weights` wrote.

        Args:
            path: file ending in .weights.h5.

        Raises:
            ValueError: the file belongs to another search, or holds logits that are not finite.
        """
        checkpoints.load_variables(self._variables(), path)
        demand_finite("Bilevel", self.architecture.logits)

    def _architecture_step(self, batch):
        loss, _ = self.improve_architecture(*batch)
        try:
            demand_finite(f"Bilevel in round {self.rounds}", self.architecture.logits)
        except ValueError as error:
            raise FloatingPointError(str(error)) from None
        return loss

    def _variables(self):
        holders = {
            "supernet": self.supernet.variables,
            "architecture": self.architecture.variables,
            "optimizer": self.optimizer.variables,
            "architecture_optimizer": self.architecture_optimizer.variables,
        }
        return {f"{name}/{i}": v for name, variables in holders.items() for i, v in enumerate(variables)}

    def _mixing(self):
        """What the supernet takes beside the picture."""
        return self.architecture.softmax().values()

    def _loss(self, given, true, *paths):
        return self.loss(true, self.supernet([given, *self._mixing(*paths)], training=True))

    def _compile(self):
        everything = self._variables().values()
        self._move_alphas = compile_moves(self._apply_to_alphas, everything)
        if self.order == 1:
            self._descend = compile_moves(self._descent, everything)
            self._judge = compile_moves(self._judgement, everything)
            return
        # A supernet is long to compile. The second order asks for slopes four times: compiled once, for all.
        self._slopes = compile_moves(self._all_slopes, everything)
        self._move_weights = compile_moves(self._apply_to_weights, everything)
        self._unroll = compile_moves(self._unrolled, everything)
        self._shift = compile_moves(self._shifted, everything)

    def improve_weights(self, given, true):
        """Take one step on the weights.

        Args:
            given: (b, h, w, c) pictures of the weights' half.
            true: what they should become.

        Returns:
            scalar tensor, the loss before the step.
        """
        if self.order == 1:
            return self._descend(given, true)
        loss, slopes, _ = self._slopes(given, true)
        self._move_weights(*slopes)
        return loss

    def improve_architecture(self, given, true, given_a, true_a):
        """Take one step on the architecture.

        Args:
            given: (b, h, w, c) pictures of the weights' half.
            true: what they should become.
            given_a: pictures of the architecture's half.
            true_a: what they should become.

        Returns:
            (scalar tensor, the loss on the architecture's half, of the second order at the unrolled weights;
            list of tensors, the gradients of the logits, before decay).
        """
        if self.order == 1:
            loss, slopes = self._judge(given_a, true_a)
        else:
            loss, slopes = self._second_order(given, true, given_a, true_a)
        self._move_alphas(*slopes)
        return loss, slopes

    def _mixing(self):
        """What the supernet takes beside the picture."""
        return self.architecture.softmax().values()

    def _loss(self, given, true, *paths):
        return self.loss(true, self.supernet([given, *self._mixing(*paths)], training=True))

    def _second_order(self, given, true, given_a, true_a):
        here, rate = self._unroll(*self._slopes(given, true)[1])
        loss, direction, of_alphas = self._slopes(given_a, true_a)
        step = REACH / np.maximum(ops.convert_to_numpy(length(direction)), 1e-12)
        sides = []
        for signed in (step, -step, 0.0):
            self._shift(np.float32(signed), *here, *direction)
            if signed:
                sides.append(self._slopes(given, true)[2])
        through = [(plus - minus) / (2 * step) for plus, minus in zip(*sides, strict=True)]
        return loss, [g - rate * t for g, t in zip(of_alphas, through, strict=True)]

    # What follows is compiled.

    def _descent(self, gradients, given, true, *paths):
        loss, slopes = gradients(lambda: self._loss(given, true, *paths), self._weights)
        self._apply_to_weights(gradients, *slopes)
        return loss

    def _judgement(self, gradients, given_a, true_a, *paths):
        return gradients(lambda: self._loss(given_a, true_a, *paths), self._alphas)

    def _all_slopes(self, gradients, given, true):
        loss, found = gradients(lambda: self._loss(given, true), [*self._weights, *self._alphas])
        return loss, found[: len(self._weights)], found[len(self._weights) :]

    def _apply_to_weights(self, gradients, *slopes):
        if self.clip_norm is not None:
            factor = ops.minimum(1.0, self.clip_norm / (length(slopes) + 1e-6))
            slopes = [factor * slope for slope in slopes]
        slopes = decayed(slopes, self._weights, self.decays[0], self.idle_decay)
        self.optimizer.apply(slopes, self._weights)

    def _apply_to_alphas(self, gradients, *slopes):
        slopes = decayed(slopes, self._alphas, self.decays[1])
        self.architecture_optimizer.apply(slopes, self._alphas)

    def _unrolled(self, gradients, *slopes):
        """Move the weights as the optimiser would; returns what they were, and its rate."""
        here = [ops.copy(weight) for weight in self._weights]
        rate = ops.cast(self.optimizer.learning_rate, "float32")
        pull = self.optimizer.momentum if isinstance(self.optimizer, keras.optimizers.SGD) else 0.0
        slopes = decayed(slopes, self._weights, self.decays[0])
        for i, (weight, start, slope) in enumerate(zip(self._weights, here, slopes, strict=True)):
            # Keras keeps the last step, PyTorch the sum of slopes that the rate makes a step.
            kept = pull * ops.convert_to_tensor(self.optimizer.momentums[i]) if pull else 0.0
            weight.assign(start + kept - rate * slope)
        return here, rate

    def _shifted(self, gradients, step, *tensors):
        count = len(self._weights)
        for weight, start, direction in zip(self._weights, tensors[:count], tensors[count:], strict=True):
            weight.assign(start + step * direction)


def decayed(slopes, variables, decay, idle=True):
    """Add L2 decay to gradients.

    Args:
        slopes: list of tensors.
        variables: list of the variables they belong to.
        decay: factor of the variables; 0 changes nothing.
        idle: whether a variable whose gradient is zero everywhere decays too.

    Returns:
        list of tensors.
    """
    if not decay:
        return list(slopes)
    pulls = [decay * ops.convert_to_tensor(v) for v in variables]
    if not idle:
        pulls = [p * ops.cast(ops.any(s != 0), p.dtype) for p, s in zip(pulls, slopes, strict=True)]
    return [s + p for s, p in zip(slopes, pulls, strict=True)]


def length(tensors):
    """Measure the Euclidean length of all tensors as one vector.

    Args:
        tensors: list of tensors.

    Returns:
        scalar tensor.
    """
    return ops.sqrt(sum(ops.sum(ops.square(tensor)) for tensor in tensors))
