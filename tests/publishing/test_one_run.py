"""One run at a time: a second is refused in one line, and whoever is killed leaves no lock behind."""

import os
import re
import signal
import subprocess
import sys
import time

import pytest

from learning_geometry import cli
from learning_geometry.publishing import workflow

_FIRST = (
    "import sys; from learning_geometry.publishing import workflow\n"
    "workflow._command = lambda *_: [sys.executable, '-c', 'import time; time.sleep(60)']\n"
    "workflow.build('smoke')"
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A build folder with a good book in it, and an engine that does nothing."""
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path))
    monkeypatch.setattr(workflow, "_command", lambda *_: [sys.executable, "-c", ""])
    (tmp_path / "smoke" / "html").mkdir(parents=True)
    return tmp_path


def pids(folder) -> list[int]:
    """The processes that the lock of a run names, as soon as it names its engine."""
    for _ in range(600):
        lock = folder / "smoke.lock"
        if lock.exists() and "engine" in lock.read_text():
            return [int(number) for number in re.findall(r"(?:pid|engine) (\d+)", lock.read_text())]
        time.sleep(0.05)
    raise AssertionError("the first run did not start")


def test_a_second_run_is_refused_and_touches_nothing(folder, capfd):
    with subprocess.Popen([sys.executable, "-c", _FIRST]) as first:
        own, engine = pids(folder)
        assert own == first.pid
        for killed in (None, own):  # the engine outlives whoever started it, and is still a run
            if killed is not None:
                os.kill(killed, signal.SIGKILL)
                first.wait()
            assert cli.main(["build", "--scale", "smoke"]) == 1
            said = capfd.readouterr().err
            assert re.fullmatch(
                rf"learning-geometry: another run at scale smoke is under way \(pid {own}, its engine {engine}, since "
                r"[-\d]+ [\d:]+\); wait for it, nothing was changed\n",
                said,
            )
            assert (folder / "smoke" / "html").is_dir()
        os.kill(engine, signal.SIGKILL)
    for _ in range(100):
        if workflow.under_way("smoke") is None:
            break
        time.sleep(0.05)
    assert workflow.build("smoke") == 0


def test_a_run_that_has_ended_is_not_under_way(folder):
    assert workflow.under_way("smoke") is None
    assert workflow.build("smoke") == 0
    assert workflow.under_way("smoke") is None
    assert workflow.build("smoke") == 0


def test_a_build_folder_that_cannot_be_made_costs_one_line(tmp_path, monkeypatch, capsys):
    (tmp_path / "file").touch()
    monkeypatch.setenv("LEARNING_GEOMETRY_BUILD", str(tmp_path / "file" / "build"))
    assert cli.main(["build", "--scale", "smoke"]) == 1
    assert capsys.readouterr().err == (
        f"learning-geometry: {tmp_path / 'file' / 'build'} cannot be written (Not a directory); make it writable, or name "
        "another folder: LEARNING_GEOMETRY_BUILD=/a/folder/of/yours make book\n"
    )
