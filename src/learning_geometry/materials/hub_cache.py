"""The cache of the Hugging Face hub's client: what it holds, what is put into it, and what leaves it again."""

import difflib
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx2
from huggingface_hub import HfApi, constants, get_cached_repo_tree, scan_cache_dir, snapshot_download
from huggingface_hub.errors import (
    CachedRepoTreeNotFoundError,
    GatedRepoError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
    RevisionNotFoundError,
    XetDownloadError,
)
from huggingface_hub.file_download import repo_folder_name

from learning_geometry.materials.checkpoint_files import BrokenCheckpoint, fault_of, wanted, weight_files
from learning_geometry.materials.revisions import COMMIT, step_of

_GB = 10**9
_PATIENCE = 30.0  # seconds until the hub's answer to a question about a repository is given up


class DiskBudgetExceeded(RuntimeError):
    """A checkpoint that does not fit in the disk budget, or on the disk."""


class CachedModel:
    """A model of the hub and the folder that the client's cache keeps for it.

    `folder` has the client's layout: `refs/<revision>` names a commit, `snapshots/<commit>/` links to `blobs/`.
    `lock` is the file that guards it while something is downloaded or deleted.
    """

    def __init__(self, model: str, cache_dir: Path | None) -> None:
        cache = cache_dir if cache_dir is not None else Path(constants.HF_HUB_CACHE)
        self.model = model
        self.folder = cache.expanduser().resolve() / repo_folder_name(repo_id=model, repo_type="model")
        self.lock = self.folder.parent / ".locks" / self.folder.name / "learning-geometry.lock"

    def snapshot(self, commit: str) -> Path:
        """The folder of a commit's files."""
        return self.folder / "snapshots" / commit

    def mark(self, commit: str) -> Path:
        """The file that says of a snapshot that it was downloaded in order to be deleted after its use."""
        return self.folder / "learning-geometry" / commit

    def look_up(self, revision: str) -> tuple[str | None, str]:
        """The commit of a whole snapshot, without the network; or None, and what ails the one that is there."""
        commit = revision
        if not COMMIT.fullmatch(revision):
            ref = self.folder / "refs" / revision
            commit = ref.read_text().strip() if ref.is_file() else ""
        if not commit or not self.snapshot(commit).is_dir():
            return None, ""
        sizes: dict[str, int] = {}
        with suppress(CachedRepoTreeNotFoundError):
            listing = get_cached_repo_tree(self.model, revision=commit, cache_dir=self.folder.parent)
            sizes = {file.path: file.size for file in listing}
        fault = fault_of(self.snapshot(commit), sizes)
        return (None, f"{self.snapshot(commit)}: {fault}") if fault else (commit, "")

    def download(self, revision: str, *, disk_budget_gb: float, to_be_deleted: bool) -> str:
        """Download a revision, or what its snapshot lacks, and return its commit."""
        with _explained(self.model, revision):
            info = HfApi().model_info(self.model, revision=revision, files_metadata=True, timeout=_PATIENCE)
        commit = str(info.sha)
        announced = {file.rfilename: file.size or 0 for file in info.siblings or []}
        sizes = {name: announced[name] for name in wanted(announced)}
        snapshot = self.snapshot(commit)
        needed = sum(size for name, size in sizes.items() if not (snapshot / name).is_file())
        self._check_disk(revision, needed, disk_budget_gb)
        if to_be_deleted and not snapshot.exists():
            # Marked before, so that a run that is killed leaves behind only what the next one may delete.
            self.mark(commit).parent.mkdir(parents=True, exist_ok=True)
            self.mark(commit).touch()
        with _explained(self.model, revision):
            snapshot_download(self.model, revision=commit, allow_patterns=list(sizes), cache_dir=self.folder.parent)
        # The client may return a snapshot that an interruption left half-empty.
        fault = fault_of(snapshot, sizes)
        if fault:
            raise BrokenCheckpoint(
                f"{snapshot}: {fault}, and downloading did not repair it: delete that file and run again"
            )
        if revision != commit:
            ref = self.folder / "refs" / revision
            ref.parent.mkdir(parents=True, exist_ok=True)
            ref.write_text(commit)
        return commit

    def delete(self, commit: str) -> None:
        """Delete a snapshot and the blobs that no other one links to; warn if that fails."""
        fault = "the cache is damaged"
        try:
            cache = scan_cache_dir(self.folder.parent)
            # Copies of a repository share its commits: look at no other.
            repos = frozenset(repo for repo in cache.repos if repo.repo_path == self.folder)
            if repos:
                replace(cache, repos=repos).delete_revisions(commit).execute()
        except OSError as error:
            fault = str(error)
        if self.snapshot(commit).exists():
            # No error: the measurement that the checkpoint was for is finished, and must not be lost.
            warnings.warn(f"{self.snapshot(commit)} could not be deleted ({fault}); delete it by hand", stacklevel=2)
        else:
            self.mark(commit).unlink(missing_ok=True)

    def _check_disk(self, revision: str, needed: int, disk_budget_gb: float) -> None:
        # Links are followed and files counted once; what an interruption left unfinished is resumed, not added.
        files = (file for file in self.folder.rglob("*") if file.is_file() and file.suffix != ".incomplete")
        occupied = sum(blob.stat().st_size for blob in {file.resolve() for file in files})
        if needed + occupied > disk_budget_gb * _GB:
            raise DiskBudgetExceeded(
                f"{self.model} at {revision} takes {needed / _GB:.3g} GB more and its cached revisions take "
                f"{occupied / _GB:.3g} GB already, together over the budget of {disk_budget_gb:g} GB: raise the budget, "
                "delete revisions with `hf cache`, or have each deleted after its use"
            )
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.folder.parent).free
        if needed > free:
            raise DiskBudgetExceeded(
                f"{self.model} at {revision} takes {needed / _GB:.3g} GB, but {self.folder.parent} has only "
                f"{free / _GB:.3g} GB left: free some, or set HF_HOME to a folder on a larger disk"
            )


def revision_names(model: str) -> list[str]:
    """The names of all branches and tags of a model on the hub, in no particular order."""
    with _explained(model, "any revision"):
        return _names(model)


def listed_hashes(model: str, revision: str) -> set[str]:
    """The hashes of a revision's weight files as the hub lists them; nothing is downloaded.

    Raises:
        ValueError: the hub knows no such model or revision, or it holds no weights.
        ConnectionError: the hub cannot be reached.
    """
    with _explained(model, revision):
        info = HfApi().model_info(model, revision=revision, files_metadata=True, timeout=_PATIENCE)
    files = {file.rfilename: file for file in info.siblings or []}
    names = weight_files(files)
    if not names:
        raise ValueError(
            f"{model} at {revision} holds no weights; look at {constants.ENDPOINT}/{model}/tree/{revision}"
        )
    large = {name: files[name].lfs for name in names}
    return {str(files[name].blob_id if lfs is None else lfs.sha256) for name, lfs in large.items()}


@contextmanager
def _explained(model: str, revision: str) -> Iterator[None]:
    """Give the hub's errors the remedy that they lack."""
    try:
        yield
    except GatedRepoError as error:
        raise PermissionError(
            f"{model} is gated: accept the terms on {constants.ENDPOINT}/{model}, then set HF_TOKEN to a token of yours"
        ) from error
    except RevisionNotFoundError as error:
        raise ValueError(f"{model} has no revision {revision!r}{_existing(model, revision)}") from error
    except RepositoryNotFoundError as error:
        raise ValueError(
            f"the Hugging Face hub has no model {model!r}, or not for you: look for a misspelling, or set HF_TOKEN if "
            "it is private"
        ) from error
    except (httpx2.HTTPError, ConnectionError, TimeoutError, LocalEntryNotFoundError, XetDownloadError) as error:
        raise ConnectionError(
            f"{model} at {revision} is not in the cache, or not whole, and the hub cannot be reached: connect once (and "
            f"unset HF_HUB_OFFLINE), or pass a folder of checkpoints as the model ({type(error).__name__}: {error})"
        ) from error


def _existing(model: str, revision: str) -> str:
    with suppress(OSError, httpx2.HTTPError):
        names = _names(model)
        step = step_of(revision)
        if step is None:
            near = difflib.get_close_matches(revision, names, n=4, cutoff=0)
        else:
            near = sorted(names, key=lambda name: abs((step_of(name) or 0) - step))[:4]
        return f"; it has {len(names)}, {', '.join(near)} among them" if near else "; it has none"
    return ""


def _names(model: str) -> list[str]:
    refs = HfApi().list_repo_refs(model)
    return [ref.name for ref in [*refs.branches, *refs.tags]]
