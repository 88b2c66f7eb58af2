"""What the doctor says of a machine, in words and at once."""

import json
import os
import subprocess
import sys
import time

import pytest

from learning_geometry.publishing import doctor, workflow


@pytest.fixture
def findings(tmp_path, monkeypatch):
    """What the doctor finds, by name, when results go to an empty folder."""
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "build"))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    return lambda: {finding.name: finding for finding in doctor.inspect_machine()}


def test_it_imports_nothing_heavy():
    look = (
        "import sys; from learning_geometry.publishing import doctor; doctor.inspect_machine(); "
        "print([name for name in ('torch', 'transformers', 'matplotlib', 'snakemake') if name in sys.modules])"
    )
    answer = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert answer.stdout == "[]\n"


def test_what_is_as_it_should_be_has_one_line_and_what_is_not_a_remedy(findings):
    for finding in findings().values():
        lines = str(finding).splitlines()
        assert len(lines) == (1 if finding.fine else 2)
        assert finding.fine or finding.remedy


def test_it_names_a_run_under_way(findings, tmp_path):
    assert "run" not in findings()
    (tmp_path / "build").mkdir()
    with (tmp_path / "build" / "smoke.lock").open("a+") as lock:
        workflow._take(lock, "smoke")
        assert f"scale smoke is being built (pid {os.getpid()}, since " in findings()["run"].state
    assert "run" not in findings()


def test_it_names_a_folder_that_cannot_be_written(findings, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "file" / "build"))
    finding = findings()["results"]
    assert not finding.fine
    assert finding.needed
    assert "LEARNING_GEOMETRY_BUILD" in finding.remedy


def test_it_names_variables_that_were_set_aside(findings, monkeypatch):
    assert findings()["variables"].fine
    monkeypatch.setenv("LEARNING_GEOMETRY_SET_ASIDE", "PYTHONPATH=/another/src")
    assert findings()["variables"].state == "PYTHONPATH=/another/src"


def test_it_sees_an_environment_that_was_moved(findings, monkeypatch, tmp_path):
    from learning_geometry import paths

    for folder in ("workflow", "notebooks/scales", "src/learning_geometry", ".venv/bin"):
        (tmp_path / folder).mkdir(parents=True)
    for file in ("workflow/set_up.py", "requirements.lock", "requirements-torch.txt", "pyproject.toml"):
        (tmp_path / file).write_bytes((paths.checkout() / file).read_bytes())
    (tmp_path / ".venv/bin/python").touch()
    (tmp_path / ".venv/ready.json").write_text(json.dumps({"made in": "/elsewhere/.venv"}))
    monkeypatch.setattr(sys, "prefix", str(tmp_path / ".venv"))
    assert "that of another checkout" in findings()["environment"].state
    monkeypatch.setattr(paths, "checkout", lambda: tmp_path)
    finding = findings()["environment"]
    assert finding.state.endswith("it was made in /elsewhere/.venv")
    assert (finding.fine, finding.needed) == (False, True)


def test_it_takes_less_than_two_seconds():
    begin = time.process_time()
    usage = os.times().children_user
    answer = subprocess.run([sys.executable, "-m", "learning_geometry", "doctor"], capture_output=True, check=False)
    assert b"Python: " in answer.stdout
    assert os.times().children_user - usage + time.process_time() - begin < 2
