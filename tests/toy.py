"""A toy companion: this project's own package and workflow around two tiny studies, in a folder of its own.

`alpha` uses the instrument `doubling`; `beta` uses none. Both measure in milliseconds, so the whole path from a
parameter to a published page can be tried, broken and killed many times over.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[1]

_MEASURE = {
    "alpha": """
        import time

        from learning_geometry.instruments.doubling import double


        def measure(*, seed: int, pause: float) -> dict[str, float]:
            # A comment that a test may edit.
            time.sleep(pause)
            return {"value": double(seed + 1.0)}
        """,
    "beta": """
        import time


        def measure(*, seed: int, pause: float) -> dict[str, float]:
            time.sleep(pause)
            return {"value": 3.0 * (seed + 1)}
        """,
}

_CONFIG = """
    from typing import Any

    from pydantic import Field

    from learning_geometry.studies.parameters import Parameters


    class Config(Parameters):
        seeds: int = Field(ge=2)
        pause: float = Field(ge=0)


    def units(config: Config) -> list[tuple[str, dict[str, Any]]]:
        return [("growth", {"seed": seed, "pause": config.pause}) for seed in range(config.seeds)]
    """

_CLAIMS = """
    from learning_geometry.claims import Above, Claim, Judgement
    from learning_geometry.store import Records

    CLAIMS = (
        Claim("positive", "Values are positive.", "toy", "smallest value", Above(0.0)),
        Claim("control", "Values minus ten are not.", "toy", "smallest value - 10", Above(-100.0), control=True),
    )


    def judge(records: Records) -> list[Judgement]:
        least = min(record["value"] for record in records.of("growth"))
        return [CLAIMS[0].judge(least, n_seeds=len(records)), CLAIMS[1].judge(least - 10, n_seeds=len(records))]
    """

_FIGURES = """
    from matplotlib.figure import Figure

    from learning_geometry import style
    from learning_geometry.store import Records


    def plot_growth(records: Records) -> Figure:
        figure = style.figure(4, 3)
        figure.subplots().plot([record["value"] for record in records.of("growth")])
        return figure
    """

_NOTEBOOK = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # The toy {name}
# Prose that a test may edit.

# %% tags=["parameters"]
seeds: int = 3  # number of independent seeds
pause: float = 0.0  # seconds that a unit sleeps

# %%
from learning_geometry import style
from learning_geometry.studies import STUDIES
from learning_geometry.studies.{name} import figures

style.use_in_notebook()
study = STUDIES["{name}"]
records = study.collect(study.configure(globals()))

# %% mystnb={{"figure": {{"name": "growth-{name}", "caption": "Growth."}}, "image": {{"alt": "A line that rises from seed to seed."}}}}
figures.plot_growth(records)

# %%
study.judge(records)
"""


def build_toy(folder: Path) -> Path:
    """Write a toy companion into an empty folder and return it."""
    package = folder / "src" / "learning_geometry"
    shutil.copytree(ROOT / "src" / "learning_geometry", package, ignore=shutil.ignore_patterns("__pycache__"))
    for room in [path.parent for path in (package / "studies").glob("*/config.py")]:
        shutil.rmtree(room)
    (package / "instruments" / "doubling.py").write_text("def double(x: float) -> float:\n    return 2 * x\n")
    (folder / "notebooks" / "scales").mkdir(parents=True)
    for number, name in enumerate(_MEASURE, start=1):
        room = package / "studies" / name
        room.mkdir()
        (room / "__init__.py").write_text(f'"""The toy study {name}."""\n')
        for file, text in {"growth": _MEASURE[name], "config": _CONFIG, "claims": _CLAIMS, "figures": _FIGURES}.items():
            (room / f"{file}.py").write_text(dedent(text).lstrip())
        (folder / "notebooks" / f"{number:02}_{name}.py").write_text(_NOTEBOOK.format(name=name))
    (folder / "notebooks" / "scales" / "smoke.yaml").write_text("alpha: {seeds: 2}\nbeta: {seeds: 2}\n")
    shutil.copytree(ROOT / "workflow", folder / "workflow")
    _write_book(folder)
    return folder


def _write_book(folder: Path) -> None:
    book = folder / "book"
    book.mkdir()
    (folder / "_config.yml").write_text(
        'title: Toy\nexecute:\n  execute_notebooks: "off"\nonly_build_toc_files: true\n'
        "parse:\n  myst_enable_extensions: [colon_fence, dollarmath]\n"
    )
    (book / "_toc.yml").write_text(
        "format: jb-book\nroot: intro\nchapters:\n"
        "  - file: how_to_read_a_claim\n  - file: generated/scoreboard\n"
        "  - file: studies/01_alpha\n  - file: studies/02_beta\n"
    )
    (book / "intro.md").write_text("# Toy\n\n```{include} generated/scoreboard_small.md\n```\n")
    (book / "how_to_read_a_claim.md").write_text("# How to read a claim\n\nLook.\n")


def environment(folder: Path) -> dict[str, str]:
    """The variables under which a process sees the toy's package instead of the installed one."""
    return {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def learning_geometry(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the toy's command line."""
    command = [sys.executable, "-m", "learning_geometry", *arguments]
    return subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


def snakemake_command(*arguments: str) -> list[str]:
    """The command line of the workflow, as the Makefile has it."""
    program = str(Path(sys.executable).with_name("snakemake"))
    profile = "workflow/profiles/laptop"
    return [program, "--snakefile", "workflow/Snakefile", "--profile", profile, "--config", "scale=smoke", *arguments]


def snakemake(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the toy's workflow at smoke scale."""
    command = snakemake_command(*arguments)
    return subprocess.run(command, cwd=folder, env=environment(folder), capture_output=True, text=True, check=False)


def jobs(answer: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many jobs of each rule a run of the workflow announced; all measurements count as `measure`."""
    counts: dict[str, int] = {}
    lines = (answer.stdout + answer.stderr).splitlines()
    begin = next((at for at, line in enumerate(lines) if line.startswith("job ")), None)
    if begin is None:
        return counts
    for line in lines[begin + 2 :]:
        if not line.strip() or line.startswith("total"):
            break
        rule, count = line.split()[:2]
        kind = "measure" if rule.startswith("measure_") else rule
        counts[kind] = counts.get(kind, 0) + int(count)
    counts.pop("all", None)
    return counts
