"""Revisions of a pretraining run: which there can be, and what their names say."""

import re
from collections.abc import Sequence
from pathlib import Path

COMMIT = re.compile(r"[0-9a-f]{40}")
"""A commit of the hub, in full."""

_STEP = re.compile(r"(?:stage1-)?step(\d+)(?:-tokens(\d+)B)?")


def step_of(revision: str) -> int | None:
    """The training step that a revision's name says: "step1000", "step1000-tokens3B" or "stage1-step1000-tokens3B".

    None where the name says no step ("main"), and in later stages ("stage2-..."), which count from zero again.
    """
    found = _STEP.fullmatch(revision)
    return int(found[1]) if found else None


def tokens_seen(revision: str) -> int | None:
    """The tokens trained on until a revision whose name says so, as in "stage1-step10000-tokens21B"; otherwise None.

    Names give whole billions, so that the first of them are coarse.
    """
    found = _STEP.fullmatch(revision)
    return int(found[2]) * 10**9 if found and found[2] else None


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
        (entry.name for entry in folder.iterdir() if entry.is_dir()), key=lambda name: (step_of(name) or 0, name)
    )
    lacking = [revision for revision in revisions if revision not in there]
    if lacking:
        held = f"it holds {', '.join(there)}" if there else f"put one checkpoint in {folder / lacking[0]}"
        raise ValueError(f"{folder} has no folder {', '.join(map(repr, lacking))}; {held}")
