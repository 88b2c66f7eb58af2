"""A small language model trained from scratch and traced, checkpoint by checkpoint, through the door for all series."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

from learning_geometry.instruments.ngrams import NGramCounts, SuffixArray
from learning_geometry.materials import python_corpus
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox, pretrain
from learning_geometry.materials.python_corpus import END, PythonCorpus
from learning_geometry.studies.llm_phases.curves import stacked
from learning_geometry.studies.llm_phases.tracing import Contexts, measure_checkpoint, measure_directions

_TOKEN_BUDGET = 16_384  # small models are bound by calls, not by memory
_LATE = 8  # evenly spaced checkpoints beside the log-spaced ones: compression is late


def measure(
    *,
    condition: str,
    seed: int,
    corpus: str,
    encoding: str,
    vocabulary: int,
    width: int,
    layers: int,
    heads: int,
    context: int,
    loss: str,
    steps: int,
    batch_size: int,
    learning_rate: float,
    weight_decay: float,
    checkpoints: int,
    probe_contexts: int,
    resamples: int,
    alpha_ranks: list[int],
    removed_directions: list[int],
    keep_checkpoints: str,
    device: str,
) -> dict[str, Any]:
    """Train a GPT-NeoX on Python source code and measure it at log-spaced steps, on contexts from held-out files.

    Each checkpoint holds averaged weights, is saved in the format of Hugging Face, and read back as any other series
    is. They go to `<keep_checkpoints>/<condition>-<seed>/step<n>`, or are deleted where that is empty. The result holds
    `steps` `(T,)` and, for each step, what `tracing.measure_checkpoint` measures; `tokens` seen by then; `corpus`, the
    text it was trained on; `directions`, at the end,
    as in `tracing.measure_directions`. Only the `reference` is compared with the n-grams of its training stream.

    Source: our operationalisation of section 3 at a size that a laptop trains.
    """
    text = python_corpus.load(vocabulary, encoding=encoding, folder=corpus)  # type: ignore[arg-type]
    contexts = _contexts(text, context, probe_contexts, with_ngrams=condition == "reference")
    at = spaced(steps, checkpoints)
    model = gpt_neox(Architecture(vocabulary, width, layers, heads, context), seed=seed).to(device)
    recipe = Recipe(loss, steps, batch_size, learning_rate, weight_decay)  # type: ignore[arg-type]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=text.tokenizer, eos_token=END)
    found = []
    with _series(keep_checkpoints, f"{condition}-{seed}") as series, _without_bars():
        for step, averaged in pretrain(model, text.train, recipe, checkpoints=at, seed=seed):
            averaged.save_pretrained(series / f"step{step}")
            tokenizer.save_pretrained(series / f"step{step}")
            with checkpoint(str(series), f"step{step}", disk_budget_gb=1.0, delete_after=False) as saved:
                read = load_model(saved, device=device)
            one = measure_checkpoint(
                read,
                contexts,
                ranks=(alpha_ranks[0], alpha_ranks[1]),
                removed=removed_directions,
                resamples=resamples,
                token_budget=_TOKEN_BUDGET,
                bfloat16=False,
            )
            found.append(one)
    carried = measure_directions(read, contexts, counts=removed_directions, token_budget=_TOKEN_BUDGET, bfloat16=False)
    return {
        "condition": condition,
        "steps": np.array(at),
        "tokens": np.array(at) * batch_size * context,
        "parameters": sum(weights.numel() for weights in model.parameters()),
        "corpus": text.source | {"tokens": len(text.train), "held_out_tokens": len(text.held_out)},
        "directions": carried,
        **stacked(found),
    }


def spaced(steps: int, count: int) -> list[int]:
    """Step 0, `count` or fewer log-spaced ones from 5 on, and eight evenly spaced ones in the last three quarters."""
    early = np.geomspace(min(5, steps), steps, count).round().astype(int)
    late = np.linspace(steps / 4, steps, _LATE).round().astype(int)
    return [0, *np.union1d(early, late).tolist()]


def _contexts(text: PythonCorpus, length: int, count: int, *, with_ngrams: bool) -> Contexts:
    """Windows of held-out files at fixed places, the same for every seed and condition of a vocabulary."""
    possible = len(text.held_out) - length
    if not 0 < count <= possible:
        raise ValueError(
            f"probe_contexts = {count}, but the held-out files have room for 1 to {possible}; ask for fewer"
        )
    starts = np.sort(np.random.default_rng(0).choice(possible, size=count, replace=False))
    windows: NDArray[np.int64] = text.held_out[starts[:, None] + np.arange(length + 1)].astype(np.int64)
    tokens, following = windows[:, :-1], windows[:, -1]
    if not with_ngrams:
        return Contexts(list(tokens), following)
    infinigram = SuffixArray(text.train).infinigram(tokens, following)
    bigram = NGramCounts(text.train, 2).most_frequent_next(tokens[:, -1:])
    return Contexts(list(tokens), following, infinigram, bigram)


@contextmanager
def _series(keep: str, name: str) -> Iterator[Path]:
    """The folder of a series of checkpoints: temporary, or one that appears only when the series is complete."""
    if keep:
        Path(keep).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=keep or None, prefix=f".{name}-") as aside:
        folder = Path(aside) / name
        folder.mkdir()
        yield folder
        if keep:
            shutil.rmtree(Path(keep) / name, ignore_errors=True)
            folder.rename(Path(keep) / name)


@contextmanager
def _without_bars() -> Iterator[None]:
    # transformers draws a bar for each of hundreds of files of a few kilobytes.
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.enable_progress_bar()
