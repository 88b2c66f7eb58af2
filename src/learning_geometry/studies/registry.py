"""The registry of studies: what a study is to the notebooks, the workflow and the ledger."""

import importlib
import re
from collections.abc import Mapping, MutableMapping
from functools import cached_property
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from learning_geometry import paths, sources
from learning_geometry.claims import Claim, Claims, Scorecard, judge
from learning_geometry.records import Records
from learning_geometry.store import Store, Task
from learning_geometry.studies.drawn import Section
from learning_geometry.studies.parameters import Parameters, notebook_parameters, scale_parameters, validated
from learning_geometry.studies.unit import Execution

_PANEL = re.compile(r'^claims\.panel\("([a-z0-9_]+)"\)', flags=re.MULTILINE)
_CONFIGURED = "_configured_"
"""The name by which a notebook's namespace remembers that its parameters were checked."""


class Study:
    """One paper, or a part of one: its notebook, its configuration, its units of work, its claims.

    The room, a folder in `studies/`, holds `config.py` (`Config`), and in `experiments/`, `claims/` and `figures/` one module
    for each experiment or section of the chapter; names with a leading underscore are helpers. A room inside another is a
    part of that study with a notebook of its own: `studies/<study>/<part>/` is known as `<study>_<part>`.
    """

    def __init__(self, room: Path) -> None:
        self.room = room
        self._within = room.relative_to(paths.PACKAGE / "studies").parts
        self.name = "_".join(self._within)

    def __repr__(self) -> str:
        return f"Study({self.name!r})"

    @property
    def paper(self) -> str:
        """Name of the study of the same paper that holds this one, or its own."""
        return self._within[0]

    def module(self, name: str) -> ModuleType:
        """A module of the study's room, such as `config` or `experiments.maps`."""
        return importlib.import_module(self._dotted(name))

    def _dotted(self, module: str) -> str:
        return ".".join(("learning_geometry.studies", *self._within, module))

    def visible(self, folder: str) -> list[str]:
        """The modules of a folder of the room that are no helpers, in alphabetical order."""
        return sorted(file.stem for file in (self.room / folder).glob("*.py") if not file.stem.startswith("_"))

    @cached_property
    def notebook(self) -> Path:
        """The study's notebook, `notebooks/NN_<name>.py`.

        Raises:
            FileNotFoundError: there is not exactly one.
        """
        files = sorted((paths.checkout() / "notebooks").glob(f"[0-9][0-9]_{self.name}.py"))
        if len(files) != 1:
            raise FileNotFoundError(
                f"study {self.name} has {len(files)} notebooks notebooks/NN_{self.name}.py, not one"
            )
        return files[0]

    @cached_property
    def title(self) -> str:
        """The title of the study's chapter."""
        lines = self.notebook.read_text(encoding="utf-8").splitlines()
        return next(line for line in lines if line.startswith("# # ")).removeprefix("# # ").strip()

    def config(self, scale: str = "laptop", given: Mapping[str, Any] | None = None) -> Parameters:
        """The configuration at a scale, with given parameters on top.

        Raises:
            ValueError: a parameter or the scale is unknown, ill-typed or out of range.
        """
        values = notebook_parameters(self.notebook) | scale_parameters(scale, self.name) | dict(given or {})
        return validated(self.module("config").Config, values, self.name)

    def configure(self, namespace: MutableMapping[str, Any]) -> Parameters:
        """The configuration from a notebook's own variables, after its parameters cell and any injected one.

        A variable that is plain data but no parameter is an error: papermill itself would run on with the default. When the
        cells of one kernel run again, variables that they assigned the first time are there too, and are let pass.

        Raises:
            ValueError: a parameter is unknown, ill-typed or out of range.
        """
        values = {name: value for name, value in namespace.items() if _is_plain_parameter(name, value)}
        if namespace.get(_CONFIGURED) == self.name:
            known = self.module("config").Config.model_fields
            values = {name: value for name, value in values.items() if name in known}
        config = validated(self.module("config").Config, values, self.name)
        namespace[_CONFIGURED] = self.name
        return config

    def tasks(self, config: Parameters) -> list[Task]:
        """The units of work that a configuration asks for, each with the fingerprint of its code."""
        units = list(config.shifted().units())
        # A thousand checkpoints are a thousand units of one experiment: its code is looked at once.
        code = {name: self.code(name) for name in dict.fromkeys(unit.experiment() for unit in units)}
        return [Task(self.name, unit, code[unit.experiment()]) for unit in units]

    def code(self, experiment: str) -> str:
        """The fingerprint of an experiment's code and of the libraries that it uses."""
        return sources.fingerprint(self._experiment(experiment))

    def libraries(self, *experiments: str) -> dict[str, str]:
        """The libraries that the code of these experiments, or of all, imports, with their versions."""
        return sources.imported_libraries(*map(self._experiment, experiments or self.visible("experiments")))

    def _experiment(self, name: str) -> Path:
        return sources.module_file(self._dotted(f"experiments.{name}"))

    def collect(self, config: Parameters) -> Records:
        """The records of a configuration; what the store lacks is measured first, under a progress bar."""
        # Measuring needs libraries that a plan does not; without them an unchanged book is a matter of seconds.
        from learning_geometry.studies import measuring

        return measuring.collect(self.tasks(config), self.store(), Execution.of(config))

    def store(self) -> Store:
        """The store that all studies share."""
        return Store(paths.build() / "store")

    @cached_property
    def sections(self) -> dict[str, Claims]:
        """The claims by section, in the order in which the notebook shows their panels.

        Raises:
            ValueError: a section has no panel in the notebook, or a panel no section.
        """
        shown, there = _PANEL.findall(self.notebook.read_text(encoding="utf-8")), self.visible("claims")
        if sorted(shown) != there:
            raise ValueError(
                f"{self.notebook.name} shows the panels {', '.join(shown)}, but claims/ has the sections {', '.join(there)}; "
                "each section is shown once"
            )
        return {name: self.module(f"claims.{name}").claims for name in shown}

    def declared(self) -> tuple[Claim, ...]:
        """The study's claims as they were declared, in the order of the page."""
        return tuple(claim for section in self.sections.values() for claim in section)

    def judge(self, records: Records) -> Scorecard:
        """The study's claims, judged on these records."""
        return judge(self.sections, records)

    @property
    def figures(self) -> SimpleNamespace:
        """The modules of `figures/` by name: `study.figures.cubes.plot_cubes(records)`."""
        return SimpleNamespace(**{name: Section(self.module(f"figures.{name}")) for name in self.visible("figures")})

    def page_code(self) -> str:
        """Fingerprint of the code behind the study's page: its configuration, figures and claims."""
        modules = [f"{folder}.{name}" for folder in ("figures", "claims") for name in self.visible(folder)]
        return sources.fingerprint(
            self.notebook, *(sources.module_file(self._dotted(name)) for name in ("config", *modules))
        )


def _discover() -> dict[str, Study]:
    # Listed by looking, not by hand: adding a study must not change code that other studies' results depend on.
    rooms = [file.parent for file in (paths.PACKAGE / "studies").glob("**/config.py")]
    numbers = {
        match[2]: match[1]
        for file in (paths.PACKAGE.parents[1] / "notebooks").glob("*.py")
        if (match := re.fullmatch(r"(\d\d)_(\w+)\.py", file.name))
    }
    studies = [Study(room) for room in rooms]
    return {
        study.name: study for study in sorted(studies, key=lambda study: (numbers.get(study.name, "99"), study.name))
    }


STUDIES: dict[str, Study] = _discover()
"""All studies by name, in the order of their notebooks' numbers."""


def _is_plain_parameter(name: str, value: Any) -> bool:
    # What a notebook's namespace holds besides parameters: modules, objects, and IPython's own In, Out and _i1.
    return not name.startswith("_") and name not in {"In", "Out"} and _is_plain(value)


def _is_plain(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str)
