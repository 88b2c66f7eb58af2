"""Tiny random language models in the format of Hugging Face, and a hub's cache that holds them.

`save_series` writes a local series, `fake_hub` lays revisions out as the hub's client does; nothing is downloaded.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
from transformers import (
    GPTNeoXConfig,
    GPTNeoXForCausalLM,
    Olmo2Config,
    Olmo2ForCausalLM,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

END = "<|endoftext|>"
START = "<|start|>"


def tiny_tokenizer(*, start: bool = False, end: bool = False) -> PreTrainedTokenizerFast:
    """One token a byte, 0 to 255, then END and START; adds START before and END after a text where asked to."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate(alphabet)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens([END, START])
    if start or end:
        template = f"{START if start else ''} $A {END if end else ''}".strip()
        special = [(token, backend.token_to_id(token)) for token in (END, START)]
        backend.post_processor = processors.TemplateProcessing(single=template, special_tokens=special)
    return PreTrainedTokenizerFast(tokenizer_object=backend, eos_token=END, bos_token=START, pad_token=END)


def tiny_model(family: str = "gpt_neox", *, seed: int = 0, width: int = 16, layers: int = 2) -> PreTrainedModel:
    """A random model of 258 tokens and 64 positions, of the family "gpt_neox" or "olmo2"."""
    shape = {
        "vocab_size": 258,
        "hidden_size": width,
        "num_hidden_layers": layers,
        "num_attention_heads": 2,
        "intermediate_size": 2 * width,
        "max_position_embeddings": 64,
        "bos_token_id": 257,
        "eos_token_id": 256,
        "pad_token_id": 256,
    }
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        if family == "gpt_neox":
            return GPTNeoXForCausalLM(GPTNeoXConfig(**shape)).eval()
        assert family == "olmo2", family
        return Olmo2ForCausalLM(Olmo2Config(**shape, num_key_value_heads=2)).eval()


def save_checkpoint(folder: Path, family: str = "gpt_neox", *, seed: int = 0, shard_size: str = "1GB") -> Path:
    """Write a tiny model and its tokenizer as one checkpoint; a small `shard_size`, "20KB", gives several shards."""
    tiny_model(family, seed=seed).save_pretrained(folder, max_shard_size=shard_size)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def save_series(folder: Path, family: str = "gpt_neox", *, revisions: Sequence[str] = ("step0", "step512")) -> Path:
    """Write a local series, a folder for each revision, whose weights differ."""
    for seed, revision in enumerate(revisions):
        save_checkpoint(folder / revision, family, seed=seed)
    return folder


def fake_hub(
    cache: Path, repository: str, checkpoints: Mapping[str, Path], *, listings: bool = False
) -> dict[str, str]:
    """Put checkpoints into a cache as the hub's client does, and return the commit of each revision.

    Equal files of different revisions share one blob. `listings` are the client's notes of what a commit consists of,
    which it writes before it downloads.
    """
    storage = storage_of(cache, repository)
    commits = {}
    for revision, folder in checkpoints.items():
        commit = hashlib.sha1(f"{repository}@{revision}".encode()).hexdigest()
        commits[revision] = commit
        fetch(storage, commit, folder)
        (storage / "refs").mkdir(exist_ok=True)
        (storage / "refs" / revision).write_text(commit)
        if listings:
            files = {file.name: {"size": file.stat().st_size, "blob_id": "0" * 40} for file in folder.iterdir()}
            (storage / "trees").mkdir(exist_ok=True)
            (storage / "trees" / f"{commit}.json").write_text(json.dumps({"format_version": 1, "files": files}))
    return commits


def fetch(storage: Path, commit: str, folder: Path) -> Path:
    """Put the files of a folder into a cached repository, as the snapshot of a commit."""
    snapshot = storage / "snapshots" / commit
    snapshot.mkdir(parents=True, exist_ok=True)
    (storage / "blobs").mkdir(exist_ok=True)
    for file in folder.iterdir():
        blob = storage / "blobs" / hashlib.sha256(file.read_bytes()).hexdigest()
        if not blob.exists():
            shutil.copyfile(file, blob)
        if not (snapshot / file.name).exists():
            (snapshot / file.name).symlink_to(Path("../../blobs") / blob.name)
    return snapshot


def storage_of(cache: Path, repository: str) -> Path:
    """The folder of a cached model."""
    return cache / f"models--{repository.replace('/', '--')}"
