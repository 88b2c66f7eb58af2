"""Which revisions of a series hold equal weights: told by the hub's own file hashes, without a download, or by digests."""

import hashlib
import json
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from learning_geometry.materials.checkpoint_files import content_hash, weight_files
from learning_geometry.materials.hub_cache import CachedModel, listed_hashes, revision_names
from learning_geometry.materials.revisions import check_series, step_of

_SHA256 = re.compile(r"[0-9a-f]{64}")
_BLOCKS, _BLOCK = 32, 4096  # what is read of a file to see whether it can equal another one
_DAY = 24 * 3600.0


@dataclass(frozen=True)
class Weights:
    """The hashes of the weight files of a revision."""

    revision: str
    files: frozenset[str]


@dataclass(frozen=True)
class Equal:
    """Revisions that have `shared` of their weight files in common; the first of them has `of` files."""

    revisions: tuple[str, ...]
    shared: int
    of: int

    @property
    def steps(self) -> list[int]:
        """The different training steps that their names say."""
        return sorted({step for name in self.revisions if (step := step_of(name)) is not None})

    def __str__(self) -> str:
        part = "equal weights" if self.shared == self.of else f"{self.shared} of {self.of} weight files are equal"
        return f"{part}: {', '.join(self.revisions)}"


def all_revisions(model: str) -> list[str]:
    """The revisions of a model whose names say a step, in the order of training, and "main" where it exists.

    Raises:
        ValueError: there are none, or the hub knows no such model.
        ConnectionError: the hub cannot be reached.
    """
    if Path(model).is_dir():
        names = [entry.name for entry in Path(model).iterdir() if entry.is_dir()]
    else:
        check_series(model, ["main"])  # whether this can be a repository's name
        names = revision_names(model)
    steps = {name: step for name in names if (step := step_of(name)) is not None}
    ordered = sorted(steps, key=lambda name: (steps[name], name)) + [name for name in names if name == "main"]
    if not ordered:
        raise ValueError(f"{model} has no revision whose name says a step, such as step1000 or checkpoint-1000")
    return ordered


def weights_of(model: str, revisions: Sequence[str], *, listings: Path | None = None) -> list[Weights]:
    """The hashes of the weights of revisions, of which nothing is downloaded.

    `listings` is a folder that keeps the hub's answers for a day, so that a series whose checkpoints are measured one by one
    is asked for once.

    Raises:
        ValueError: as `check_series`; a revision holds no weights; or the hub knows no such model or revision.
        ConnectionError: the hub cannot be reached, and has not been asked lately.
    """
    check_series(model, revisions)
    if Path(model).is_dir():
        return _of_folders(Path(model), revisions)
    return [Weights(revision, _of_hub(model, revision, listings)) for revision in revisions]


def equal_weights(weights: Iterable[Weights]) -> list[Equal]:
    """The groups of revisions that share weight files, largest first."""
    series = list(weights)
    holders: dict[str, tuple[str, ...]] = {}
    for file in sorted({file for one in series for file in one.files}):
        holders[file] = tuple(one.revision for one in series if file in one.files)
    sizes = {one.revision: len(one.files) for one in series}
    groups = [names for names in dict.fromkeys(holders.values()) if len(names) > 1]
    shared = [Equal(names, list(holders.values()).count(names), sizes[names[0]]) for names in groups]
    return sorted(shared, key=lambda group: (-len(group.revisions), group.revisions))


def repeated_steps(
    model: str, revisions: Sequence[str], *, accept: bool = False, listings: Path | None = None
) -> list[Equal]:
    """The groups of revisions that have equal weights although their names say different steps.

    What the hub cannot be asked now, and the cache does not hold, is not compared.

    Raises:
        ValueError: there are such groups, and they are not accepted; or as `weights_of`.
    """
    if Path(model).is_dir():
        known = weights_of(model, revisions)
    else:
        known = []
        for revision in revisions:
            try:
                known += weights_of(model, [revision], listings=listings)
            except ConnectionError:
                continue
    groups = [group for group in equal_weights(known) if len(group.steps) > 1]
    if groups and not accept:
        more = f", and {len(groups) - 1} more such groups" if len(groups) > 1 else ""
        raise ValueError(
            f"{model} is no series: {groups[0]}{more}; leave out what is wrong (learning-geometry verify-series {model} shows "
            "all), or say accept_duplicates=true"
        )
    return groups


def _of_folders(folder: Path, revisions: Sequence[str]) -> list[Weights]:
    files = {revision: [folder / revision / name for name in _weights(folder / revision)] for revision in revisions}
    # Checkpoints of a series are equally large, but a glance tells most apart; only the others are read whole.
    glances = {file: _glance(file) for own in files.values() for file in own}
    seen = list(glances.values())
    hashes = {file: glance if seen.count(glance) == 1 else content_hash(file) for file, glance in glances.items()}
    return [Weights(revision, frozenset(hashes[file] for file in own)) for revision, own in files.items()]


def _weights(folder: Path) -> list[str]:
    names = weight_files(entry.name for entry in folder.iterdir())
    if not names:
        raise ValueError(f"{folder} holds no weights, such as model.safetensors; save that checkpoint anew")
    return names


def _glance(file: Path) -> str:
    size = file.stat().st_size
    total = hashlib.sha256(str(size).encode())
    with file.open("rb") as stream:
        for number in range(_BLOCKS):
            stream.seek(number * size // _BLOCKS)
            total.update(stream.read(_BLOCK))
    return "glance " + total.hexdigest()


def _of_hub(model: str, revision: str, listings: Path | None) -> frozenset[str]:
    cached = CachedModel(model, None)
    commit, _ = cached.look_up(revision)
    if commit is not None:
        # The client names what it downloads by its hash.
        blobs = [(cached.snapshot(commit) / name).resolve().name for name in _weights(cached.snapshot(commit))]
        if all(_SHA256.fullmatch(blob) for blob in blobs):
            return frozenset(blobs)
    if listings is None:
        return frozenset(listed_hashes(model, revision))
    listings.mkdir(parents=True, exist_ok=True)
    file = listings / f"{model.replace('/', '--')}.json"
    with FileLock(f"{file}.lock"):
        answers = json.loads(file.read_text()) if file.exists() else {}
        asked, hashes = answers.get(revision, (0.0, []))
        if time.time() - asked > _DAY:
            hashes = sorted(listed_hashes(model, revision))
            part = file.with_suffix(".part")
            part.write_text(json.dumps(answers | {revision: (time.time(), hashes)}))
            part.replace(file)
    return frozenset(hashes)
