"""A small language model trained from scratch and traced, checkpoint by checkpoint, through the door for all series."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox, pretrain
from learning_geometry.materials.python_corpus import END, PythonCorpus
from learning_geometry.studies.llm_phases.experiments._labels import stacked
from learning_geometry.studies.llm_phases.experiments._probes import SUFFIXES, Probe, suffix_shares, unigram_loss
from learning_geometry.studies.llm_phases.experiments._reference import measure_reference
from learning_geometry.studies.llm_phases.experiments._tracing import measure_checkpoint, measure_directions
from learning_geometry.studies.llm_phases.experiments._training import Training

_TOKEN_BUDGET = 16_384  # small models are bound by calls, not by memory
_LATE = 8  # evenly spaced checkpoints beside the log-spaced ones: compression is late


def trained_and_traced(
    text: PythonCorpus,
    architecture: Architecture,
    recipe: Recipe,
    unit: Training,
    probe: Probe,
    *,
    keep: str,
    device: str,
) -> xr.Dataset:
    """Train a GPT-NeoX on source code and measure it at log-spaced steps, on what the probe holds.

    Each checkpoint holds averaged weights. With `keep` it is saved in the format of Hugging Face as `<keep>/step<n>`, and
    read back as any other series is; otherwise it is measured in memory, with the same result. `architecture` and `recipe`
    may differ from the unit's own; its seed, and how it is probed, count.

    The result has for each `step` the `tokens` seen by then, what `measure_checkpoint` measures and, where the probe has
    tokens sorted by reach, `measure_reference`; at the end, what `measure_directions` measures; and `unigram_loss`, the
    loss of the training stream's token frequencies on the same contexts. With n-grams, `suffix_shares` is added.
    """
    steps = spaced(recipe.steps, unit.checkpoints)
    contexts = probe.contexts
    model = gpt_neox(architecture, seed=unit.seed).to(device)
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=text.tokenizer, eos_token=END)
    effort: dict[str, Any] = {"token_budget": _TOKEN_BUDGET, "bfloat16": False}
    measured = []
    with checkpoint_folder(keep) as series, without_bars():
        for step, averaged in pretrain(model, text.train, recipe, checkpoints=steps, seed=unit.seed):
            read: Any = averaged
            if keep:
                averaged.save_pretrained(series / f"step{step}")
                tokenizer.save_pretrained(series / f"step{step}")
                with checkpoint(str(series), f"step{step}", disk_budget_gb=1.0, delete_after=False) as saved:
                    read = load_model(saved, device=device)
            found = measure_checkpoint(
                read,
                contexts,
                ranks=unit.alpha_ranks,
                removed=unit.removed_directions,
                resamples=unit.resamples,
                seed=unit.probe_seed,
                **effort,
            )
            if probe.reach is not None:
                found = found.merge(measure_reference(read, probe, token_budget=_TOKEN_BUDGET))
            measured.append(found)
    result = stacked(measured, "step", steps)
    result["tokens"] = ("step", np.array(steps) * recipe.batch_size * architecture.context)
    result["parameters"] = sum(weights.numel() for weights in model.parameters())
    result["unigram_loss"] = unigram_loss(text, contexts)
    if contexts.infinigram is not None:
        result["suffix_shares"] = xr.DataArray(
            suffix_shares(contexts.infinigram), dims="suffix", coords={"suffix": list(SUFFIXES)}
        )
    return result.merge(
        measure_directions(read, contexts, counts=unit.removed_directions, seed=unit.probe_seed, **effort)
    )


def spaced(steps: int, count: int) -> list[int]:
    """Step 0, `count` or fewer log-spaced ones from 5 on, and eight evenly spaced ones in the last three quarters."""
    early = np.geomspace(min(5, steps), steps, count).round().astype(int)
    late = np.linspace(steps / 4, steps, _LATE).round().astype(int)
    return [0, *np.union1d(early, late).tolist()]


@contextmanager
def checkpoint_folder(keep: str) -> Iterator[Path]:
    """The folder of a series of checkpoints: temporary, or one that appears only when the series is complete."""
    place = Path(keep)
    if keep:
        place.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place.parent if keep else None, prefix=".series-") as aside:
        folder = Path(aside) / "series"
        folder.mkdir()
        yield folder
        if keep:
            shutil.rmtree(place, ignore_errors=True)
            folder.rename(place)


@contextmanager
def without_bars() -> Iterator[None]:
    """Keep transformers from drawing progress bars in a with-block."""
    # It draws a bar for each of hundreds of files of a few kilobytes.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()
