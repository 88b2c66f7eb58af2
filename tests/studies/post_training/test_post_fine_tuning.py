"""Fine-tuned pretraining checkpoints: what is learnt, what is tested, and that nothing is tested that was learnt."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny_models import save_series, tiny_model, tiny_tokenizer

from learning_geometry.materials import hub, post_training
from learning_geometry.materials.hub import checkpoint, load_model
from learning_geometry.materials.stages import Schedule
from learning_geometry.materials.texts import resolve_texts, tokenise
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint
from learning_geometry.studies.llm_phases.post_training.experiments import _losses
from learning_geometry.studies.llm_phases.post_training.experiments._losses import text_losses
from learning_geometry.studies.llm_phases.post_training.experiments.fine_tuning import FineTuning, measure
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

REVISION = "stage1-step9000-tokens19B"
GEOMETRY = ("eigenvalues", "rankme", "rankme_resampled", "alpha", "alpha_r2", "top_share")
READING = Execution(token_budget=300)


def write_rows(file: Path, rows: list[dict[str, str]]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def sentences(rng: np.random.Generator, words: tuple[str, ...], count: int) -> list[str]:
    """So many different ones."""
    found: dict[str, None] = {}
    while len(found) < count:
        found[" ".join(rng.choice(words, size=rng.integers(3, 9)))] = None
    return list(found)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_series(tmp_path_factory.mktemp("written") / "olmo", "olmo2", revisions=[REVISION]))


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Talk of two kinds, whose words share no letter, and texts to measure the geometry on."""
    rng, folder = np.random.default_rng(0), tmp_path_factory.mktemp("sources")
    ours, other = (
        sentences(rng, ("abba", "cede", "deaf", "bead"), 80),
        sentences(rng, ("nil", "moon", "join", "loom"), 30),
    )
    found = {
        "ours": [{"chosen": each, "rejected": "no"} for each in ours],
        "other": [{"output": each} for each in other],
        "texts": [{"text": each} for each in sentences(rng, ("red", "green", "blue", "why", "not"), 60)],
    }
    return {name: write_rows(folder / f"{name}.jsonl", rows) for name, rows in found.items()}


def asked(sources: dict[str, str], model: str, **changes: Any) -> FineTuning:
    fields: dict[str, Any] = {
        "model": DataSource.of(model, REVISION),
        "seed": 0,
        "fine_tuning_texts": DataSource.of(sources["ours"]),
        "fine_tuning_column": "chosen",
        "fine_tuning_count": 40,
        "other_texts": DataSource.of(sources["other"]),
        "other_column": "output",
        "fine_tuning_test_count": 12,
        "fine_tuning_steps": 60,
        "fine_tuning_batch_size": 8,
        "fine_tuning_learning_rate": 5e-3,
        "fine_tuning_warm_up": 0.2,
        "fine_tuning_tokens": 24,
        "traced_texts": DataSource.of(sources["texts"]),
        "traced_contexts": 60,
        "traced_min_tokens": 5,
        "traced_max_tokens": 20,
        "traced_alpha_ranks": [2, 9],
        "resamples": 3,
        "bfloat16": False,
    }
    return FineTuning(**fields | changes)


def slow_losses(model: Any, sequences: list[np.ndarray]) -> list[float]:
    losses = []
    for ids in sequences:
        tokens = torch.from_numpy(np.asarray(ids, dtype=np.int64))
        with torch.no_grad():
            logarithms = torch.log_softmax(model(tokens[None]).logits[0].double(), dim=1)
        losses.append(-sum(float(logarithms[i, tokens[i + 1]]) for i in range(len(tokens) - 1)))
    return losses


@pytest.mark.parametrize("family", ["gpt_neox", "olmo2"])
@pytest.mark.parametrize("token_budget", [7, 100, 10_000])
def test_the_loss_of_a_text_is_summed_over_its_tokens(family: str, token_budget: int) -> None:
    rng, model = np.random.default_rng(1), tiny_model(family)
    sequences = [rng.integers(0, 256, size=size, dtype=np.int32) for size in (5, 2, 30, 1, 17, 2)]
    found = text_losses(model, sequences, token_budget=token_budget, bfloat16=False)
    np.testing.assert_allclose(found, slow_losses(model, sequences), rtol=1e-5)
    assert found[3] == 0  # nothing follows its only token
    # A text of twice the tokens has about twice the nats: it is no mean.
    assert found[2] > 3 * found[0]
    order = [4, 0, 2, 5, 1, 3]
    shuffled = text_losses(model, [sequences[i] for i in order], token_budget=token_budget, bfloat16=False)
    np.testing.assert_allclose(shuffled, found[order], rtol=1e-5)


def test_a_text_s_loss_is_the_logarithm_of_its_probability() -> None:
    """Over all texts of one more token, exp(-loss) sums to one; and the loss of uniform guesses is known."""
    model = tiny_model()
    every = [np.array([65, 66, last]) for last in range(258)]
    sums = text_losses(model, every, token_budget=999, bfloat16=False)
    first = text_losses(model, [np.array([65, 66])], token_budget=999, bfloat16=False)
    assert np.exp(-(sums - first)).sum() == pytest.approx(1, abs=1e-5)
    with torch.no_grad():
        model.get_output_embeddings().weight.zero_()
    uniform = text_losses(model, every, token_budget=999, bfloat16=False)
    np.testing.assert_allclose(uniform, 2 * np.log(258), rtol=1e-6)


def test_what_is_trained_on_is_learnt_and_the_other_kind_is_not(sources: dict[str, str], model: str) -> None:
    losses = measure(asked(sources, model), READING).mean("text")
    before, after = losses.sel(when="before"), losses.sel(when="after")
    assert after.losses_inside < 0.6 * before.losses_inside
    assert after.losses_outside > before.losses_outside  # letters that were never trained on lose probability


def test_both_ends_are_measured_as_any_checkpoint_is(
    sources: dict[str, str], model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: dict[str, Any] = {}

    def stand_in(network: Any, tokenizer: Any, texts: list[str], schedule: Any, **rest: Any) -> Any:
        trained.update(rest, texts=texts, schedule=schedule, network=network)
        return tiny_model("olmo2", seed=7)

    monkeypatch.setattr(post_training, "continue_pretraining", stand_in)
    result = measure(asked(sources, model, bfloat16=True, seed=3), READING)
    tokenizer = tiny_tokenizer()
    lines = [json.loads(line)["text"] for line in Path(sources["texts"]).read_text().splitlines()]
    contexts = Contexts(*tokenise(tokenizer, lines, max_tokens=20, min_tokens=5))
    with checkpoint(model, REVISION, disk_budget_gb=1, delete_after=False) as there:
        ends = {"before": load_model(there), "after": tiny_model("olmo2", seed=7)}
    how: dict[str, Any] = {"ranks": (2, 9), "removed": [1], "resamples": 3, "token_budget": 300, "bfloat16": True}
    for when, end in ends.items():
        by_hand = measure_checkpoint(end, contexts, seed=3, **how)
        for name in GEOMETRY:
            np.testing.assert_array_equal(result[name].sel(when=when), by_hand[name], err_msg=name)
    # The schedule arrives as it was asked for, and the weights that are trained are not rounded.
    assert {parameter.dtype for parameter in trained["network"].parameters()} == {torch.float32}
    assert (trained["seed"], trained["device"], trained["max_tokens"]) == (3, "cpu", 24)
    assert trained["schedule"] == Schedule(steps=60, batch_size=8, learning_rate=5e-3, warm_up=0.2, decay=True)
    assert (int(result.step), int(result.tokens)) == (9000, 19 * 10**9)
    assert result.attrs["outside_commit"] == resolve_texts(sources["other"], "")
    assert 5 < float(result.tokens_inside) <= 23  # cut at 24, the first of which has no loss


def test_no_text_is_both_trained_on_and_tested(
    sources: dict[str, str], model: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    trained: list[list[str]] = []
    tested: list[set[str]] = []

    def trained_on(network: Any, tokenizer: Any, texts: list[str], schedule: Any, **_: Any) -> Any:
        trained.append(texts)
        return network

    def losses(_: Any, sequences: list[np.ndarray], **__: Any) -> np.ndarray:
        tested.append({tiny_tokenizer().decode(ids) for ids in sequences})
        return np.ones(len(sequences))

    monkeypatch.setattr(post_training, "continue_pretraining", trained_on)
    monkeypatch.setattr(_losses, "text_losses", losses)
    # Every text stands there twice, and blank ones in between.
    rows = [row for line in Path(sources["ours"]).read_text().splitlines() for row in (json.loads(line),) * 2]
    twice = DataSource.of(write_rows(tmp_path / "twice.jsonl", [*rows, {"chosen": " \n", "rejected": ""}]))
    unit = asked(sources, model, fine_tuning_texts=twice, fine_tuning_tokens=60)
    measure(unit, READING)
    inside, outside = tested[:2]
    assert len(trained[0]) == len(set(trained[0])) == 40
    assert len(inside) == len(outside) == 12
    assert set(trained[0]) | inside <= {row["chosen"] for row in rows}
    assert not set(trained[0]) & inside
    assert tested[2:] == [inside, outside]  # the same before and after
    # It is a sample, not the beginning; the same again at every checkpoint, and another with another seed.
    assert trained[0] != [row["chosen"] for row in rows[:80:2]]
    measure(unit, READING)
    measure(unit.model_copy(update={"seed": 1}), READING)
    assert trained[1] == trained[0] != trained[2]
    assert tested[4] == inside


def test_too_few_texts_are_told_before_the_checkpoint_is_fetched(
    sources: dict[str, str], model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub, "checkpoint", lambda *_, **__: pytest.fail("fetched"))

    def refused(**changes: Any) -> None:
        measure(asked(sources, model, **changes), READING)

    with pytest.raises(ValueError, match=r"only 80 different texts in 'chosen', not 81; ask for fewer"):
        refused(fine_tuning_count=81)
    with pytest.raises(ValueError, match=r"only 10 different texts in 'chosen' beside 70 to train on, not 12"):
        refused(fine_tuning_count=70)
    with pytest.raises(ValueError, match=r"line 1 of .*ours.jsonl has no 'text', only chosen, rejected"):
        refused(fine_tuning_column="text")
