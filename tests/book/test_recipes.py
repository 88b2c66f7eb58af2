"""The recipes on the pages for readers with data of their own run, on small made-up input."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models
import torch

from learning_geometry import cli, commands
from learning_geometry.instruments.synapse_power import simulate_synapses
from learning_geometry.studies import STUDIES

BOOK = Path(__file__).resolve().parents[2] / "book"
PAGES = ("questions", "your_own_data")


def blocks(page: str, language: str) -> Iterator[tuple[str, str]]:
    """The code blocks of a page, each with the heading above it."""
    text = (BOOK / f"{page}.md").read_text(encoding="utf-8")
    for section in re.split(r"(?m)^## ", text)[1:]:
        for code in re.findall(rf"(?ms)^```{language}\n(.*?)^```$", section):
            yield section.splitlines()[0], code


PYTHON = [pytest.param(code, id=f"{page}-{heading}") for page in PAGES for heading, code in blocks(page, "python")]
COMMANDS = [
    pytest.param(line.replace("\\\n", " "), id=f"{page}-{number}")
    for page in PAGES
    for number, line in enumerate(
        line for _, code in blocks(page, "bash") for line in re.findall(r"(?m)^learning-geometry(?:.*\\\n)*.*$", code)
    )
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A reader's folder: a series of checkpoints, texts, arrays, a table of synapses, a copy of a data set."""
    place = tmp_path_factory.mktemp("reader")
    rng = np.random.default_rng(0)
    tiny_models.save_series(place / "my_series", revisions=("step0", "step500", "step1000"))
    (place / "texts").mkdir()
    (place / "texts" / "one.txt").write_text("A text that is long enough to be read.\n" * 20)
    np.save(place / "layer3.npy", rng.normal(size=(80, 60)))
    np.save(place / "layer3_of_another.npy", rng.normal(size=(80, 50)))
    np.save(place / "responses.npy", some_responses())
    before, after = simulate_synapses(2.0, (1, 60), change=0.3, spread=0.8, noise=0.05, rng=rng)
    rows = "".join(f"{first},{last}\n" for first, last in zip(before[0], after[0], strict=True))
    (place / "spines.csv").write_text(f"day_0,day_4\n{rows}")
    recordings = "nsddata_betas/ppdata/subj01/func1pt8mm/betas_fithrf/betas_session"
    for name in (
        "nsddata/experiments/nsd/nsd_expdesign.mat",
        *(f"nsddata/ppdata/subj01/func1pt8mm/roi/{atlas}.nii.gz" for atlas in ("prf-visualrois", "streams")),
        *(f"{recordings}{session:02}.hdf5" for session in range(1, 41)),
    ):
        (place / "nsd" / name).parent.mkdir(parents=True, exist_ok=True)
        (place / "nsd" / name).touch()
    return place


def some_responses() -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(1)
    signal = rng.normal(size=(120, 60)) * np.arange(1, 61) ** -0.5
    return signal + rng.normal(size=(3, 120, 60)) / 5


@pytest.fixture
def given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the recipes take for the reader's own, by the names that they use."""
    monkeypatch.chdir(folder)
    rng, torch_rng = np.random.default_rng(2), torch.Generator().manual_seed(0)
    features = rng.normal(size=(300, 120)) * np.arange(1, 121) ** -0.5
    return {
        "features": features,
        "features_before": rng.normal(size=(300, 120)),
        "x": features,
        "y": rng.normal(size=(300, 40)),
        "right_before": rng.binomial(256, 0.3, size=30),
        "right_after": rng.binomial(256, 0.5, size=30),
        "rewards": rng.integers(0, 2, size=(8, 16)),
        "with_rewards": rng.normal(1, 1, size=5),
        "with_shuffled": rng.normal(0, 1, size=5),
        "responses": some_responses(),
        "views": torch.randn(2, 32, 8, generator=torch_rng) + torch.randn(32, 8, generator=torch_rng),
        "weights": torch.randn(6, 6, generator=torch_rng) / 6**0.5,
        "inputs": torch.randn(60, 6, generator=torch_rng),
        "states": torch.randn(4, 6, generator=torch_rng),
        "texts": ["The first text.", "Another, somewhat longer text.", "A third."],
    }


@pytest.mark.parametrize("code", PYTHON)
def test_a_recipe_runs(code: str, given: dict[str, Any]) -> None:
    exec(compile(code, "recipe", "exec"), given)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_is_taken_with_the_parameters_that_the_page_gives(
    line: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    options = cli._parser().parse_args(shlex.split(line.replace("$PWD", str(folder)), comments=True)[1:])
    if options.command is commands.run:
        study = STUDIES[options.study]
        asked = study.tasks(study.config(options.scale, commands._parameters(options)))
        as_it_is = study.tasks(study.config(options.scale))
        assert len(asked) > len(as_it_is), "the data that are given add nothing to what is measured"
    elif not options.model.startswith("EleutherAI/"):
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert options.command(options) == 0
        assert "3 of them with weights of their own" in said.getvalue()


def test_every_question_has_claims_a_recipe_and_a_thread_or_a_door() -> None:
    text = (BOOK / "questions.md").read_text(encoding="utf-8")
    sections = re.split(r"(?m)^## ", text)[1:]
    assert len(sections) == 11
    for section in sections:
        heading = section.splitlines()[0]
        assert re.search(r"\{\{ .+\|claims \}\}", section), f"{heading}: no claim"
        assert len(re.findall(r"(?m)^```(?:python|bash)$", section)) == 1, f"{heading}: one recipe"
        assert "https://github.com/" in section or "<door-" in section, f"{heading}: who asked?"
