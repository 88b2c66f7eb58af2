"""What a scale would cost: weights by the names of models, each checkpoint downloaded once, hours by what units read."""

from typing import Any

import pytest

from learning_geometry.publishing import forecast
from learning_geometry.publishing.plan import StudyPlan
from learning_geometry.studies import STUDIES

STUDY = STUDIES["llm_phases"]
TEXTS = {
    "traced_texts": "allenai/c4",
    "traced_texts_revision": "main",
    "traced_contexts": 1000,
    "traced_max_tokens": 100,
}


def plan(**traced: list[str]) -> StudyPlan:
    config = STUDY.config("smoke", {"traced": {f"x/{name}": steps for name, steps in traced.items()}, **TEXTS})
    tasks = [task for task in STUDY.tasks(config) if task.experiment == "trace"]
    return StudyPlan(STUDY, {}, tasks, "", STUDY.notebook)


@pytest.mark.parametrize(
    ("model", "weights"),
    [("EleutherAI/pythia-160m", 160e6), ("EleutherAI/pythia-1.4b", 1.4e9), ("allenai/OLMo-2-0425-1B", 1e9),
     ("allenai/Llama-3.1-Tulu-3.1-8B", 8e9), ("allenai/Llama-3.1-Tulu-3-8B-DPO", 8e9), ("x/mine", 0)],
)  # fmt: skip
def test_a_model_has_as_many_weights_as_its_name_says(model: str, weights: float) -> None:
    assert forecast.weights_of(model) == weights


def test_downloads_and_hours_follow_from_weights_and_texts(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path))
    found = forecast.forecast(plan(**{"a-1b": ["step1", "step2"]}))
    assert found.units == {"trace": 2}
    assert found.gigabytes == pytest.approx((4.0, 8.0))
    reading = 2 * 1e9 * 2 * 1000 * 100 / 1e14
    assert found.hours == pytest.approx(2 * (120 + reading) / 3600)
    larger = forecast.forecast(plan(**{"a-10b": ["step1", "step2"]}))
    assert larger.hours - found.hours == pytest.approx(2 * 9 * reading / 3600)
    assert forecast.forecast(plan()).hours == 0


def test_what_is_measured_costs_nothing(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path))
    wanted = plan(**{"a-1b": ["step1", "step2"]})
    there = STUDY.store().path(wanted.tasks[0])
    there.parent.mkdir(parents=True)
    there.touch()
    assert forecast.forecast(wanted).gigabytes == pytest.approx((2.0, 4.0))
