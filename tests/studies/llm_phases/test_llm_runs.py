"""A run gives the same record twice, its kept checkpoints trace to what it recorded, and it leaves nothing else."""

import dataclasses
import json
import tempfile
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast
from transformers.utils import logging

from learning_geometry.instruments.ngrams import SuffixArray
from learning_geometry.instruments.phases import phases
from learning_geometry.materials import hub, python_corpus
from learning_geometry.materials.language_models import Architecture, Recipe, gpt_neox
from learning_geometry.materials.texts import tokenise
from learning_geometry.studies import STUDIES
from learning_geometry.studies.llm_phases._curves import turns
from learning_geometry.studies.llm_phases.experiments import _probes as probes
from learning_geometry.studies.llm_phases.experiments import _runs as runs
from learning_geometry.studies.llm_phases.experiments import _tracing as tracing
from learning_geometry.studies.llm_phases.experiments import trace
from learning_geometry.studies.llm_phases.experiments._runs import spaced, trained_and_traced
from learning_geometry.studies.llm_phases.experiments._training import Training
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

ARCHITECTURE = Architecture(vocabulary=300, width=8, layers=1, heads=2, context=8)
RECIPE = Recipe("cross_entropy", steps=60, batch_size=4, learning_rate=0.02, weight_decay=0.0)
CONFIG = STUDIES["llm_phases"].config()
PROBE = {
    "probe_seed": 0,
    "checkpoints": 3,
    "probe_contexts": 60,
    "resamples": 3,
    "alpha_ranks": [1, 6],
    "removed_directions": [1, 2],
}
WORDS = ("alpha", "beta", "gamma", "delta", "self", "state", "value", "x")


def source_code(number: int) -> str:
    rng = np.random.default_rng(number)
    return "".join(
        f"def {rng.choice(WORDS)}_{number}({rng.choice(WORDS)}):\n    return {rng.integers(99)} + {rng.choice(WORDS)}\n"
        for _ in range(20)
    )


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Iterator[python_corpus.PythonCorpus]:
    """Forty files, of which some are held out."""
    folder = tmp_path_factory.mktemp("corpus")
    for number in range(40):
        (folder / f"module{number}.py").write_text(source_code(number))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LEARNING_GEOMETRY_BUILD", str(folder / "build"))
        yield python_corpus.load(300, folder=str(folder))


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that temporary files go to."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    return tmp_path / "tmp"


def ran(
    text: Any,
    *,
    seed: int = 0,
    keep: str = "",
    with_ngrams: bool = True,
    recipe: Recipe = RECIPE,
    probe: probes.Probe | None = None,
) -> xr.Dataset:
    unit = Training.of(CONFIG, seed=seed, corpus=DataSource(name=""), **PROBE)
    probe = probe or probes.plain(text, 8, 60, seed=0, with_ngrams=with_ngrams)
    return trained_and_traced(text, ARCHITECTURE, recipe, unit, probe, keep=keep, device="cpu")


@given(steps=st.integers(100, 200_000), count=st.integers(3, 60))
@settings(deadline=None, derandomize=True, max_examples=200)
def test_checkpoints_are_dense_in_the_logarithm_and_late(steps: int, count: int) -> None:
    at = spaced(steps, count)
    assert at == sorted(set(at))
    assert {type(step) for step in at} == {int}
    assert at[:2] == [0, 5]
    assert at[-1] == steps
    assert len(at) <= 1 + count + 8
    # The eight late ones, up to rounding, whatever the count.
    assert {round(steps / 4 + i * steps * 3 / 28) for i in range(1, 7)} <= {step + d for step in at for d in (-1, 0, 1)}
    # Nowhere do neighbours lie farther apart than log-spaced ones.
    ratios = np.array(at[2:]) / np.array(at[1:-1])
    assert ratios.max() <= (steps / 5) ** (1 / (count - 1)) * 1.2 + 1e-9
    # What a floor is looked for in, the first half of the checkpoints, is early training.
    assert at[(len(at) - 1) // 2] <= steps / 2


@pytest.mark.parametrize("steps", [5, 6, 20])
def test_even_the_shortest_runs_begin_and_end(steps: int) -> None:
    assert (spaced(steps, 3)[0], spaced(steps, 3)[-1]) == (0, steps)
    assert spaced(steps, 3) == sorted(set(spaced(steps, 3)))


def test_the_same_run_gives_the_same_record(text: Any, temporary: Path) -> None:
    first = ran(text)
    assert ran(text).identical(first)
    assert not ran(text, seed=1).identical(first)
    assert list(temporary.iterdir()) == []


def test_a_record_holds_what_was_promised(text: Any) -> None:
    found = ran(text)
    at = spaced(60, 3)
    n = len(at)
    assert found.step.values.tolist() == at
    assert found.tokens.values.tolist() == [step * 4 * 8 for step in at]
    sizes = {
        "step": n,
        "rank": 8,
        "layer": 2,
        "half": 2,
        "resample": 3,
        "n_directions": 2,
        "likeness": 4,
        "projection": 4,
        "suffix": 7,
    }
    assert dict(found.sizes) == sizes
    once = {"parameters", "accuracy_after", "accuracy_before", "unigram_loss", "suffix_shares"}
    assert all("step" in found[name].dims for name in set(found) - once)
    assert float(found.suffix_shares.sum()) == pytest.approx(1)
    np.testing.assert_allclose(found.rankme_layers[:, -1], found.rankme, rtol=1e-9)
    # Two tables of 300 by 8; a block; the final norm.
    assert found.parameters == 2 * 300 * 8 + (8 * 24 + 24 + 8 * 8 + 8) + (8 * 32 + 32 + 32 * 8 + 8) + 4 * 8 + 2 * 8
    assert float(found.accuracy_before) == pytest.approx(float(found.accuracy[-1]))
    # It learns, from the logarithm of the vocabulary on; and its curves are fit for what reads them.
    assert float(found.loss[0]) == pytest.approx(np.log(300), rel=0.02)
    assert found.loss[-1] < found.loss[0] - 1
    phases(found.step, found.rankme)
    assert turns(found.rankme).end == n - 1
    assert "memorisation" not in ran(text, with_ngrams=False)


def test_contexts_are_fixed_windows_of_held_out_files(text: Any) -> None:
    contexts = probes.plain(text, 8, 50, seed=0, with_ngrams=True).contexts
    windows = {tuple(row) for row in np.lib.stride_tricks.sliding_window_view(text.held_out, 9).tolist()}
    found = [(*ids.tolist(), int(after)) for ids, after in zip(contexts.tokens, contexts.next_tokens, strict=True)]
    assert set(found) <= windows
    assert len(found) == 50
    again = probes.plain(text, 8, 50, seed=0).contexts
    assert [ids.tolist() for ids in again.tokens] == [ids.tolist() for ids in contexts.tokens]
    assert again.infinigram is None
    # The bigram of the training stream, counted in a loop.
    stream = text.train.tolist()
    assert contexts.bigram is not None
    for ids, likeliest in zip(contexts.tokens[:10], contexts.bigram, strict=False):
        follows = Counter(after for one, after in pairwise(stream) if one == ids[-1])
        expected = min(follows, key=lambda token: (-follows[token], token), default=-1)
        assert likeliest == expected
    for count in (0, len(text.held_out)):
        with pytest.raises(ValueError, match=f"probe_contexts = {count}, but the held-out files have room for 1 to"):
            probes.plain(text, 8, count, seed=0)


def test_kept_checkpoints_trace_to_the_same_numbers(text: Any, tmp_path: Path) -> None:
    """Through the door for other people's series: files, tokenizer, texts, everything read back."""
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=text.tokenizer, eos_token=python_corpus.END)
    written = [source_code(1000 + number)[at : at + 60] for number in range(10) for at in range(0, 300, 60)]
    (tmp_path / "texts.jsonl").write_text("".join(json.dumps({"text": each}) + "\n" for each in written))
    contexts = tracing.Contexts(*tokenise(tokenizer, written, max_tokens=8, min_tokens=8))
    keep = tmp_path / "kept" / "reference-0"
    found = ran(text, keep=str(keep), probe=probes.Probe(contexts))
    assert sorted(folder.name for folder in keep.iterdir()) == sorted(f"step{step}" for step in found.step.values)
    assert list(keep.parent.iterdir()) == [keep]
    before = {file: file.read_bytes() for file in keep.rglob("*") if file.is_file()}
    for step in found.step.values[[0, 3, -1]]:
        unit = trace.Trace.of(
            CONFIG,
            checkpoint=DataSource(name=str(keep), revision=f"step{step}"),
            step=int(step),
            traced_texts=DataSource(name=str(tmp_path / "texts.jsonl")),
            traced_contexts=len(written),
            traced_min_tokens=8,
            traced_max_tokens=8,
            memory_texts=DataSource(name=""),
            questions=DataSource(name=""),
            probe_seed=0,
            resamples=3,
            traced_alpha_ranks=[1, 6],
            traced_removed_directions=[1, 2],
        )
        traced = trace.measure(unit, Execution(token_budget=16_384, delete_after=True))
        assert traced.step == step
        there = found.sel(step=step)
        for name in ("rankme", "eigenvalues", "alpha", "loss", "accuracy", "rankme_resampled", "rankme_halves"):
            np.testing.assert_array_equal(traced[name], there[name], err_msg=name)
    np.testing.assert_array_equal(traced.accuracy_after, found.accuracy_after.transpose(*traced.accuracy_after.dims))
    assert len(set(found.rankme.values.tolist())) == len(found.step)  # negative control: checkpoints do differ
    assert {file: file.read_bytes() for file in keep.rglob("*") if file.is_file()} == before


def test_a_new_series_takes_the_place_of_the_old_one_only_when_it_is_whole(
    text: Any, tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = tmp_path / "kept" / "reference-0"
    (keep / "step7").mkdir(parents=True)
    (keep / "step7" / "old").write_text("kept from before")
    train = runs.pretrain

    def broken(*arguments: Any, **keywords: Any) -> Iterator[Any]:
        for number, found in enumerate(train(*arguments, **keywords)):
            if number == 2:
                raise KeyboardInterrupt
            yield found

    with monkeypatch.context() as patch:
        patch.setattr(runs, "pretrain", broken)
        for place in (str(keep), str(tmp_path / "kept" / "new"), ""):
            with pytest.raises(KeyboardInterrupt):
                ran(text, keep=place, with_ngrams=False)
    assert [file.relative_to(keep).as_posix() for file in sorted(keep.rglob("*"))] == ["step7", "step7/old"]
    assert list(keep.parent.iterdir()) == [keep]
    assert list(temporary.iterdir()) == []
    assert logging.is_progress_bar_enabled()  # the bars that were off are on again
    ran(text, keep=str(keep), with_ngrams=False)
    assert not (keep / "step7").exists()
    with hub.checkpoint(str(keep), "step60", disk_budget_gb=1, delete_after=False) as whole:
        hub.load_model(whole)


def test_losses_take_their_own_courses(text: Any) -> None:
    found = {
        loss: ran(text, with_ngrams=False, recipe=Recipe(loss, 60, 4, 0.02, 0.0))["rankme"].values  # type: ignore[arg-type]
        for loss in ("cross_entropy", "squared_error", "balanced_cross_entropy")
    }
    assert len({curve[0] for curve in found.values()}) == 1  # from the same start
    assert len({curve[-1] for curve in found.values()}) == 3


@pytest.fixture(scope="module")
def probe(text: Any) -> probes.Probe:
    """What the reference is measured on, with another package than the default."""
    windows = probes._windows(text.held_out, 8, 60, seed=0)
    stream = SuffixArray(text.train)
    others = probes._other_contexts(text, windows, "xarray", seed=0)
    return probes.Probe(probes._with_ngrams(windows, text, stream), others, probes.reach_of(windows, text, stream))


def test_reach_is_what_a_search_of_the_stream_says(text: Any, probe: probes.Probe) -> None:
    assert probe.reach is not None
    stream = text.train.tolist()

    def first_choice(context: list[int]) -> int:
        follows = Counter(
            stream[at + len(context)]
            for at in range(len(stream) - len(context))
            if stream[at : at + len(context)] == context
        )
        return min(follows, key=lambda token: (-follows[token], token), default=-1)

    def longest(context: list[int]) -> int:
        return max((n for n in range(1, len(context) + 1) if first_choice(context[-n:]) >= 0), default=0)

    for row in range(12):
        tokens = probe.contexts.tokens[row].tolist()
        for place, (truth, label) in enumerate(zip(probe.reach.truth[row], probe.reach.label[row], strict=True)):
            context = tokens[: probe.reach.first + place + 1]
            n = longest(context)
            short, mid = (any(first_choice(context[-k:]) == truth for k in ks if k <= n) for ks in ((1,), (2, 3, 4)))
            far = n >= 5 and first_choice(context[-n:]) == truth
            assert label == (0 if short else 1 if mid else 2 if far else -1)
    assert set(probe.reach.label.ravel().tolist()) >= {0, 1, -1}


def test_the_reference_is_measured_on_its_other_probes(text: Any, probe: probes.Probe) -> None:
    found = ran(text, probe=probe)
    assert found.probe.values.tolist() == list(probe.others)
    assert found.n_by_reach.isel(step=0).sum() <= probe.reach.truth.size  # type: ignore[union-attr]
    # On the contexts themselves the probe measures what the reference measures.
    same = ran(text, probe=dataclasses.replace(probe, others={"same": probe.contexts.tokens}))
    np.testing.assert_allclose(same.rankme_probe[:, 0], same.rankme, rtol=1e-9)
    # The probability of each token, over the steps, adds up to something that a model which learns makes larger.
    weights = found.n_token.isel(step=0)
    mean = (found.token_probability * weights).sum("token") / weights.sum()
    assert mean[-1] > 2 * mean[0]
    assert ((found.alignment >= 0) & (found.alignment <= 1 + 1e-12)).all()
    with pytest.raises(ModuleNotFoundError, match="no package 'no_such_package'"):
        probes._sources("no_such_package")


def test_the_norm_s_input_is_what_the_norm_turns_into_its_output(text: Any) -> None:
    """Normalised by hand and multiplied by the gain, the state before the norm has the last layer's spectrum."""
    model = gpt_neox(ARCHITECTURE, seed=0)
    norm = model.base_model.final_layer_norm
    torch.nn.init.uniform_(norm.weight, 0.5, 2.0)
    contexts = probes.plain(text, 8, 60, seed=0).contexts
    effort: Any = {"token_budget": 64, "bfloat16": False}
    with tracing._kept_before_norm(model) as kept:
        tracing.last_token_features(model, contexts.tokens[:5], **effort)
        before = kept[0][:, -1].double()
    after = torch.nn.functional.layer_norm(before, (8,)) * norm.weight.double() + norm.bias.double()
    expected = tracing.last_token_features(model, contexts.tokens[:5], **effort)
    np.testing.assert_allclose(after.detach().numpy(), expected, atol=1e-4)
    assert not norm._forward_pre_hooks
    measured = tracing.measure_checkpoint(model, contexts, ranks=[1, 6], removed=[1], resamples=2, seed=0, **effort)
    assert float(measured.rankme_before_norm) != pytest.approx(float(measured.rankme), rel=1e-3)
    halves = measured.rankme_without_gain_halves.values
    assert halves.mean() == pytest.approx(float(measured.rankme_without_gain), rel=0.2)
