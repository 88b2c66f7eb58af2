"""Revisions of a pretraining run: which there can be, and what their names say."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from learning_geometry.materials.leftovers import is_leftover

COMMIT = re.compile(r"[0-9a-f]{40}")
"""A commit of the hub, in full."""

_STEP = re.compile(r"(?:stage1-)?(?:global_)?step_?(\d+)(?:-tokens(\d+)B)?|checkpoint[-_](\d+)")
_NO_STEPS: Mapping[str, int] = {}


def step_of(revision: str) -> int | None:
    """The training step that a revision's name says: "step1000", "step1000-tokens3B" or "stage1-step1000-tokens3B".

    So do "checkpoint-1000", as the Trainer of transformers writes it, "step_1000" and "global_step1000". None where the name
    says no step ("main"), and in later stages ("stage2-..."), which count from zero again.
    """
    found = _STEP.fullmatch(revision)
    return int(found[1] or found[3]) if found else None


def tokens_seen(revision: str) -> int | None:
    """The tokens trained on until a revision whose name says so, as in "stage1-step10000-tokens21B"; otherwise None.

    Names give whole billions, so that the first of them are coarse.
    """
    found = _STEP.fullmatch(revision)
    return int(found[2]) * 10**9 if found and found[2] else None


def steps_of(model: str, revisions: Sequence[str], given: Mapping[str, int] = _NO_STEPS) -> dict[str, int]:
    """The training step of each revision: the one given for its name, or that which the name says.

    Raises:
        ValueError: a name says no step and none is given, a step is negative, or two revisions have the same.
    """
    steps: dict[str, int] = {}
    for revision in revisions:
        step = given.get(revision, step_of(revision))
        if step is None:
            raise ValueError(
                f"{model!r}: the name {revision!r} says no training step, as checkpoint-500, step500 or step500-tokens1B do; "
                f"rename it, or give its step, as in {{{revision}: 500}}"
            )
        if step < 0:
            raise ValueError(f"{model!r}: the step of {revision!r} is {step}; steps count from 0")
        if step in steps.values():
            twin = next(name for name, other in steps.items() if other == step)
            raise ValueError(f"{model!r}: {twin!r} and {revision!r} are both step {step}; leave one of them out")
        steps[revision] = step
    return steps


def check_series(model: str, revisions: Sequence[str]) -> None:
    """Check, without the network and before any work, that these can be revisions of this model.

    `model` is a repository of the hub, "EleutherAI/pythia-160m", or a folder that holds a folder for each revision.

    Raises:
        ValueError: the model is neither a folder nor well-formed as a repository's name, there are no revisions, one
            is there twice or empty, or a local folder lacks one.
    """
    if not revisions:
        raise ValueError(f"{model!r} needs at least one revision, for example 'step1000'; none was given")
    twice = sorted({revision for revision in revisions if list(revisions).count(revision) > 1})
    if twice:
        raise ValueError(f"{model!r} is asked twice for {', '.join(map(repr, twice))}; name each revision once")
    if not all(revisions):
        raise ValueError(f"{model!r} has no revision ''; name a step, for example 'step1000'")
    if model and Path(model).is_dir():
        _check_folder(Path(model), revisions)
        return
    from huggingface_hub.file_download import repo_folder_name  # half a second that only series of the hub cost

    try:
        repo_folder_name(repo_id=model, repo_type="model")
    except ValueError as error:
        raise ValueError(
            f"{model!r} is neither a folder nor the name of a repository of the Hugging Face hub, such as "
            f"'EleutherAI/pythia-160m': {error}"
        ) from None


def _check_folder(folder: Path, revisions: Sequence[str]) -> None:
    there = sorted(
        (entry.name for entry in folder.iterdir() if entry.is_dir() and not is_leftover(entry.name)),
        key=lambda name: (step_of(name) or 0, name),
    )
    lacking = [revision for revision in revisions if revision not in there]
    if lacking:
        held = f"it holds {', '.join(there)}" if there else f"put one checkpoint in {folder / lacking[0]}"
        raise ValueError(f"{folder} has no folder {', '.join(map(repr, lacking))}; {held}")
