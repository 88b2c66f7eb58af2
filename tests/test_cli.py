"""What a person types means what she means, or is refused in one line with a right example."""

import subprocess
import sys

import pytest

from learning_geometry import cli
from learning_geometry.studies import STUDIES
from learning_geometry.studies.assignments import read_assignments
from learning_geometry.studies.parameters import notebook_parameters

STUDY = STUDIES["llm_phases"]


def read(*assignments):
    return read_assignments(assignments, STUDY.module("config").Config, notebook_parameters(STUDY.notebook))


@pytest.mark.parametrize(
    ("assignment", "value"),
    [
        ("learning_rate=1e-4", 0.0001),
        ("learning_rate=.5", 0.5),
        ("learning_rate=1", 1.0),
        ("map_exponents=[0, 1e0, 1.5]", [0.0, 1.0, 1.5]),
        ("steps=1e3", 1000),
        ("steps=010", 10),
        ("seeds=[1, 2]", [1, 2]),
        ("seeds=\n- 1\n- 2", [1, 2]),
        ("bfloat16=true", True),
        ("bfloat16=no", False),
        # A text stands as it is typed: YAML would read another type, a comment, a mapping or an error.
        ("questions_revision=", ""),
        ("questions_revision=null", "null"),
        ("questions_revision=1234567", "1234567"),
        ("questions_revision=12e45678", "12e45678"),
        ("questions_revision=2024-01-01", "2024-01-01"),
        ("questions=no", "no"),
        ("corpus=C:\\texts: [v2] #2", "C:\\texts: [v2] #2"),
        ("corpus=@home", "@home"),
        ("corpus='quoted'", "quoted"),
        ("corpus=a=b", "a=b"),
        (
            "traced={EleutherAI/pythia-160m: [step0, 1e5, 0123], ./own: [main]}",
            {"EleutherAI/pythia-160m": ["step0", "1e5", "0123"], "./own": ["main"]},
        ),
        ("traced={}", {}),
    ],
)
def test_a_value_is_read_as_what_its_parameter_is(assignment, value):
    name = assignment.partition("=")[0]
    assert read(assignment) == {name: value}
    assert type(read(assignment)[name]) is type(value)


@pytest.mark.parametrize("study", STUDIES.values(), ids=lambda study: study.name)
def test_every_default_can_be_typed(study):
    import json

    defaults = notebook_parameters(study.notebook)
    typed = [f"{name}={value if isinstance(value, str) else json.dumps(value)}" for name, value in defaults.items()]
    assert read_assignments(typed, study.module("config").Config, defaults) == defaults


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("seeds=[1, 2", "parameter 'seeds' = '[1, 2' cannot be read: expected ',' or ']'"),
        ("seeds=", "parameter 'seeds' = '' cannot be read: there is no value"),
        ("seeds=3", "a list, [a, b], is wanted"),
        ("seeds=[[1]]", "a single value is wanted"),
        ("seeds=[1, two]", "'two' is no number"),
        ("seeds=*a", "undefined alias"),
        ("steps=1.5", "'1.5' is no whole number"),
        ("steps=1_000", "'1_000' is no number"),
        ("steps=1:30", "'1:30' is no number"),
        ("learning_rate=0,001", "'0,001' is no number"),
        ("learning_rate=", "there is no value"),
        ("bfloat16=maybe", "'maybe' is neither true nor false"),
        ("traced=[step0]", "a mapping, {name: value}, is wanted"),
        ("traced={a: [s], a: [t]}", "'a' stands twice"),
        ("traced={a/b: step0}", "a list, [a, b], is wanted"),
        ("no name=1", "is no name=value"),
        ("=1", "is no name=value"),
    ],
)
def test_a_value_that_cannot_be_read_is_answered_with_a_right_one(assignment, said):
    with pytest.raises(ValueError, match="write for example -p ") as refusal:
        read(assignment)
    message = str(refusal.value)
    assert said in message
    assert "\n" not in message
    # What it proposes can be read.
    proposed = message.rpartition("-p ")[2]
    import shlex

    read(*shlex.split(proposed))


def test_a_parameter_is_given_once():
    with pytest.raises(ValueError, match="'steps' is given twice, the second time as '300'"):
        read("steps=200", "steps=300")


def test_an_unreadable_value_costs_one_line_and_no_traceback(capsys):
    assert cli.main(["measure", "llm_phases", "-p", "seeds=[1, 2"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert said[0].startswith("learning-geometry: parameter 'seeds' = '[1, 2'")
    assert cli.main(["measure", "llm_phases", "-p", "sedes=1e-4"]) == 1
    assert "unknown parameter 'sedes'" in capsys.readouterr().err


def test_a_reader_who_leaves_early_is_no_error():
    program = (
        "import sys; from learning_geometry import cli, commands\n"
        "def lines(_):\n    [print(i) for i in range(100_000)]\n    return 0\n"
        "commands.doctor = lines\n"
        "sys.exit(cli.main(['doctor']))"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"0\n"
        process.stdout.close()
        said = process.stderr.read()
    assert said == b""
    assert process.returncode in (0, 141)


NOTHING_TO_DO = """
import sys
from pathlib import Path
from learning_geometry import cli, paths
from learning_geometry.publishing import workflow
workflow.build, paths.published = lambda scale: {code}, Path
cli.main(["build", "--scale", "smoke"])
print(*sorted({{"nbformat", "torch", "xarray"}} & set(sys.modules)))
"""


def test_a_book_with_nothing_to_do_waits_for_no_library_that_it_does_not_need():
    def loaded(code):
        program = [sys.executable, "-c", NOTHING_TO_DO.format(code=code)]
        return subprocess.run(program, capture_output=True, text=True, check=True).stdout.splitlines()[-1].split()

    assert loaded(0) == []
    assert loaded(1) == ["nbformat"]  # control: setting a stale book aside takes them
