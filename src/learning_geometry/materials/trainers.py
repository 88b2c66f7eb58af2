"""A trainer of trl, run on a copy of a model: in silence, off the network, and leaving nothing behind but the copy."""

import random
import tempfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import datasets
import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast, PrinterCallback, TrainerCallback

from learning_geometry.materials.stages import Watch, bare, copied

_COMMON = {
    "lr_scheduler_type": "constant",
    "bf16": False,
    "fp16": False,
    "activation_checkpointing": False,
    "report_to": "none",
    "save_strategy": "no",
    "logging_strategy": "no",
    "disable_tqdm": True,
}


class OffTheNetwork:
    """Goes before a trainer of trl among the bases of a class, so that it does not report its use over the network."""

    def _send_telemetry(self) -> None:
        pass


def train(
    trainer: type[Any],
    settings: type[Any],
    options: Mapping[str, Any],
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    columns: Mapping[str, Sequence[Any]],
    *,
    device: str,
    watch: Watch | None,
    watch_at: Sequence[int],
    **others: Any,
) -> PreTrainedModel:
    """Train a copy of the model on a table, given by its columns, and return it in evaluation mode.

    `settings` is the trainer's class of settings and `options` what is set there, `others` are further arguments of the
    trainer. Global random numbers are not disturbed, and nothing is written that outlives the call.

    Raises:
        ValueError: steps to watch that are none, or a device that is not the one on which trl trains.
        FloatingPointError: the weights are no longer finite.
    """
    steps = options["max_steps"]
    if watch_at and (watch is None or not 1 <= min(watch_at) <= max(watch_at) <= steps):
        raise ValueError(f"watch_at = {list(watch_at)} must be steps from 1 to {steps}, and needs a watch to call")
    with tempfile.TemporaryDirectory() as folder, _alone(), _quiet():
        arguments = settings(**(_COMMON | dict(options)), output_dir=folder, use_cpu=torch.device(device).type == "cpu")
        if _numbered(arguments.device) != _numbered(torch.device(device)):
            raise ValueError(
                f"device = {device!r}, but trl trains on {arguments.device}; make that device visible alone"
            )
        running = trainer(
            model=copied(model),
            args=arguments,
            train_dataset=datasets.Dataset.from_dict(dict(columns)),
            processing_class=deepcopy(tokenizer),  # it gets a padding token where it has none
            callbacks=[] if watch is None else [_Watching(watch, set(watch_at))],
            **others,
        )
        running.remove_callback(PrinterCallback)  # it writes a summary to the console
        try:
            running.train()
        except RuntimeError as error:
            # What cannot be drawn from is found out by the drawing.
            if _finite(running.model):
                raise
            raise _diverged(steps) from error
        trained = bare(running.model)
    if not _finite(trained):
        raise _diverged(steps)
    return trained


class _Watching(TrainerCallback):
    """Calls a watch after some of the steps."""

    def __init__(self, watch: Watch, at: set[int]) -> None:
        self._watch, self._at = watch, at

    def on_step_end(self, args: Any, state: Any, control: Any, *, model: Any, **others: Any) -> None:
        if state.global_step in self._at:
            with _alone():
                self._watch(state.global_step, bare(model))


@contextmanager
def _alone() -> Iterator[None]:
    """Put the global generators back: trainers seed those of Python, NumPy and torch, and draw from them."""
    python, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = range(torch.cuda.device_count()) if torch.cuda.is_initialized() else ()
    with torch.random.fork_rng(devices=list(devices)):
        try:
            yield
        finally:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide the bars that datasets draws for each preparation of a table, and warnings that are not for our callers."""
    shown = not datasets.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        with warnings.catch_warnings():
            # trl itself asks for this attribute under the name that it had before transformers renamed it.
            warnings.filterwarnings("ignore", r"`is_gradient_checkpointing` is deprecated", FutureWarning)
            yield
    finally:
        if shown:
            datasets.enable_progress_bars()


def _numbered(device: torch.device) -> tuple[str, int]:
    return device.type, device.index or 0


def _finite(model: Any) -> bool:
    return all(bool(torch.isfinite(weights).all()) for weights in model.parameters())


def _diverged(steps: int) -> FloatingPointError:
    return FloatingPointError(f"training diverged within {steps} steps; lower the learning rate")
