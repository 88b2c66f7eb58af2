"""Checkpoints of someone else's post-training: their geometry, and answers counted where it is known what they say."""

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_models import END, fake_hub, save_series, storage_of, tiny_model, tiny_tokenizer

from learning_geometry.materials.hub import BrokenCheckpoint
from learning_geometry.materials.texts import resolve_texts
from learning_geometry.studies.llm_phases.experiments import _tracing
from learning_geometry.studies.llm_phases.post_training.experiments._answers import last_number
from learning_geometry.studies.llm_phases.post_training.experiments.series import Series, measure, step_in_stage
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

STAGES = {"tiny/dpo": ("gpt_neox", ["main"]), "tiny/rlvr": ("olmo2", ["step_40", "step_1920"])}
TEMPLATE = "{% for message in messages %}<{{ message['content'] }}>{% endfor %}"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("written")
    for model, (family, revisions) in STAGES.items():
        save_series(folder / Path(model).name, family, revisions=revisions)
    return folder


@pytest.fixture
def cache(tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache with both stages, and no network."""
    for model, (_, revisions) in STAGES.items():
        fake_hub(tmp_path / "hub", model, {name: written / Path(model).name / name for name in revisions})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


@pytest.fixture
def texts(tmp_path: Path) -> str:
    rng = np.random.default_rng(0)
    words = ("one", "two", "three", "red", "green", "blue", "why", "not", "now", "ever")
    rows = [{"text": " ".join(rng.choice(words, size=size))} for size in rng.integers(2, 20, size=60)]
    return write_rows(tmp_path / "texts.jsonl", rows)


def write_rows(file: Path, rows: list[dict[str, Any]]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def asked(texts: str, model: str, revision: str, problems: str = "", **changes: Any) -> Series:
    fields: dict[str, Any] = {
        "model": DataSource.of(model, revision),
        "stage": "RLVR",
        "seed": 0,
        "traced_texts": DataSource.of(texts),
        "traced_contexts": 60,
        "traced_min_tokens": 10,
        "traced_max_tokens": 40,
        "traced_alpha_ranks": [2, 6],
        "resamples": 3,
        "bfloat16": False,
        "problems": DataSource.of(problems),
        "problem_column": "question",
        "answer_column": "answer",
        "problems_count": 3,
        "problem_samples": 8,
        "problem_tokens": 4,
        "problem_temperature": 1.0,
        "problem_batch_size": 100,
    }
    return Series(**fields | changes)


def correct(unit: Series) -> list[int]:
    counts: list[int] = measure(unit, Execution(token_budget=500)).correct.values.tolist()
    return counts


def everything(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and ".locks" not in path.parts
    }


def speaks(folder: Path, says: dict[str, str], *, chat_template: str | None = None) -> str:
    """Write a model that says a digit, and then ends, after a prompt's last letter: each of those of `says`, equally."""
    model, tokenizer = tiny_model(), tiny_tokenizer()
    token = {letter: tokenizer(letter)["input_ids"][0] for letter in {*says, *"".join(says.values())}}
    rng = np.random.default_rng(0)
    embeddings, head = rng.standard_normal((258, 16)), np.zeros((258, 16))
    embeddings[:, :8] = 0
    for place, (letter, digits) in enumerate([*says.items(), ("".join(says.values()), END)]):
        direction = np.zeros(16)
        direction[[2 * place, 2 * place + 1]] = 1, -1  # orthogonal to all others, and untouched by the mean's removal
        embeddings[[token[each] for each in letter]] = direction
        head[[256] if digits == END else [token[each] for each in digits]] += 10 * direction
    with torch.no_grad():
        for block in model.gpt_neox.layers:
            for last in (block.attention.dense, block.mlp.dense_4h_to_h):
                last.weight.zero_()
                last.bias.zero_()
        model.gpt_neox.embed_in.weight.copy_(torch.from_numpy(embeddings))
        model.get_output_embeddings().weight.copy_(torch.from_numpy(head))
    tokenizer.chat_template = chat_template
    model.save_pretrained(folder / "main")
    tokenizer.save_pretrained(folder / "main")
    return str(folder)


PROBLEMS = [
    {"question": "what?", "answer": 7.0},
    {"question": "what!", "answer": "$7$"},
    {"question": "so!", "answer": 3},
]


@pytest.fixture
def problems(tmp_path: Path) -> str:
    return write_rows(tmp_path / "problems.jsonl", PROBLEMS)


@pytest.mark.parametrize("model", list(STAGES))
@pytest.mark.parametrize("delete_after", [False, True])
def test_a_stage_of_the_hub_is_measured_and_the_cache_left_as_it_was(
    cache: Path, texts: str, model: str, delete_after: bool
) -> None:
    before = everything(cache)
    for revision in STAGES[model][1]:
        result = measure(asked(texts, model, revision), Execution(token_budget=500, delete_after=delete_after))
        assert result.attrs["commit"] == (storage_of(cache, model) / "refs" / revision).read_text()
        assert result.attrs["texts_commit"] == resolve_texts(texts, "")
        assert {"rankme", "rankme_resampled", "alpha", "eigenvalues", "loss"} <= set(result)
        assert result.sizes["resample"] == 3
        assert 0 < int(result.contexts) < 60  # the shortest texts are left out
        assert "correct" not in result
    assert everything(cache) == before  # what a person had in the cache is not ours to delete


@pytest.mark.parametrize(
    ("revision", "step"),
    {
        "step_40": 40,
        "step512": 512,
        "global_step_80": 80,
        "main": -1,
        "checkpoint-7": -1,
        "footstep3": -1,
        "epoch_2": -1,
    }.items(),
)
def test_steps_are_read_from_the_names_of_revisions(revision: str, step: int) -> None:
    assert step_in_stage(revision) == step


def test_right_answers_are_counted_problem_by_problem(tmp_path: Path, texts: str, problems: str) -> None:
    sure = speaks(tmp_path / "sure", {"?": "7", "!": "3"})
    result = measure(asked(texts, sure, "main", problems), Execution())
    assert result.correct.values.tolist() == [8, 0, 8]
    assert result.attrs["problems_commit"] == resolve_texts(problems, "")
    # Fewer problems are the first ones.
    assert correct(asked(texts, sure, "main", problems, problems_count=1)) == [8]
    # The other answers make the other problem right.
    other = speaks(tmp_path / "other", {"?": "3", "!": "7"})
    assert correct(asked(texts, other, "main", problems)) == [0, 8, 0]


def test_counts_are_those_of_a_coin_where_the_model_throws_one(tmp_path: Path, texts: str, problems: str) -> None:
    coin = speaks(tmp_path / "coin", {"?": "73", "!": "3"})
    tossed = {seed: correct(asked(texts, coin, "main", problems, problem_samples=400, seed=seed)) for seed in (0, 1)}
    for heads, *others in tossed.values():
        assert abs(heads - 200) < 50  # five standard deviations
        assert others == [0, 400]
    assert tossed[0] != tossed[1]
    # Samples have a seed of their own, and do not depend on how the texts are read.
    again = measure(asked(texts, coin, "main", problems, problem_samples=400), Execution(token_budget=77))
    assert again.correct.values.tolist() == tossed[0]


def test_problems_are_asked_in_the_chat_template_where_there_is_one(tmp_path: Path, texts: str, problems: str) -> None:
    says = {"?": "7", "!": "3", ">": "5"}
    plain = speaks(tmp_path / "plain", says)
    chats = speaks(tmp_path / "chats", says, chat_template=TEMPLATE)  # its prompts end in ">"
    fives = write_rows(Path(problems).with_name("fives.jsonl"), [row | {"answer": 5} for row in PROBLEMS])
    assert correct(asked(texts, plain, "main", fives)) == [0, 0, 0]
    assert correct(asked(texts, chats, "main", fives)) == [8, 8, 8]


def test_problems_that_cannot_be_asked_are_told_before_any_measurement(
    tmp_path: Path, texts: str, problems: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = speaks(tmp_path / "sure", {"?": "7", "!": "3"})
    monkeypatch.setattr(_tracing, "measure_checkpoint", lambda *_, **__: pytest.fail("measured"))

    def refused(**changes: Any) -> None:
        measure(asked(texts, sure, "main", problems, **changes), Execution())

    with pytest.raises(ValueError, match=r"has only 3 problems, not 4; ask for fewer"):
        refused(problems_count=4)
    with pytest.raises(ValueError, match=r"problem 1 of .* has None in 'solution', and no number.*question, answer"):
        refused(answer_column="solution")
    with pytest.raises(ValueError, match=r"line 1 of .*problems.jsonl has no 'problem', only question, answer"):
        refused(problem_column="problem")
    with pytest.raises(ValueError, match=r"problem 1 has 5 tokens.* problem_tokens = 60 of the model's 64; lower it"):
        refused(problem_tokens=60)
    (tmp_path / "sure" / "main" / "model.safetensors").write_bytes(b"")
    with pytest.raises(BrokenCheckpoint):
        refused()


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("The answer is 27.", 27),
        ("so 12 - 5 = 7 apples, 7.", 7),
        ("2, then 3", 3),
        ("it is 1,234,567 in all", 1_234_567),
        (r"$3{,}159$ or $3,\!159$", 3159),
        ("12,3456 is two numbers", 3456),
        ("costs 0.50 dollars", Fraction(1, 2)),
        ("x = .25", Fraction(1, 4)),
        ("27.0", 27),
        ("-3", -3),
        ("x = \N{MINUS SIGN}3", -3),
        ("10-5", 5),
        ("(x)-5", 5),
        ("a ratio of 3/4", Fraction(3, 4)),
        (r"\frac{3}{4}", Fraction(3, 4)),
        (r"-\dfrac{3}{4}$", Fraction(-3, 4)),
        (r"\boxed{42}. I used 3 steps.", 42),
        (r"first \boxed{1}, no, \boxed{2} of 3", 2),
        (r"\boxed{\frac{10}{4}} cm^2", Fraction(5, 2)),
        (r"\boxed{x = 5} since 6", 5),
        (r"\boxed{12", 12),
        (r"\boxed{\text{none}} of 6", None),
        ("no number at all", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_the_last_number_is_read(text: str, number: Fraction | int | None) -> None:
    assert last_number(text) == number


@settings(deadline=None, derandomize=True)
@given(st.decimals(-(10**9), 10**9, places=3), st.sampled_from(["{}", "{:,}", "{:.4f}", "{:,.3f}"]))
def test_any_number_is_found_however_it_is_written(value: Any, form: str) -> None:
    written = form.format(value)
    around = f"step 1: 2 + 2 = 4, so the answer is {written}."
    assert last_number(written) == last_number(around) == last_number(rf"\boxed{{{written}}} by 3") == Fraction(value)
    assert last_number(f"{around} Or {value + 1}?") == Fraction(value) + 1
