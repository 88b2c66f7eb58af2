"""One contract, tried on every study in the registry."""

import ast
import inspect
import re
import subprocess
import sys

import jupytext
import pytest

from learning_geometry import sources
from learning_geometry.claims import Claims, check
from learning_geometry.claims.scorecard import MOST_HEADLINES
from learning_geometry.paths import PACKAGE, checkout
from learning_geometry.store import canonical
from learning_geometry.studies import STUDIES, Study
from learning_geometry.studies.parameters import notebook_parameters, scale_parameters, scales
from learning_geometry.studies.unit import Unit

every_study = pytest.mark.parametrize("study", STUDIES.values(), ids=list(STUDIES))
every_scale = pytest.mark.parametrize("scale", scales())


def code_cells(study):
    cells = jupytext.read(study.notebook, fmt="py:percent").cells
    return [cell for cell in cells if cell.cell_type == "code"]


def test_there_are_studies_numbered_as_their_notebooks():
    assert STUDIES
    stems = [study.notebook.stem for study in STUDIES.values()]
    assert stems == sorted(set(stems))
    papers = {study.notebook.name[:2]: study.paper for study in STUDIES.values()}
    assert len(papers) == len(set(papers.values())), "one number is one paper, whose parts share it"
    notebooks = {file.stem[3:] for file in (checkout() / "notebooks").glob("*.py")}
    assert notebooks == set(STUDIES)


# Parameters and units.


@every_study
@every_scale
@pytest.mark.usefixtures("imported_images")
def test_every_scale_makes_a_valid_configuration_with_units(study, scale):
    tasks = study.tasks(study.config(scale))
    assert tasks
    assert len({task.name for task in tasks}) == len(tasks)
    for task in tasks:
        assert canonical(task.parameters)
        assert task.experiment in study.visible("experiments")


@every_study
def test_the_configuration_has_no_defaults_and_the_notebook_gives_every_value(study):
    fields = study.module("config").Config.model_fields
    assert [name for name, field in fields.items() if not field.is_required()] == []
    given = list(notebook_parameters(study.notebook))
    assert given[-1] == "fresh"
    assert sorted(given) == sorted(fields)


@every_study
@every_scale
def test_a_scale_says_only_what_differs(study, scale):
    own, other = notebook_parameters(study.notebook), scale_parameters(scale, study.name)
    assert {name: value for name, value in other.items() if own[name] == value} == {}


def test_scale_folders_know_only_studies():
    folder = checkout() / "notebooks" / "scales"
    assert {file.stem for file in folder.rglob("*.*")} <= set(STUDIES)
    assert {file.parent.name for file in folder.rglob("*.yaml")} == set(scales()) - {"laptop"}


@every_study
def test_every_parameter_is_typed_and_explained(study):
    cell = re.search(r'# %% tags=\[[^\]]*"parameters".*?\n(.*?)\n# %%', study.notebook.read_text(), re.DOTALL)[1]
    for line in filter(None, cell.splitlines()):
        assert re.fullmatch(r"\w+: .+ = .+  # .+", line), line


# The room.


@every_study
def test_every_visible_experiment_has_a_class_of_its_name_and_measures_it(study):
    for name in study.visible("experiments"):
        module = study.module(f"experiments.{name}")
        unit = getattr(module, name.title().replace("_", ""))
        assert issubclass(unit, Unit)
        assert unit.experiment() == name
        assert list(inspect.signature(module.measure).parameters) == ["unit", "execution"]
        assert module.measure.__doc__
    assert not [file for file in study.room.glob("*.py") if not re.match(r"_|config\.py", file.name)]


@every_study
def test_every_visible_section_of_claims_declares_some(study):
    for name in study.visible("claims"):
        claims = study.module(f"claims.{name}").claims
        assert isinstance(claims, Claims)
        assert len(claims)
        assert {claim.section for claim in claims} == {name}


@every_study
def test_every_figure_is_drawn_on_the_page_or_is_part_of_one_that_is(study):
    shown = re.findall(r"\bfigures\.(\w+)\.(plot_\w+)\(", "\n".join(cell.source for cell in code_cells(study)))
    assert {section for section, _ in shown} == set(study.visible("figures"))
    for section in study.visible("figures"):
        text = (study.room / "figures" / f"{section}.py").read_text()
        drawn = set(re.findall(r"^def (plot_\w+)\(", text, re.MULTILINE))
        wanted = {name for where, name in shown if where == section}
        assert wanted <= drawn
        assert [name for name in drawn - wanted if text.count(f"{name}(") < 2] == []


def experiments_named(tree):
    """The experiments that a module asks its records for by name."""

    def is_records(node):
        return isinstance(node, ast.Name) and node.id == "records"

    for node in ast.walk(tree):
        key = None
        if isinstance(node, ast.Subscript) and is_records(node.value):
            key = node.slice.elts[0] if isinstance(node.slice, ast.Tuple) else node.slice
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and is_records(node.func.value):
            key = node.args[0] if node.args and node.func.attr in ("of", "select") else None
        elif isinstance(node, ast.Compare) and is_records(node.comparators[0]):
            key = node.left
        if isinstance(key, ast.Constant):
            yield key.value


@every_study
def test_claims_and_figures_ask_only_for_experiments_that_there_are(study):
    """A misspelt experiment would pass for one that was not run."""
    files = [*(study.room / "claims").glob("*.py"), *(study.room / "figures").glob("*.py")]
    named = {name for file in files for name in experiments_named(ast.parse(file.read_text()))}
    assert named
    assert named <= set(study.visible("experiments"))


def test_experiments_asked_for_are_seen():
    text = (
        'records["a"]; records["b", "part"]; records.of("c", seed=0); records.select("d"); "e" in records; other["f"]'
    )
    assert set(experiments_named(ast.parse(text))) == set("abcde")


# The page.


@every_study
def test_the_notebook_calls_and_does_not_define(study):
    code = code_cells(study)
    tree = ast.parse("\n".join(cell.source for cell in code))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.For | ast.While) and len(node.body) > 3]
    ordinary = [cell for cell in code if "parameters" not in cell.metadata.get("tags", [])]
    assert max(len(cell.source.splitlines()) for cell in ordinary) <= 10
    assert sum(len(cell.source.splitlines()) for cell in code) <= 150


@every_study
def test_the_notebook_shows_every_section_once_after_the_headlines(study):
    assert list(study.sections) == list(dict.fromkeys(claim.section for claim in study.declared()))
    shown = [
        line
        for cell in code_cells(study)
        for line in cell.source.splitlines()
        if re.match(r"claims(\W|$)", line) and "=" not in line and line != "claims.statements()"  # a list, with links
    ]
    panels = [f'claims.panel("{name}")' for name in study.sections]
    listed = [line for line in shown if line == "claims.statements()"]  # a list of links, where a page has one
    assert len(listed) <= 1
    assert [line for line in shown if line not in listed] == ["claims.in_short()", *panels], (
        "nothing shows a claim a second time"
    )
    assert sum(cell.source.count("claims.in_short()") for cell in code_cells(study)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [('claims.panel("cubes")', "claims"), ('claims.panel("cubes")', 'claims.panel("cube")'), ("claims.in_short()", 'claims.panel("cubes")')],
    ids=["a section without panel", "a panel without section", "a section twice"],
)  # fmt: skip
def test_a_page_that_does_not_show_each_section_once_is_refused(tmp_path, old, new):
    study = Study(STUDIES["cka_manipulation"].room)
    text = study.notebook.read_text()
    assert old in text
    notebook = tmp_path / study.notebook.name
    notebook.write_text(text.replace(old, new))
    study.__dict__["notebook"] = notebook
    with pytest.raises(ValueError, match="each section is shown once"):
        study.declared()


# Claims.


@every_study
def test_the_claims_of_a_study_agree(study):
    check(study.declared())


@pytest.mark.parametrize("paper", list(dict.fromkeys(study.paper for study in STUDIES.values())))
def test_a_paper_has_at_most_five_headlines_in_all_its_chapters(paper):
    chapters = [study for study in STUDIES.values() if study.paper == paper]
    headlines = [claim.id for study in chapters for claim in study.declared() if claim.headline]
    assert 1 <= len(headlines) <= MOST_HEADLINES, headlines


# What knows what.


@every_study
def test_no_study_knows_another(study):
    used = set(sources.imported_files(*study.room.rglob("*.py")))
    # A part may use what the study around it has; and a folder holds its own parts.
    related = {
        other for other in STUDIES.values() if other.room in (study.room, *study.room.parents, *study.room.glob("*"))
    }
    others = {file for other in STUDIES.values() if other not in related for file in other.room.rglob("*.py")}
    assert not used & others


@every_study
def test_a_study_does_not_know_its_parts(study):
    parts = [other.room for other in STUDIES.values() if study.room in other.room.parents]
    own = [file for file in study.room.rglob("*.py") if not any(file.is_relative_to(part) for part in parts)]
    assert not [file for file in sources.imported_files(*own) if any(file.is_relative_to(part) for part in parts)]


def test_nothing_but_the_registry_knows_a_study_by_name():
    outside = [file for file in PACKAGE.rglob("*.py") if not set(file.relative_to(PACKAGE).parts) & set(STUDIES)]
    for file in outside:
        text = ast.unparse(ast.parse(file.read_text()))
        assert not [name for name in STUDIES if name in text], file


HEAVY = {"torch", "transformers", "scipy", "sklearn", "xarray", "pandas", "matplotlib", "datasets"}


def loaded_by(program):
    """The heavy libraries that a fresh interpreter has loaded after a program."""
    program += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    answer = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    return HEAVY & set(answer.stdout.split())


PLAN = (
    "from learning_geometry.publishing.plan import study_plan; from learning_geometry.studies import STUDIES\n"
    "for scale in {scales}: study_plan(STUDIES['{name}'], scale)\n"
)


@every_study
@pytest.mark.usefixtures("imported_images")
def test_planning_loads_no_heavy_library(study):
    """The plan of an unchanged book is drawn at every `make book`; torch alone would cost seconds."""
    assert loaded_by(PLAN.format(name=study.name, scales=scales())) == set()


def test_a_heavy_library_that_planning_loaded_would_be_seen():
    assert "xarray" in loaded_by(PLAN.format(name="cka_manipulation", scales=["smoke"]) + "import xarray")


# Packages with code of their own are those through which others come in.
DOORS = {"claims", "drawing", "studies"}


@pytest.mark.parametrize(
    "package",
    sorted(str(file.parent.relative_to(PACKAGE)) for file in PACKAGE.rglob("__init__.py")),
)
def test_packages_hold_no_code(package):
    """Fingerprints do not follow packages on the way to a module, so their `__init__` files must hold nothing."""
    if package not in DOORS:
        body = ast.parse((PACKAGE / package / "__init__.py").read_text()).body
        assert len(body) == 1
        assert isinstance(body[0], ast.Expr)
