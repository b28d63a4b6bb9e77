"""Two networks that train against each other: the critic moves k times, the generator once."""

from keras import ops

from course_lib import checks
from course_lib.backend.forward import compile_forward
from course_lib.backend.updates import compile_update
from course_lib.training import checkpoints


class Duel:
    """A generator and its critic, each with its own loss and optimiser.

    Args:
        generator: built keras model from the first tensor of a batch to a picture; its `optimizer` is set.
        critic: built keras model or layer that judges pictures.
        generator_loss: called with the tensors of a batch; returns (scalar, dict of scalars to log).
        critic_loss: called with the generator's picture, cut off from its gradient, and then the tensors of
            the batch; returns (scalar, dict of scalars to log).
        optimizers: (generator's, critic's) keras optimizers, used nowhere else.
        critic_steps: updates of the critic for each update of the generator.
        fresh: whether each update of the critic gets a batch of its own; otherwise all of a round share one
            batch and one generated picture.
        reads: list of further built layers that the losses call, such as a feature network.

    Raises:
        ValueError: `critic_steps` below 1, or layers that `compile_update` refuses.
    """

    def __init__(
        self, generator, critic, generator_loss, critic_loss, optimizers, critic_steps=1, fresh=True, reads=()
    ):
        checks.at_least("Duel", "critic_steps", critic_steps, 1)
        self.generator, self.critic = generator, critic
        self.critic_steps, self.fresh = critic_steps, fresh
        self.optimizer, self.critic_optimizer = optimizers
        self.reads = reads = list(reads)
        self.improve_generator = compile_update(generator_loss, [generator], [critic, *reads], optimizers[0])
        self.improve_critic = compile_update(critic_loss, [critic], [generator, *reads], optimizers[1])
        # Ordinary callbacks ask the model that they watch for its optimiser.
        generator.compile(optimizers[0], jit_compile=False, auto_scale_loss=False)
        self.generate = compile_forward(lambda *batch: generator(batch[0], training=True), [generator])

    @property
    def batches_per_round(self):
        """How many batches `round` draws."""
        return self.critic_steps if self.fresh else 1

    def round(self, batches):
        """Play one round: the critic's updates, then the generator's, on the round's last batch.

        Args:
            batches: iterator over tuples of float32 arrays; `batches_per_round` of them are drawn.

        Returns:
            dict from name to scalar tensor: the logs of the last critic update and of the generator's.
        """
        critic_logs = {}
        for update in range(self.critic_steps):
            if update == 0 or self.fresh:
                batch = [ops.convert_to_tensor(x) for x in next(batches)]
                fake = self.generate(*batch)
            _, critic_logs = self.improve_critic(fake, *batch)
        _, generator_logs = self.improve_generator(*batch)
        return {**critic_logs, **generator_logs}

    def save_weights(self, path):
        """Write both networks, both optimisers and the seeds of `reads` into one file.

        Args:
            path: file ending in .weights.h5.
        """
        checkpoints.save_variables(self._variables(), path)

    def load_weights(self, path):
        """Read what `save_weights` wrote.

        Args:
            path: file ending in .weights.h5.

        Raises:
            ValueError: the file belongs to other networks.
        """
        checkpoints.load_variables(self._variables(), path)

    def _variables(self):
        holders = {
            "generator": self.generator.variables,
            "critic": self.critic.variables,
            "generator_optimizer": self.optimizer.variables,
            "critic_optimizer": self.critic_optimizer.variables,
            "seeds": [v for layer in self.reads for v in _states(layer)],
        }
        return {f"{name}/{i}": v for name, variables in holders.items() for i, v in enumerate(variables)}


def _states(layer):
    # What a layer holds beside its weights, such as the seed of a penalty; frozen weights need no file.
    weights = {id(v) for v in layer.weights}
    return [v for v in layer.variables if id(v) not in weights]
