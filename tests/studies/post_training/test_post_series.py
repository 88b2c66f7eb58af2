"""Checkpoints of someone else's post-training: their geometry, and answers counted where it is known what they say."""

import json
import re
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
from learning_geometry.store import Record, Store, Unit
from learning_geometry.studies.llm_phases import trace
from learning_geometry.studies.llm_phases.post_training import series
from learning_geometry.studies.llm_phases.post_training.answers import last_number

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


def asked(texts: str, model: str, revision: str, **changes: Any) -> dict[str, Any]:
    return {
        "model": model,
        "revision": revision,
        "stage": "rlvr",
        "texts": texts,
        "texts_revision": "",
        "n_texts": 60,
        "min_tokens": 10,
        "max_tokens": 40,
        "alpha_ranks": [2, 6],
        "resamples": 3,
        "problems": "",
        "problems_revision": "",
        "problem_column": "question",
        "answer_column": "answer",
        "n_problems": 3,
        "samples": 8,
        "max_new_tokens": 4,
        "temperature": 1.0,
        "token_budget": 500,
        "bfloat16": False,
        "disk_budget_gb": 1.0,
        "delete_after": True,
        "device": "cpu",
    } | changes


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
def test_a_stage_of_the_hub_is_measured_as_pretraining_is_and_left_as_it_was(
    cache: Path, texts: str, model: str, delete_after: bool
) -> None:
    before = everything(cache)
    for revision in STAGES[model][1]:
        given = asked(texts, model, revision, delete_after=delete_after, stage="its name")
        found = series.measure(**given)
        unasked = {"memory": "", "memory_revision": "", "memory_texts": 1, "questions": "", "questions_revision": ""}
        shared = {name: given[name] for name in given.keys() & trace.measure.__annotations__.keys()}
        pretraining = trace.measure(**shared, **unasked, n_questions=1, removed_directions=[1])
        own = {"stage", "step"}
        assert found.keys() - own == pretraining.keys() - {"directions", "tokens", "step"}
        for name in found.keys() - own:
            np.testing.assert_equal(found[name], pretraining[name], err_msg=name)
        assert found["stage"] == "its name"
        assert found["commit"] == (storage_of(cache, model) / "refs" / revision).read_text()
        assert {"rankme", "rankme_resampled", "alpha", "eigenvalues", "loss"} <= found.keys()
        assert not {"correct", "samples", "problems"} & found.keys()
    assert everything(cache) == before  # what a person had in the cache is not ours to delete


def test_steps_are_read_from_the_names_of_revisions(cache: Path, texts: str) -> None:
    found = [series.measure(**asked(texts, "tiny/rlvr", revision))["step"] for revision in STAGES["tiny/rlvr"][1]]
    assert found == [40, 1920]
    assert series.measure(**asked(texts, "tiny/dpo", "main"))["step"] == -1
    for name, step in {
        "step512": 512,
        "global_step_80": 80,
        "checkpoint-7": -1,
        "footstep3": -1,
        "epoch_2": -1,
    }.items():
        assert series._step(name) == step, name


def test_right_answers_are_counted_problem_by_problem(tmp_path: Path, texts: str, problems: str) -> None:
    sure = speaks(tmp_path / "sure", {"?": "7", "!": "3"})
    found = series.measure(**asked(texts, sure, "main", problems=problems))
    assert found["correct"].tolist() == [8, 0, 8]
    assert found["correct"].dtype == np.int64
    assert found["samples"] == 8
    assert found["problems"] == {"commit": resolve_texts(problems, ""), "problems": 3}
    assert found["model"] == "sure"
    assert re.fullmatch("[0-9a-f]{40}", found["commit"])
    # Fewer problems are the first ones.
    assert series.measure(**asked(texts, sure, "main", problems=problems, n_problems=1))["correct"].tolist() == [8]
    # The other answers make the other problem right.
    other = speaks(tmp_path / "other", {"?": "3", "!": "7"})
    assert series.measure(**asked(texts, other, "main", problems=problems))["correct"].tolist() == [0, 8, 0]
    # A record can be made of it.
    unit = Unit("llm_phases", "series", asked(texts, sure, "main", problems=problems), "code")
    store = Store(tmp_path / "store")
    store.write(Record(unit, found, 1.0, 1.0, {}))
    read = store.read(unit)
    assert read is not None
    np.testing.assert_equal(read["correct"], found["correct"])


def test_counts_are_those_of_a_coin_where_the_model_throws_one(tmp_path: Path, texts: str, problems: str) -> None:
    coin = speaks(tmp_path / "coin", {"?": "73", "!": "3"})
    correct = series.measure(**asked(texts, coin, "main", problems=problems, samples=400))["correct"]
    assert abs(correct[0] - 200) < 50  # five standard deviations
    assert correct[1:].tolist() == [0, 400]
    # Samples have a seed of their own.
    again = series.measure(**asked(texts, coin, "main", problems=problems, samples=400))["correct"]
    assert correct.tolist() == again.tolist()


def test_problems_are_asked_in_the_chat_template_where_there_is_one(tmp_path: Path, texts: str, problems: str) -> None:
    says = {"?": "7", "!": "3", ">": "5"}
    plain = speaks(tmp_path / "plain", says)
    chats = speaks(tmp_path / "chats", says, chat_template=TEMPLATE)  # its prompts end in ">"
    fives = write_rows(Path(problems).with_name("fives.jsonl"), [row | {"answer": 5} for row in PROBLEMS])
    assert series.measure(**asked(texts, plain, "main", problems=fives))["correct"].tolist() == [0, 0, 0]
    assert series.measure(**asked(texts, chats, "main", problems=fives))["correct"].tolist() == [8, 8, 8]


def test_problems_that_cannot_be_asked_are_told_before_any_measurement(
    tmp_path: Path, texts: str, problems: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sure = speaks(tmp_path / "sure", {"?": "7", "!": "3"})
    monkeypatch.setattr(series, "measure_checkpoint", lambda *_, **__: pytest.fail("measured"))

    def refused(**changes: Any) -> None:
        series.measure(**asked(texts, sure, "main", problems=problems, **changes))

    with pytest.raises(ValueError, match=r"has only 3 problems, not 4; ask for fewer"):
        refused(n_problems=4)
    with pytest.raises(ValueError, match=r"n_problems = 0; it must be at least 1"):
        refused(n_problems=0)
    with pytest.raises(ValueError, match=r"problem 1 of .* has None in 'solution', and no number.*question, answer"):
        refused(answer_column="solution")
    with pytest.raises(ValueError, match=r"without text in problem; found question, answer"):
        refused(problem_column="problem")
    with pytest.raises(ValueError, match=r"problem 1 has 5 tokens.* max_new_tokens = 60 of the model's 64; lower it"):
        refused(max_new_tokens=60)
    with pytest.raises(ValueError, match=r"no folder 'step_1'"):
        series.measure(**asked(texts, sure, "step_1"))
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
