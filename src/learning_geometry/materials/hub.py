"""Checkpoints of a pretraining run: revisions on the Hugging Face hub, or folders on this machine."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from learning_geometry.materials.checkpoint_files import BrokenCheckpoint, digest, digest_of_weights, fault_of
from learning_geometry.materials.hub_cache import CachedModel, DiskBudgetExceeded, revision_names
from learning_geometry.materials.revisions import check_series, step_of, tokens_seen

__all__ = [
    "BrokenCheckpoint",
    "Checkpoint",
    "DiskBudgetExceeded",
    "check_series",
    "checkpoint",
    "load_model",
    "load_tokenizer",
    "revisions",
    "step_of",
    "tokens_seen",
]


@dataclass(frozen=True)
class Checkpoint:
    """A complete checkpoint on this machine's disk.

    `model` and `revision` are the names it was asked for by. `commit`, 40 hexadecimal digits, says what it is: the
    hub's commit, or the SHA-256 of a local checkpoint's files. `folder` holds them in the format of Hugging Face.
    """

    model: str
    revision: str
    commit: str
    folder: Path

    @property
    def weights(self) -> str:
        """The first 40 hexadecimal digits of the SHA-256 over the contents of its weight files: equal if these are."""
        return digest_of_weights(self.folder)


def revisions(model: str) -> list[str]:
    """The revisions of a model on the hub whose names say a training step, in the order of training.

    Raises:
        ValueError: the hub knows no such model.
        ConnectionError: the hub cannot be reached.
    """
    steps = {name: step_of(name) for name in revision_names(model)}
    return sorted((name for name, step in steps.items() if step is not None), key=lambda name: (steps[name] or 0, name))


@contextmanager
def checkpoint(
    model: str, revision: str, *, disk_budget_gb: float, delete_after: bool, cache_dir: Path | None = None
) -> Iterator[Checkpoint]:
    """A checkpoint for the duration of a with-block: from a local folder, the hub's cache, or the hub itself.

    What the cache holds whole is used as it is, without the network: a branch is not looked up again. Otherwise
    configuration, tokenizer and weights are downloaded, as safetensors where there are any. `disk_budget_gb`, in 10^9
    bytes, is what all cached revisions of this model may occupy together.
    With `delete_after` the checkpoint leaves the cache after the block, even after an error; files that other
    revisions share stay, and so does what was in the cache before, unless it was downloaded by an earlier run with
    `delete_after` that was killed. Two processes must not use the same revision at the same time with `delete_after`.
    `cache_dir` is by default that of `huggingface_hub`, whose environment variables (`HF_HOME`, `HF_HUB_OFFLINE`,
    `HF_TOKEN`) hold here as well.

    Raises:
        ValueError: as `check_series`; the budget is not positive; or the hub knows no such model or revision.
        ConnectionError: the checkpoint is not cached and the hub cannot be reached.
        PermissionError: the model is gated, and its terms are not accepted.
        BrokenCheckpoint: a file is lacking or cut short.
        DiskBudgetExceeded: the download would not fit in the budget, or on the disk.
    """
    check_series(model, [revision])
    if not disk_budget_gb > 0:
        raise ValueError(f"disk_budget_gb = {disk_budget_gb}; it must be positive")
    if Path(model).is_dir():
        yield _local(model, revision)
        return
    cached = CachedModel(model, cache_dir)
    commit = _obtain(cached, revision, disk_budget_gb, delete_after)
    if not delete_after:
        cached.mark(commit).unlink(missing_ok=True)
    try:
        yield Checkpoint(model, revision, commit, cached.snapshot(commit))
    finally:
        if cached.mark(commit).exists():
            with FileLock(cached.lock):
                cached.delete(commit)


def load_model(checkpoint: Checkpoint, *, device: str = "cpu", bfloat16: bool = False) -> PreTrainedModel:
    """The causal language model of a checkpoint, in float32 or bfloat16, ready to be evaluated.

    Raises:
        ValueError: the checkpoint is of no causal language model.
        BrokenCheckpoint: the files lack some of the model's weights, which would otherwise be random.
    """
    name = f"{checkpoint.model} at {checkpoint.revision}"
    try:
        model, report = AutoModelForCausalLM.from_pretrained(
            checkpoint.folder,
            local_files_only=True,
            dtype=torch.bfloat16 if bfloat16 else torch.float32,
            output_loading_info=True,
        )
    except (ValueError, KeyError, ImportError) as error:
        reason = str(error).strip().partition("\n")[0][:200]
        raise ValueError(
            f"{name} is no causal language model that this version of transformers knows ({reason}); pass a decoder-only one"
        ) from error
    missing = sorted(report["missing_keys"])
    if missing:
        raise BrokenCheckpoint(
            f"{name} lacks {len(missing)} weights, {missing[0]} among them: "
            f"{_misnamed(missing, report['unexpected_keys']) or 'its config.json describes another model than its weights'}; "
            f"look at {checkpoint.folder}"
        )
    return model.to(device).eval()


def _misnamed(missing: Sequence[str], unexpected: Iterable[str]) -> str:
    """What to do about weights that are all there under longer names, as wrappers of models save them."""
    for name in unexpected:
        prefix = next((name.removesuffix(lacking) for lacking in missing if name.endswith(lacking)), "")
        if prefix:
            wrapper = {
                "module.": "DistributedDataParallel: save model.module",
                "_orig_mod.": "torch.compile: save model._orig_mod",
                "_fsdp_wrapped_module.": "FSDP: save its full state",
            }.get(prefix, "some wrapper: save the model within")
            return f"they are named with {prefix!r} in front, as by {wrapper} with save_pretrained"
    return ""


def load_tokenizer(checkpoint: Checkpoint) -> PreTrainedTokenizerBase:
    """The tokenizer of a checkpoint.

    Raises:
        BrokenCheckpoint: the files hold no tokenizer, in whose place some models would get an empty one.
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(checkpoint.folder, local_files_only=True)
    except (OSError, ValueError):
        tokenizer = None
    if tokenizer is None or not tokenizer("a", add_special_tokens=False)["input_ids"]:
        raise BrokenCheckpoint(
            f"{checkpoint.model} at {checkpoint.revision} holds no tokenizer that can be read{_slow_only(checkpoint.folder)}; "
            f"save tokenizer.json and tokenizer_config.json beside the weights in {checkpoint.folder}"
        )
    return tokenizer


def _slow_only(folder: Path) -> str:
    pieces = next((entry.name for entry in sorted(folder.iterdir()) if entry.suffix == ".model"), "")
    if not pieces or (folder / "tokenizer.json").exists():
        return ""
    return f", only {pieces} of SentencePiece (convert it where `sentencepiece` is installed: AutoTokenizer's save_pretrained)"


def _local(model: str, revision: str) -> Checkpoint:
    folder = Path(model) / revision
    fault = fault_of(folder, {})
    if fault:
        raise BrokenCheckpoint(f"{folder}: {fault}; write that checkpoint anew")
    return Checkpoint(model, revision, digest(folder), folder)


def _obtain(cached: CachedModel, revision: str, disk_budget_gb: float, delete_after: bool) -> str:
    # Without the lock first: a whole snapshot may lie in a cache that cannot be written to.
    commit, _ = cached.look_up(revision)
    if commit is not None:
        return commit
    cached.lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(cached.lock):
        commit, fault = cached.look_up(revision)
        if commit is not None:
            return commit
        try:
            return cached.download(revision, disk_budget_gb=disk_budget_gb, to_be_deleted=delete_after)
        except ConnectionError as error:
            if not fault:
                raise
            raise BrokenCheckpoint(
                f"{fault}; the hub cannot be reached to repair it: connect and run again, or delete that folder"
            ) from error
