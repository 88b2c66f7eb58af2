"""The registry of studies: what a study is to the notebooks, the workflow and the ledger."""

import ast
import importlib
import re
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from learning_geometry import paths, sources
from learning_geometry.claims import Claim, Scorecard
from learning_geometry.store import Records, Store, Unit
from learning_geometry.studies.parameters import Parameters, notebook_parameters, scale_parameters, validated


class Study:
    """One paper, or a part of one: its notebook, its configuration, its units of work, its claims.

    The room, a folder in `studies/`, holds `config.py` (`Config` and `units`), one module with a function `measure` for
    each experiment, `figures.py` and `claims.py` (`CLAIMS` and `judge`). A room inside another is a part of that study
    with a notebook of its own: `studies/<study>/<part>/` is known as `<study>_<part>`.
    """

    def __init__(self, room: Path) -> None:
        self.room = room
        self._within = room.relative_to(paths.PACKAGE / "studies").parts
        self.name = "_".join(self._within)

    def __repr__(self) -> str:
        return f"Study({self.name!r})"

    def module(self, name: str) -> ModuleType:
        """A module of the study's room."""
        return importlib.import_module(self._dotted(name))

    def _dotted(self, module: str) -> str:
        return ".".join(("learning_geometry.studies", *self._within, module))

    @cached_property
    def notebook(self) -> Path:
        """The study's notebook, `notebooks/NN_<name>.py`.

        Raises:
            FileNotFoundError: there is not exactly one.
        """
        found = sorted((paths.checkout() / "notebooks").glob(f"[0-9][0-9]_{self.name}.py"))
        if len(found) != 1:
            raise FileNotFoundError(
                f"study {self.name} has {len(found)} notebooks notebooks/NN_{self.name}.py, not one"
            )
        return found[0]

    def config(self, scale: str = "laptop", given: Mapping[str, Any] | None = None) -> Parameters:
        """The configuration at a scale, with given parameters on top.

        Raises:
            ValueError: a parameter or the scale is unknown, ill-typed or out of range.
        """
        values = notebook_parameters(self.notebook) | scale_parameters(scale, self.name) | dict(given or {})
        return validated(self.module("config").Config, values, self.name)

    def configure(self, namespace: Mapping[str, Any]) -> Parameters:
        """The configuration from a notebook's own variables, after its parameters cell and any injected one.

        Where papermill was given a whole scale file (`-f notebooks/scales/smoke.yaml`), the section of this study
        counts, below parameters given one by one (`-p`). A variable that is plain data but no parameter is an error:
        papermill itself would run on with the default.

        Raises:
            ValueError: a parameter is unknown, ill-typed or out of range.
        """
        values = {name: value for name, value in namespace.items() if _is_plain_parameter(name, value)}
        known = set(notebook_parameters(self.notebook))
        sections = {name for name in values if name in STUDIES and name not in known}
        section = dict(values.get(self.name, {})) if self.name in sections else {}
        if section:
            one_by_one = _assigned_beside(self.name, namespace.get("In", ()))
            values |= {name: value for name, value in section.items() if name not in one_by_one}
        return validated(
            self.module("config").Config,
            {name: value for name, value in values.items() if name not in sections},
            self.name,
        )

    def units(self, config: Parameters) -> list[Unit]:
        """The independent pieces of work that a configuration asks for, each with the fingerprint of its code."""
        wanted = self.module("config").units(config)
        # A thousand checkpoints are a thousand units of one experiment: its code is looked at once.
        code = {experiment: self._code(experiment) for experiment in dict.fromkeys(name for name, _ in wanted)}
        return [Unit(self.name, experiment, parameters, code[experiment]) for experiment, parameters in wanted]

    def _code(self, experiment: str) -> str:
        return sources.fingerprint(sources.module_file(self._dotted(experiment)))

    def collect(self, config: Parameters) -> Records:
        """The records of a configuration; what the store lacks is measured first, under a progress bar."""
        # Measuring needs libraries that a plan does not; without them an unchanged book is a matter of seconds.
        from learning_geometry.studies import measuring

        jobs = measuring.default_jobs(getattr(config, "device", "cpu"))
        return measuring.collect(self.units(config), self.store(), jobs=jobs)

    def store(self) -> Store:
        """The store that all studies share."""
        return Store(paths.build() / "store")

    def declared(self) -> tuple[Claim, ...]:
        """The study's claims as they were declared."""
        claims: tuple[Claim, ...] = self.module("claims").CLAIMS
        return claims

    def judge(self, records: Records) -> Scorecard:
        """The study's claims, judged on these records.

        Raises:
            RuntimeError: a declared claim was left unjudged, or one was judged that had not been declared.
        """
        card = Scorecard(self.module("claims").judge(records))
        if [judgement.claim for judgement in card] != list(self.declared()):
            raise RuntimeError(f"{self.name}: the judged claims are not the declared ones, in their order")
        return card

    def page_code(self) -> str:
        """Fingerprint of the code behind the study's page: its figures and its claims."""
        return sources.fingerprint(
            self.notebook, *(sources.module_file(self._dotted(name)) for name in ("config", "figures", "claims"))
        )


def _discover() -> dict[str, Study]:
    # Listed by looking, not by hand: adding a study must not change code that other studies' results depend on.
    rooms = [file.parent for file in (paths.PACKAGE / "studies").glob("**/config.py")]
    numbers = {
        match[2]: match[1]
        for file in (paths.PACKAGE.parents[1] / "notebooks").glob("*.py")
        if (match := re.fullmatch(r"(\d\d)_(\w+)\.py", file.name))
    }
    found = [Study(room) for room in rooms]
    return {study.name: study for study in sorted(found, key=lambda study: (numbers.get(study.name, "99"), study.name))}


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
    return isinstance(value, bool | int | float | str)


def _assigned_beside(name: str, history: Any) -> set[str]:
    """Names assigned in the cell that assigns `name`: papermill puts everything that it was given into one cell."""
    for cell in history:
        try:
            statements = ast.parse(cell).body
        except SyntaxError:
            continue
        targets = {
            target.id
            for statement in statements
            if isinstance(statement, ast.Assign)
            for target in statement.targets
            if isinstance(target, ast.Name)
        }
        if name in targets:
            return targets
    return set()
