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

_EXPERIMENT = """
    import time
    from typing import TYPE_CHECKING

    from learning_geometry.studies.types import NonNegative, Seed
    from learning_geometry.studies.unit import Execution, Unit
    {imports}
    if TYPE_CHECKING:
        import xarray as xr


    class Growth(Unit):
        seed: Seed
        pause: NonNegative


    def measure(unit: Growth, execution: Execution) -> "xr.Dataset":
        # A comment that a test may edit.
        import xarray as xr

        time.sleep(unit.pause)
        return xr.Dataset({{"value": {value}}})
    """

_MEASURE = {
    "alpha": _EXPERIMENT.format(
        imports="from learning_geometry.instruments.doubling import double\n", value="double(unit.seed + 1.0)"
    ),
    "beta": _EXPERIMENT.format(imports="", value="3.0 * (unit.seed + 1)"),
}

_CONFIG = """
    from collections.abc import Iterator

    from learning_geometry.studies.{name}.experiments.growth import Growth
    from learning_geometry.studies.parameters import Parameters
    from learning_geometry.studies.types import NonNegative, Seeds
    from learning_geometry.studies.unit import Unit


    class Config(Parameters):
        seeds: Seeds
        pause: NonNegative

        def units(self) -> Iterator[Unit]:
            for seed in self.seeds:
                yield Growth.of(self, seed=seed)
    """

_CLAIMS = """
    from learning_geometry.claims import Above, Claims, Estimate, exact
    from learning_geometry.records import Records

    claims = Claims(__name__)


    @claims.paper("Values are positive.", source="a toy paper", statistic="smallest value", rule=Above(0.0), headline=True)
    def positive(records: Records) -> Estimate:
        return exact(records["growth"].value.min())


    @claims.control(
        "Values minus ten are not.",
        of="positive",
        statistic="smallest value - 10",
        rule=Above(-100.0),
        uncontrasted="both are exact",
    )
    def control(records: Records) -> Estimate:
        return exact(records["growth"].value.min() - 10)
    """

_FIGURES = """
    from matplotlib.figure import Figure

    from learning_geometry import drawing
    from learning_geometry.records import Records


    def plot_growth(records: Records) -> Figure:
        figure = drawing.figure(4, 3)
        figure.subplots().plot(records["growth"].value)
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
seeds: list[int] = [0, 1, 2]  # independent seeds
pause: float = 0.0  # seconds that a unit sleeps
fresh: int = 0  # added to every seed

# %%
from learning_geometry import drawing
from learning_geometry.studies import STUDIES

drawing.use_in_notebook()
study = STUDIES["{name}"]
records = study.collect(study.configure(globals()))
claims, figures = study.judge(records), study.figures

# %%
claims.in_short()

# %% mystnb={{"figure": {{"name": "growth-{name}", "caption": "Growth."}}, "image": {{"alt": "A line that rises from seed to seed."}}}}
figures.growth.plot_growth(records)

# %%
claims.panel("growth")
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
        (room / "config.py").write_text(dedent(_CONFIG.format(name=name)).lstrip())
        for inner, text in {"experiments": _MEASURE[name], "claims": _CLAIMS, "figures": _FIGURES}.items():
            (room / inner).mkdir()
            (room / inner / "__init__.py").write_text(f'"""The {inner} of {name}."""\n')
            (room / inner / "growth.py").write_text(dedent(text).lstrip())
        (folder / "notebooks" / f"{number:02}_{name}.py").write_text(_NOTEBOOK.format(name=name))
    (folder / "notebooks" / "scales" / "smoke").mkdir()
    for name in _MEASURE:
        (folder / "notebooks" / "scales" / "smoke" / f"{name}.yaml").write_text("seeds: [0, 1]\n")
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
        "  - file: how_to_read_a_claim\n  - file: generated/scoreboard\n  - file: generated/stability\n"
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


def build(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run the toy's whole workflow at smoke scale."""
    return learning_geometry(folder, "build", "--scale", "smoke", *options)


def jobs(answer: subprocess.CompletedProcess[str]) -> dict[str, int]:
    """How many jobs of each rule a run of the workflow announced; all workers that measure count as `measure`."""
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
