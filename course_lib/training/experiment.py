"""A named run: network, data, training, and what to expect of it."""

import dataclasses
import typing

from course_lib import serial


@dataclasses.dataclass(frozen=True, kw_only=True)
class Experiment:
    """What `course train NAME` trains: every setting, and the functions that turn settings into a run.

    The functions are not written to files; the name brings them back.

    Args:
        name: how the command line calls it.
        build: function from `network` to a keras.Model.
        network: recipe of the network.
        trainer: function (experiment, folder, resume, say, callbacks) -> keras.Model, such as
            `supervised.train`.
        training: the trainer's recipe, such as TrainingRecipe.
        data: name of what the pairs are made of, see `course_lib.data.catalogue`.
        expect: one sentence: what it is for, how long it takes, on what.
        degradation: DegradationRecipe that makes pairs of sharp pictures; None where the data holds pairs.
        folder: path of the data where it is not on every machine (`course train --data`), or None.
        taught: function from the network to one of the same weights that shows everything the loss compares
            with the target, pictures side by side in the channels; None where that is the answer alone.
    """

    FUNCTIONS: typing.ClassVar[tuple[str, ...]] = ("build", "trainer", "taught")

    name: str
    build: typing.Callable
    network: typing.Any
    trainer: typing.Callable
    training: typing.Any
    data: str
    expect: str
    degradation: typing.Any = None
    folder: str | None = None
    taught: typing.Callable | None = None

    def to_plain(self):
        """Give everything but the functions as dicts, lists, numbers and strings.

        Returns:
            dict ready for JSON.
        """
        plain = {}
        for field in self._settings():
            value = getattr(self, field)
            plain[field] = serial.to_plain(value) if dataclasses.is_dataclass(value) else value
        return plain

    def with_settings(self, plain):
        """Take the settings from `to_plain`'s dict, the functions from here.

        Args:
            plain: dict as written into a run folder.

        Returns:
            Experiment of the same class.

        Raises:
            ValueError: unknown settings, or another experiment's name.
        """
        if plain.get("name") != self.name:
            raise ValueError(f"these settings belong to {plain.get('name')!r}, not to {self.name!r}.")
        known = self._settings()
        if surplus := sorted(set(plain) - set(known)):
            raise ValueError(
                f"{type(self).__name__} has no setting {surplus[0]!r}. Settings: {', '.join(sorted(known))}."
            )
        changes = {}
        for field in set(plain) - {"name", "expect"}:
            ours = getattr(self, field)
            recipe = dataclasses.is_dataclass(ours) and plain[field] is not None
            changes[field] = serial.from_plain(type(ours), plain[field]) if recipe else plain[field]
        return dataclasses.replace(self, **changes)

    def as_begun(self, plain):
        """Take over what a run has decided on its way, such as an architecture that was searched.

        Args:
            plain: dict as written into a run folder.

        Returns:
            Experiment of the same class.
        """
        return self

    def told(self, folder):
        """Read what a run reports beside its history.

        Args:
            folder: run folder.

        Returns:
            dict from column to number.
        """
        return {}

    def _settings(self):
        return [field.name for field in dataclasses.fields(self) if field.name not in self.FUNCTIONS]
