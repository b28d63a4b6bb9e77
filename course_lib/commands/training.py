"""`course train` and `course evaluate`: from a name to a run folder, from a run folder to a card."""

import csv
import dataclasses
import json
import pathlib

import typer

from course_lib.commands import reporting


def train(
    name: str = typer.Argument(help="Experiment, see: course list."),
    output: pathlib.Path = typer.Option(None, "--output", "-o", help="Run folder; runs/NAME if not given."),
    resume: bool = typer.Option(False, "--resume", help="Go on from the newest whole checkpoint."),
    steps: int = typer.Option(None, help="Optimiser steps, instead of the recipe's."),
    checkpoint_every: int = typer.Option(None, help="Steps between checkpoints; must divide the steps."),
    seed: int = typer.Option(None, help="Seed of weights and batches."),
    precision: str = typer.Option(None, help="float32 or mixed_bfloat16."),
    data: pathlib.Path = typer.Option(None, help="Folder of the data set, where the experiment needs one."),
    start_from: pathlib.Path = typer.Option(
        None, "--from", help="Finished run folder whose weights begin this run; for duels."
    ),
    features: str = typer.Option(
        None, help="imagenet or random: weights of the perceptual loss, instead of the recipe's; for duels."
    ),
    tensorboard: bool = typer.Option(False, "--tensorboard", help="Log for TensorBoard, too."),
):
    """Train an experiment into a run folder; a killed run goes on with --resume to the same result."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import recipes
        from course_lib.training import runs
    experiment = recipes.find(name)
    folder = output or pathlib.Path("runs") / name
    if resume:
        experiment = experiment.with_settings(runs.Run(folder).recipe())
    experiment = _with_places(experiment, data, start_from)
    if features is not None:
        experiment = _with_features(experiment, features)
    asked = {"steps": steps, "checkpoint_every": checkpoint_every, "seed": seed, "precision": precision}
    changes = {key: value for key, value in asked.items() if value is not None}
    if "steps" in changes:
        changes.setdefault("checkpoint_every", min(steps, experiment.training.checkpoint_every))
        if hasattr(experiment.training, "warmup"):
            changes["warmup"] = min(steps, experiment.training.warmup)
    experiment = dataclasses.replace(experiment, training=dataclasses.replace(experiment.training, **changes))
    typer.echo(machine.describe())
    typer.echo(f"{name} into {folder}: {experiment.expect}")
    callbacks = [_tensorboard(folder)] if tensorboard else []
    experiment.trainer(experiment, folder, resume=resume, say=typer.echo, callbacks=callbacks)
    typer.echo(f"Done. Weights: {folder / 'final.weights.h5'}. Score them: course evaluate {folder}")


def _with_places(experiment, data, start_from):
    changes = {}
    if data is not None:
        changes["folder"] = str(data)
    if start_from is not None:
        if not hasattr(experiment, "start_from"):
            raise ValueError(f"{experiment.name} is no duel and cannot begin --from another run.")
        changes["start_from"] = str(start_from)
    return dataclasses.replace(experiment, **changes)


def _with_features(experiment, features):
    rules = getattr(experiment, "rules", None)
    if not hasattr(rules, "content"):
        raise ValueError(f"{experiment.name} has no perceptual loss; leave --features out.")
    content = dataclasses.replace(rules.content, weights=features)
    return dataclasses.replace(experiment, rules=dataclasses.replace(rules, content=content))


def _tensorboard(folder):
    import importlib.util

    if importlib.util.find_spec("tensorboard") is None or importlib.util.find_spec("tensorflow") is None:
        raise ValueError(
            "--tensorboard needs the packages tensorflow and tensorboard: pip install tensorboard."
        )
    import keras

    return keras.callbacks.TensorBoard(str(folder / "tensorboard"))


def evaluate(
    run: pathlib.Path = typer.Argument(help="Run folder."),
    split: str = typer.Option("test", help="validation or test."),
    weights: str = typer.Option("final", help="final or best."),
    publish: str = typer.Option(None, help="Also write weights and card under this name into --into."),
    into: pathlib.Path = typer.Option(pathlib.Path("course_lib/pretrained"), help="Folder for --publish."),
    realism: bool = typer.Option(True, help="Whether PIQE and Frechet distances are taken, too."),
):
    """Score a run on held-out pictures: card.json and scores.csv in the run folder."""
    from course_lib.backend import machine

    with machine.quiet_native_logs():
        from course_lib import checks
        from course_lib.training import evaluation, runs
    checks.one_of("course evaluate", "weights", weights, ("final", "best"))
    checks.one_of("course evaluate", "splits", split, ("validation", "test"))
    experiment, model = load_run(run, weights)
    card = evaluation.evaluate(model, experiment, split, realism=realism)
    rows = runs.Run(run).rows()
    environment = json.loads((run / "environment.json").read_text())
    card["training"] = {"seconds": rows[-1]["seconds"] if rows else None, "environment": environment}
    card["recipe"] = experiment.to_plain()
    card["chosen"] = {
        "final": "averaged weights of the last step",
        "best": "averaged weights of the step with the highest PSNR on the validation split",
    }[weights]
    if publish:
        _publish(model, card, publish, into)
    (run / "card.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    with open(run / "scores.csv", "w", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(card["rows"][0]))
        writer.writeheader()
        writer.writerows(card["rows"])
    for line in reporting.lines(card):
        typer.echo(line)
    typer.echo(f"  Card: {run / 'card.json'}")


def load_run(folder, weights="final"):
    """Rebuild a run's network with its averaged weights.

    Args:
        folder: run folder.
        weights: "final" or "best".

    Returns:
        (Experiment, keras.Model).

    Raises:
        FileNotFoundError: no run, or one that has not come so far.
        ValueError: a recipe of an unknown experiment, or damaged weights.
    """
    from course_lib import recipes
    from course_lib.training import runs
    from course_lib.training.duel_recipe import DuelExperiment

    stored = runs.Run(folder).recipe()
    experiment = recipes.find(stored.get("name")).with_settings(stored)
    path = pathlib.Path(folder) / f"{weights}.weights.h5"
    again = f"course train {stored['name']} -o {folder} --resume"
    duels = isinstance(experiment, DuelExperiment)
    if duels and weights == "best":
        raise FileNotFoundError(
            f"{folder} is a duel and keeps no best weights: the highest PSNR is not what it plays for. "
            f"Take --weights final."
        )
    if not path.is_file():
        raise FileNotFoundError(f"{folder} has no {weights} weights yet. Finish it: {again}.")
    model = experiment.build(experiment.network)
    try:
        model.load_weights(path)
    except (OSError, KeyError) as error:
        raise ValueError(
            f"{path} is damaged ({error}). Write the final weights again: {again}"
            + ("." if duels or weights == "best" else "; or take other weights: --weights best.")
        ) from None
    return experiment, model


def _publish(model, card, name, into):
    import hashlib

    from course_lib.training import runs

    path = pathlib.Path(into) / f"{name}.weights.h5"
    runs.save_weights(model, path)
    data = path.read_bytes()
    card["weights"] = {
        "file": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "parameters": model.count_params(),
    }
    (pathlib.Path(into) / f"{name}.json").write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n")
    typer.echo(f"Published {path} ({len(data):,} bytes).")
