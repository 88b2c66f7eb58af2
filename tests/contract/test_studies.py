"""One contract, tried on every study in the registry."""

import ast
import inspect
import re

import jupytext
import pytest
import yaml

from learning_geometry import sources
from learning_geometry.paths import PACKAGE, checkout
from learning_geometry.store import canonical
from learning_geometry.studies import STUDIES
from learning_geometry.studies.parameters import notebook_parameters, scale_parameters, scales

studies = pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))
every_scale = pytest.mark.parametrize("scale", scales())


def test_there_are_studies_numbered_as_their_notebooks():
    assert STUDIES
    stems = [study.notebook.stem for study in STUDIES.values()]
    assert stems == sorted(set(stems))
    papers = {
        study.notebook.name[:2]: study.room.relative_to(PACKAGE / "studies").parts[0] for study in STUDIES.values()
    }
    assert len(papers) == len(set(papers.values())), "one number is one paper, whose parts share it"
    notebooks = {file.stem[3:] for file in (checkout() / "notebooks").glob("*.py")}
    assert notebooks == set(STUDIES)


@studies
@every_scale
def test_every_scale_makes_a_valid_configuration_with_units(study, scale):
    config = study.config(scale)
    units = study.units(config)
    assert units
    assert len({unit.name for unit in units}) == len(units)
    for unit in units:
        assert canonical(dict(unit.parameters))
        assert set(inspect.signature(study.module(unit.experiment).measure).parameters) == set(unit.parameters)


@studies
def test_the_configuration_has_no_defaults_and_the_notebook_gives_every_value(study):
    fields = study.module("config").Config.model_fields
    assert [name for name, field in fields.items() if not field.is_required()] == []
    assert list(notebook_parameters(study.notebook)) == list(fields)


@studies
@every_scale
def test_a_scale_says_only_what_differs(study, scale):
    own, other = notebook_parameters(study.notebook), scale_parameters(scale, study.name)
    assert {name: value for name, value in other.items() if own[name] == value} == {}


def test_scale_files_know_only_studies():
    for scale in scales():
        if scale != "laptop":
            file = checkout() / "notebooks" / "scales" / f"{scale}.yaml"
            assert set(yaml.safe_load(file.read_text())) <= set(STUDIES)


@studies
def test_every_parameter_is_typed_and_explained(study):
    cell = re.search(r'# %% tags=\[[^\]]*"parameters".*?\n(.*?)\n# %%', study.notebook.read_text(), re.DOTALL)[1]
    for line in filter(None, cell.splitlines()):
        assert re.fullmatch(r"\w+: .+ = .+  # .+", line), line


@studies
def test_the_notebook_calls_and_does_not_define(study):
    code = [cell for cell in jupytext.read(study.notebook, fmt="py:percent").cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(cell.source for cell in code))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While) and len(node.body) > 3]
    ordinary = [cell for cell in code if "parameters" not in cell.metadata.get("tags", [])]
    assert max(len(cell.source.splitlines()) for cell in ordinary) <= 10
    assert sum(len(cell.source.splitlines()) for cell in code) <= 150


@studies
def test_the_notebook_shows_every_claim_and_no_other(study):
    shown = set(re.findall(r'^claims\["([^"]+)"\]', study.notebook.read_text(), re.MULTILINE))
    declared = {claim.id for claim in study.declared()}
    assert shown <= declared
    assert re.search(r"^claims$", study.notebook.read_text(), re.MULTILINE), "the whole scorecard is shown"


@studies
def test_claims_are_declared_whole_and_at_least_one_is_a_control(study):
    declared = study.declared()
    assert any(claim.control for claim in declared)
    assert len({claim.id for claim in declared}) == len(declared)
    for claim in declared:
        assert re.fullmatch(r"[a-z0-9.-]+", claim.id)
        assert all(len(text) > 3 for text in (claim.statement, claim.source, claim.statistic, str(claim.rule)))


@studies
def test_no_study_knows_another(study):
    used = {file for module in study.room.glob("*.py") for file in sources.imported_files(module)}
    # A part may use what the study around it has, but not the other way round.
    own = {study.room, *study.room.parents}
    others = {file for other in STUDIES.values() if other.room not in own for file in other.room.glob("*.py")}
    assert not used & others


def test_nothing_but_the_registry_knows_a_study_by_name():
    outside = [file for file in PACKAGE.rglob("*.py") if not set(file.relative_to(PACKAGE).parts) & set(STUDIES)]
    for file in outside:
        text = ast.unparse(ast.parse(file.read_text()))
        assert not [name for name in STUDIES if name in text], file


@studies
def test_planning_needs_no_heavy_library(study):
    """The plan of an unchanged book is drawn at every `make book`; torch alone would cost seconds."""
    plan = PACKAGE / "publishing" / "plan.py"
    config = study.room / "config.py"
    assert not {"torch", "transformers", "scipy", "matplotlib"} & set(_module_level_imports(plan, config))


def _module_level_imports(*roots):
    for file in sources.imported_files(*roots):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.Import):
                yield from (alias.name.partition(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module.partition(".")[0]


@pytest.mark.parametrize(
    "package",
    ["", "instruments", "materials", "publishing", *(study.room.relative_to(PACKAGE) for study in STUDIES.values())],
    ids=str,
)
def test_packages_hold_no_code(package):
    """Fingerprints do not follow packages on the way to a module, so their `__init__` files must hold nothing."""
    body = ast.parse((PACKAGE / package / "__init__.py").read_text()).body
    assert len(body) == 1
    assert isinstance(body[0], ast.Expr)
