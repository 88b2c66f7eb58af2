"""Series in the hub's own cache, traced without the network: by hand, and through the study to its claims."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from tiny_models import fake_hub, save_series, storage_of, tiny_tokenizer

from learning_geometry.claims import Outcome
from learning_geometry.instruments.ngrams import NGramCounts
from learning_geometry.materials import hub
from learning_geometry.materials.revisions import step_of
from learning_geometry.materials.texts import resolve_texts
from learning_geometry.store import Task
from learning_geometry.studies import STUDIES, measuring
from learning_geometry.studies.llm_phases.experiments import trace
from learning_geometry.studies.llm_phases.experiments._memory import stream_of, with_ngrams
from learning_geometry.studies.llm_phases.experiments._tracing import Contexts, measure_checkpoint
from learning_geometry.studies.types import DataSource
from learning_geometry.studies.unit import Execution

STUDY = STUDIES["llm_phases"]
STEPS = ["step1", "step64", "step512", "step4000"]
TOKENS = [f"stage1-step{step}-tokens{billions}B" for step, billions in ((1000, 3), (2000, 5), (9000, 19), (40_000, 84))]
SERIES = {"tiny/neox": ("gpt_neox", STEPS), "tiny/olmo": ("olmo2", TOKENS)}
WORDS = ("one", "two", "three", "red", "green", "blue", "why", "not", "now", "ever")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local series for each family."""
    folder = tmp_path_factory.mktemp("written")
    for model, (family, revisions) in SERIES.items():
        save_series(folder / Path(model).name, family, revisions=revisions)
    return folder


@pytest.fixture
def cache(tmp_path: Path, written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's cache with both series, and no network."""
    for model, (_, revisions) in SERIES.items():
        fake_hub(tmp_path / "hub", model, {name: written / Path(model).name / name for name in revisions})
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # processes of their own would know nothing of this
    return tmp_path / "hub"


def write_rows(file: Path, rows: list[dict[str, str]]) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


def running_text(rng: np.random.Generator, words: int) -> str:
    return " ".join(rng.choice(WORDS, size=words))


@pytest.fixture
def sources(tmp_path: Path) -> dict[str, str]:
    """Texts, a sample of what the models are said to have been trained on, and questions."""
    rng = np.random.default_rng(0)
    texts = [{"text": running_text(rng, int(words))} for words in rng.integers(2, 20, size=60)]
    memory = [{"text": running_text(rng, 40)} for _ in range(50)]
    questions = [
        {
            "support": running_text(rng, 3),
            "question": running_text(rng, 2),
            "correct_answer": "yes",
            **{f"distractor{number}": str(rng.choice(WORDS)) for number in (1, 2, 3)},
        }
        for _ in range(12)
    ]
    found = {"texts": texts, "memory": memory, "questions": questions}
    return {name: write_rows(tmp_path / f"{name}.jsonl", rows) for name, rows in found.items()}


EXECUTION = Execution(token_budget=500, disk_budget_gb=1.0, delete_after=True)


def asked(sources: dict[str, str], model: str, revision: str, **changes: str) -> trace.Trace:
    named = sources | changes
    return trace.Trace.of(
        STUDY.config(),
        checkpoint=DataSource.of(model, revision),
        step=step_of(revision) or 0,
        traced_texts=DataSource.of(named["texts"]),
        traced_contexts=60,
        traced_min_tokens=10,
        traced_max_tokens=40,
        memory_texts=DataSource.of(named["memory"]),
        memory_count=50,
        questions=DataSource.of(named["questions"]),
        questions_count=12,
        probe_seed=0,
        resamples=4,
        traced_alpha_ranks=[2, 9],
        traced_removed_directions=[2, 5],
    )


def measured(sources: dict[str, str], model: str, revision: str, **changes: str) -> xr.Dataset:
    return trace.measure(asked(sources, model, revision, **changes), EXECUTION)


def everything(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and ".locks" not in path.parts
    }


@pytest.mark.parametrize("model", list(SERIES))
@pytest.mark.parametrize("delete_after", [False, True])
def test_a_series_of_the_hub_is_traced_and_left_as_it_was(
    cache: Path, sources: dict[str, str], model: str, delete_after: bool
) -> None:
    before = everything(cache)
    assert before
    execution = EXECUTION.model_copy(update={"delete_after": delete_after})
    found = [
        trace.measure(asked(sources, model, revision, questions="", memory=""), execution)
        for revision in SERIES[model][1]
    ]
    assert everything(cache) == before  # what a person had in the cache is not ours to delete
    for one, revision in zip(found, SERIES[model][1], strict=True):
        assert re.fullmatch("[0-9a-f]{40}", one.attrs["commit"])
        assert one.attrs["commit"] == (storage_of(cache, model) / "refs" / revision).read_text()
        assert (one.attrs["model"], one.attrs["revision"]) == (model, revision)
        assert one.attrs["texts_commit"] == resolve_texts(sources["texts"], "")
        assert one.sizes["rank"] == 16
    assert len({one.attrs["commit"] for one in found}) == len({float(one.rankme) for one in found}) == 4
    by_name = model == "tiny/neox"
    assert [int(one.step) for one in found] == ([1, 64, 512, 4000] if by_name else [1000, 2000, 9000, 40_000])
    assert [int(one.tokens) for one in found] == ([-1] * 4 if by_name else [3e9, 5e9, 19e9, 84e9])


@pytest.mark.parametrize("model", list(SERIES))
def test_a_local_folder_gives_the_same_numbers_as_the_hub(
    cache: Path, sources: dict[str, str], written: Path, model: str
) -> None:
    revision = SERIES[model][1][2]
    before = everything(written)
    of_hub = measured(sources, model, revision)
    local = measured(sources, str(written / Path(model).name), revision)
    assert everything(written) == before  # even with delete_after
    assert local.equals(of_hub)
    assert re.fullmatch("[0-9a-f]{40}", local.attrs["commit"])
    assert local.attrs["commit"] != of_hub.attrs["commit"]


def test_what_is_measured_is_that_model_on_those_texts(cache: Path, sources: dict[str, str]) -> None:
    found = measured(sources, "tiny/neox", "step512")
    tokenizer = tiny_tokenizer()
    ids = [tokenizer(json.loads(line)["text"])["input_ids"] for line in Path(sources["texts"]).read_text().splitlines()]
    kept = [each for each in ids if len(each) >= 10]
    assert 0 < found.contexts == len(kept) < 60
    following = [each[40] if len(each) > 40 else -1 for each in kept]
    assert -1 in following
    contexts = Contexts([np.array(each[:40]) for each in kept], np.array(following))
    with hub.checkpoint("tiny/neox", "step512", disk_budget_gb=1, delete_after=False) as there:
        model = hub.load_model(there)
    by_hand = measure_checkpoint(
        model, contexts, ranks=(2, 9), removed=[2, 5], resamples=4, seed=0, token_budget=500, bfloat16=False
    )
    for name in by_hand.data_vars:
        np.testing.assert_array_equal(found[name], by_hand[name], err_msg=str(name))
    assert set(found) >= {"memorisation", "accuracy_after", "accuracy_before", "choices_after", "choices_before"}
    assert found.n_directions.values.tolist() == [2, 5]


def test_the_memory_s_n_grams_do_not_straddle_its_texts() -> None:
    """Texts of one letter each: across their borders "ab" would follow, within them it never does."""
    tokenizer = tiny_tokenizer()
    a, b = tokenizer("ab")["input_ids"]
    stream = stream_of(tokenizer, ["a" * 5, "b" * 5] * 4)
    assert stream.tolist() == ([a] * 5 + [258] + [b] * 5 + [258]) * 4
    contexts = Contexts([np.array([b, a, a]), np.array([a]), np.array([b, b])], np.array([a, b, -1]))
    with_them = with_ngrams(contexts, stream)
    assert with_them.infinigram is not None
    assert with_them.bigram is not None
    # After "a" comes "a", four times in five, and the border once; "b" after it never, and "?" is not known.
    np.testing.assert_allclose(with_them.infinigram.probability, [0.75, 0, 0])
    assert with_them.infinigram.length.tolist() == [2, 1, 2]
    assert with_them.bigram.tolist() == [a, a, b]
    assert with_them.tokens is contexts.tokens
    # Negative control: in one text "b" does follow.
    glued = stream_of(tokenizer, ["aaaaabbbbb"] * 4)
    assert NGramCounts(glued, 2).count([[a, b]]).tolist() == [4]
    assert NGramCounts(stream, 2).count([[a, b]]).tolist() == [0]


def test_what_is_not_asked_for_is_not_measured(cache: Path, sources: dict[str, str]) -> None:
    found = measured(sources, "tiny/olmo", TOKENS[0], questions="")
    assert abs(found.memorisation.sel(likeness="spearman")) < 0.8  # its weights are random
    assert "choices_after" not in found
    assert "memorisation" not in measured(sources, "tiny/olmo", TOKENS[0], memory="", questions="")


def recorded(sources: dict[str, str], model: str, revision: str) -> Any:
    return measuring.measure(Task("llm_phases", asked(sources, model, revision), "code"), EXECUTION)


def test_a_missing_revision_is_told_with_its_remedy(cache: Path, sources: dict[str, str]) -> None:
    with pytest.raises(ConnectionError, match=r"tiny/neox at step2 is not in the cache.*connect once"):
        recorded(sources, "tiny/neox", "step2")
    assert recorded(sources, "tiny/neox", "step1")["step"] == 1


def test_a_half_downloaded_snapshot_is_told_and_the_others_are_traced(cache: Path, sources: dict[str, str]) -> None:
    commit = (storage_of(cache, "tiny/olmo") / "refs" / TOKENS[1]).read_text()
    weights = storage_of(cache, "tiny/olmo") / "snapshots" / commit / "model.safetensors"
    blob = weights.resolve()
    blob.write_bytes(blob.read_bytes()[:-64])
    with pytest.raises(hub.BrokenCheckpoint, match=r"model\.safetensors has \d+ bytes instead of \d+.*delete"):
        recorded(sources, "tiny/olmo", TOKENS[1])
    assert weights.exists()
    assert recorded(sources, "tiny/olmo", TOKENS[2])["step"] == 9000


def source_code(number: int) -> str:
    rng = np.random.default_rng(number)
    return "".join(f"{rng.choice(WORDS)}_{number} = {rng.choice(WORDS)}({rng.integers(99)})\n" for _ in range(40))


def test_the_whole_way_through_the_study(cache: Path, sources: dict[str, str], tmp_path: Path) -> None:
    for number in range(40):
        (tmp_path / "code").mkdir(exist_ok=True)
        (tmp_path / "code" / f"module{number}.py").write_text(source_code(number))
    config = STUDY.config(
        "smoke",
        given={
            "theory_seeds": [0, 1],
            "theory_steps": 200,
            "map_seeds": [0, 1],
            "map_dimensions": [2, 16],
            "map_exponents": [1.5],
            "map_steps": 100,
            "theory_classes": 16,
            "seeds": [0],
            "control_seeds": [0],
            "corpus": str(tmp_path / "code"),
            "vocabulary": 300,
            "width": 8,
            "layers": 1,
            "heads": 2,
            "context": 8,
            "steps": 100,
            "theorem_seeds": [0, 1],
            "theorem_steps": 100,
            "toy_seeds": [0],
            "toy_steps": 100,
            "slow_seeds": [0],
            "slow_width": 8,
            "slow_steps": 100,
            "batch_size": 4,
            "checkpoints": 3,
            "probe_contexts": 40,
            "alpha_ranks": [1, 5],
            "removed_directions": [1, 2],
            "resamples": 2,
            "traced": {model: revisions for model, (_, revisions) in SERIES.items()},
            "traced_texts": sources["texts"],
            "traced_contexts": 60,
            "traced_min_tokens": 10,
            "traced_max_tokens": 40,
            "traced_alpha_ranks": [2, 9],
            "traced_removed_directions": [2, 5],
            "memory_texts": sources["memory"],
            "memory_count": 50,
            "questions": sources["questions"],
            "questions_count": 12,
            "delete_after": True,
        },
    )
    tasks, execution = STUDY.tasks(config), Execution.of(config)
    assert sum(task.experiment == "trace" for task in tasks) == 8
    before = everything(cache)
    records = STUDY.collect(config)
    assert everything(cache) == before
    assert STUDY.store().root.is_relative_to(tmp_path)
    card = STUDY.judge(records)
    for claim in ("series-phases", "series-alpha-first", "series-directions", "series-directions-50"):
        assert card[claim].outcome != Outcome.NOT_TESTED, claim
        assert card[claim].measured.n_seeds == 2
    # One seed of each training decides nothing, at any scale.
    assert card["compression"].outcome == card["uniform"].outcome == Outcome.NOT_TESTED
    # What was measured is found again, and not measured anew.
    files = {file: file.stat().st_mtime_ns for file in (tmp_path / "build" / "store").rglob("*.json")}
    assert len(files) == len(tasks)
    again = measuring.collect(tasks, STUDY.store(), execution)
    assert {file: file.stat().st_mtime_ns for file in files} == files
    assert STUDY.judge(again)["series-directions"].measured.value == card["series-directions"].measured.value
    # Without the series the same study says that they were not tested.
    untraced = config.model_copy(update={"traced": {}})
    assert {task.name for task in STUDY.tasks(untraced)} < {task.name for task in tasks}
    assert STUDY.judge(STUDY.collect(untraced))["series-phases"].outcome == Outcome.NOT_TESTED


def test_equal_weights_at_different_steps_are_refused_before_anything_is_measured(
    sources: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))
    folder = save_series(tmp_path / "mine", revisions=("checkpoint-5", "checkpoint-50"))
    shutil.copytree(folder / "checkpoint-50", folder / "checkpoint-100")
    names = ["checkpoint-5", "checkpoint-50", "checkpoint-100"]
    unit = asked(sources, str(folder), "checkpoint-5", memory="", questions="")
    execution = EXECUTION.model_copy(update={"traced_series": {str(folder): names}})
    with pytest.raises(ValueError, match="equal weights: checkpoint-50, checkpoint-100"):
        trace.measure(unit, execution)
    accepted = trace.measure(unit, execution.model_copy(update={"accept_duplicates": True}))
    assert int(accepted.step) == 5
    assert re.fullmatch("[0-9a-f]{40}", str(accepted.weights.values))
