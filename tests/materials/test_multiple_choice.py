"""Questions read as the model would read them, and the right answer does not stand where it stood in the file."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from learning_geometry.materials.multiple_choice import load_questions

COMMIT = "0b2714987fa478483af9968de7c934580d0bb9a2"


def rows(n: int) -> list[dict[str, str]]:
    return [
        {
            "support": f"  A passage, number {number}.",
            "question": f"What is {number}?",
            "correct_answer": f"right {number}",
            "distractor1": f"one {number}",
            "distractor2": f"two {number}",
            "distractor3": f"three {number}",
        }
        for number in range(n)
    ]


@pytest.fixture
def file(tmp_path: Path) -> str:
    """Two hundred questions."""
    path = tmp_path / "validation.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows(200)))
    return str(path)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_a_question_reads_as_its_row_says(file: str) -> None:
    for number, question in enumerate(load_questions(file, "", n_questions=200, rng=rng())):
        assert question.prompt == f"A passage, number {number}.\nQuestion: What is {number}?\nAnswer:"
        assert question.options[question.answer] == f" right {number}"
        assert sorted(question.options) == [f" {word} {number}" for word in ("one", "right", "three", "two")]


def test_the_place_of_the_answer_tells_nothing(file: str) -> None:
    places = Counter(question.answer for question in load_questions(file, "", n_questions=200, rng=rng()))
    # Four standard deviations of a binomial(200, 1/4); in the file the right one is always the first.
    assert all(abs(places[place] - 50) < 25 for place in range(4))


def test_the_generator_fixes_the_order_of_the_first_questions(file: str) -> None:
    many = load_questions(file, "", n_questions=200, rng=rng())
    assert load_questions(file, "", n_questions=20, rng=rng()) == many[:20]
    assert load_questions(file, "", n_questions=20, rng=rng(1)) != many[:20]


def test_what_cannot_be_asked_is_refused(file: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has only 200 questions, not 201"):
        load_questions(file, "", n_questions=201, rng=rng())
    with pytest.raises(ValueError, match="n_questions = 0"):
        load_questions(file, "", n_questions=0, rng=rng())
    (tmp_path / "texts.jsonl").write_text('{"text": "no question", "question": "?"}\n')
    with pytest.raises(ValueError, match=r"line 1 of .*texts\.jsonl has no 'support', only text, question"):
        load_questions(str(tmp_path / "texts.jsonl"), "", n_questions=1, rng=rng())
    with pytest.raises(ValueError, match="needs a revision"):
        load_questions("allenai/sciq", "", n_questions=1, rng=rng())


def test_the_hub_s_questions_are_downloaded_once_from_the_validation_split(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def load_dataset(*arguments: Any, **keywords: Any) -> list[dict[str, str]]:
        asked.append((arguments, keywords))
        return rows(3)

    monkeypatch.setattr("datasets.load_dataset", load_dataset)
    assert len(load_questions("allenai/sciq", COMMIT, n_questions=3, rng=rng())) == 3
    assert asked == [(("allenai/sciq", None), {"split": "validation", "revision": COMMIT, "streaming": False})]
