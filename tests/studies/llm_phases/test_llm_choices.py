"""Multiple choice against a brute-force scoring of every option by the whole model."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
import xarray as xr
from tiny_models import tiny_model, tiny_tokenizer

from learning_geometry.materials.multiple_choice import Question
from learning_geometry.studies.llm_phases.experiments._choices import measure_choices
from learning_geometry.studies.llm_phases.experiments._tracing import PROJECTIONS, Contexts

WIDTH = 16
COUNTS = [1, 5, WIDTH]
families = pytest.mark.parametrize("family", ["gpt_neox", "olmo2"])

QUESTIONS = [
    Question(f"Fact {number}.\nQuestion: {word}?\nAnswer:", options, number % len(options))
    for number, (word, options) in enumerate(
        [
            ("what", (" red", " green", " blue and grey", " x")),
            ("why", (" because", " so")),
            ("who", (" Ann", " Bo", " Cy", " Dee", " Eve")),
            ("how", (" fast", " slow", " soon", " late")),
            ("when", (" é", " now", " then", " never")),
            ("which", (" a", " b", " c", " d")),
        ]
        * 4
    )
]


def lively(family: str) -> Any:
    model = tiny_model(family, width=WIDTH)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weights in model.parameters():
            if weights.ndim == 2:
                weights.copy_(0.4 * torch.randn(weights.shape, generator=generator))
    return model


@pytest.fixture(scope="module")
def models() -> dict[str, Any]:
    return {family: lively(family) for family in ("gpt_neox", "olmo2")}


@pytest.fixture(scope="module")
def contexts() -> Contexts:
    rng = np.random.default_rng(0)
    tokens = [rng.integers(258, size=length) for length in rng.integers(2, 30, size=60)]
    return Contexts(tokens, np.full(60, -1))


def measured(model: Any, questions: Any, contexts: Contexts, tokenizer: Any = None, **changes: Any) -> xr.Dataset:
    asked = {"counts": COUNTS, "seed": 0, "token_budget": 200, "bfloat16": False} | changes
    return measure_choices(model, tokenizer or tiny_tokenizer(), questions, contexts, **asked)


def states_of(model: Any, ids: Any) -> np.ndarray:
    with torch.no_grad():
        return model.base_model(torch.tensor([list(ids)])).last_hidden_state[0].double().numpy()


def brute_force(model: Any, question: Question, change: Any, first: list[int] | None = None) -> int:
    """The option of the highest log probability, one token after the other; `change` is done to every state."""
    head = model.get_output_embeddings().weight.detach().double().numpy()
    tokenizer = tiny_tokenizer()
    start = (first or []) + tokenizer(question.prompt)["input_ids"]
    scores = []
    for option in question.options:
        ids = start + tokenizer(option)["input_ids"]
        total = 0.0
        for at, state in enumerate(states_of(model, ids)):
            if at >= len(start) - 1 and at + 1 < len(ids):
                logits = change(state) @ head.T
                total += logits[ids[at + 1]] - np.log(np.exp(logits).sum())
        scores.append(total)
    return int(np.argmax(scores))


def answered(questions: list[Question], answers: list[int]) -> list[Question]:
    return [replace(question, answer=answer) for question, answer in zip(questions, answers, strict=True)]


@families
def test_the_choice_is_the_likeliest_option_by_the_whole_model(
    models: dict[str, Any], contexts: Contexts, family: str
) -> None:
    model = models[family]
    chosen = [brute_force(model, question, lambda state: state) for question in QUESTIONS]
    assert len(set(chosen)) > 2
    before = float(measured(model, QUESTIONS, contexts).accuracy_before)
    assert before == pytest.approx(np.mean([q.answer == c for q, c in zip(QUESTIONS, chosen, strict=True)]))
    # Every question alone, not only their mean: right if its choice is the answer, and wrong if any other is.
    assert measured(model, answered(QUESTIONS, chosen), contexts).accuracy_before == 1
    others = [(choice + 1) % len(q.options) for q, choice in zip(QUESTIONS, chosen, strict=True)]
    assert measured(model, answered(QUESTIONS, others), contexts).accuracy_before == 0


@families
@pytest.mark.parametrize("name", PROJECTIONS)
def test_directions_of_the_contexts_leave_every_state(
    models: dict[str, Any], contexts: Contexts, family: str, name: str
) -> None:
    model = models[family]
    last = np.array([states_of(model, ids)[-1] for ids in contexts.tokens])
    mean, vectors = last.mean(axis=0), np.linalg.eigh(np.cov(last.T))[1][:, ::-1]
    rng = np.random.default_rng(0)
    different = []
    for at, count in enumerate(COUNTS):
        drawn, _ = np.linalg.qr(rng.standard_normal((WIDTH, count)))
        leading = vectors[:, :count] @ vectors[:, :count].T
        kept = {
            "removed": np.eye(WIDTH) - leading,
            "retained": leading,
            "random_removed": np.eye(WIDTH) - drawn @ drawn.T,
            "random_retained": drawn @ drawn.T,
        }
        chosen = [brute_force(model, q, lambda s, k=kept[name]: mean + (s - mean) @ k) for q in QUESTIONS[:12]]
        after = measured(model, answered(QUESTIONS[:12], chosen), contexts).accuracy_after
        assert after.sel(projection=name)[at] == 1, count
        different.append(chosen != [brute_force(model, q, lambda state: state) for q in QUESTIONS[:12]])
    assert any(different)  # negative control: what leaves the states does change choices


@families
def test_all_directions_and_none(models: dict[str, Any], contexts: Contexts, family: str) -> None:
    found = measured(models[family], QUESTIONS, contexts)
    assert found.n_directions.values.tolist() == COUNTS
    after = {name: found.accuracy_after.sel(projection=name).values.tolist() for name in PROJECTIONS}
    assert after["retained"][-1] == after["random_retained"][-1] == float(found.accuracy_before)
    assert after["removed"][-1] == after["random_removed"][-1]  # nothing but the mean is left by either
    assert after["removed"] != after["retained"] != after["random_removed"]


def test_batches_change_nothing(models: dict[str, Any], contexts: Contexts) -> None:
    whole = measured(models["olmo2"], QUESTIONS, contexts, token_budget=10_000)
    assert measured(models["olmo2"], QUESTIONS, contexts, token_budget=64).identical(whole)


@families
def test_the_end_that_a_tokenizer_adds_is_no_part_of_an_option(
    models: dict[str, Any], contexts: Contexts, family: str
) -> None:
    model = models[family]
    plain = measured(model, QUESTIONS, contexts)
    with_end = measured(model, QUESTIONS, contexts, tiny_tokenizer(end=True))
    assert with_end.identical(plain)
    # What it puts in front is read like any other token.
    chosen = [brute_force(model, question, lambda state: state, [257]) for question in QUESTIONS]
    with_start = measured(model, answered(QUESTIONS, chosen), contexts, tiny_tokenizer(start=True, end=True))
    assert with_start.accuracy_before == 1


def test_what_cannot_be_scored_is_refused(models: dict[str, Any], contexts: Contexts) -> None:
    with pytest.raises(ValueError, match="option '' adds no token to its prompt; drop that question"):
        measured(models["olmo2"], [Question("Why?", (" so", ""), 0)], contexts)
    with pytest.raises(ValueError, match="has 71 tokens, but the model takes 64"):
        measured(models["olmo2"], [Question("p" * 70, ("x", "y"), 0)], contexts)
