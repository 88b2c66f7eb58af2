"""What reruns after which change, and what can never be published: the real workflow around two toy studies."""

import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
import toy

pytestmark = pytest.mark.xdist_group("toy")

DOUBLING = "src/learning_geometry/instruments/doubling.py"
ALPHA = "src/learning_geometry/studies/alpha"
PAGE_OF_ALPHA = {"notebook_alpha": 1, "ledger": 1, "book": 1}
PAGE_OF_BETA = {"notebook_beta": 1, "ledger": 1, "book": 1}


@contextmanager
def edited(file: Path, old: str, new: str):
    before = file.read_text()
    assert old in before
    file.write_text(before.replace(old, new))
    try:
        yield
    finally:
        file.write_text(before)


def planned(companion: Path) -> dict[str, int]:
    """What the engine would run, counted by rule."""
    answer = toy.build(companion, "--dry-run")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return toy.jobs(answer)


def records(companion: Path, study: str) -> list[Path]:
    return sorted((companion / "_build" / "store" / study).glob("*.json"))


@pytest.fixture
def copied_toy(built_toy, tmp_path) -> Path:
    """A copy of the built toy, to be changed at will."""
    return shutil.copytree(built_toy, tmp_path / "companion", symlinks=True)


EDITS = {
    "nothing": (DOUBLING, "2 * x", "2 * x", {}),
    "a comment": (f"{ALPHA}/experiments/growth.py", "# A comment", "# Another comment", {}),
    "a docstring": (f"{ALPHA}/__init__.py", "The toy", "A toy", {}),
    "an instrument": (DOUBLING, "2 * x", "2.0 * x", {"measure": 2, **PAGE_OF_ALPHA}),
    "an experiment": (f"{ALPHA}/experiments/growth.py", "seed + 1.0", "seed + 2.0", {"measure": 2, **PAGE_OF_ALPHA}),
    "a figure": (f"{ALPHA}/figures/growth.py", "(4, 3)", "(5, 3)", PAGE_OF_ALPHA),
    "a claim's rule": (f"{ALPHA}/claims/growth.py", "Above(0.0)", "Above(0.5)", PAGE_OF_ALPHA),
    "a claim's statement": (f"{ALPHA}/claims/growth.py", "Values are", "All values are", PAGE_OF_ALPHA),
    "the prose of a notebook": ("notebooks/01_alpha.py", "Prose", "More prose", PAGE_OF_ALPHA),
    "a parameter of one study": ("notebooks/02_beta.py", "pause: float = 0.0", "pause: float = 0.001", {"measure": 2, **PAGE_OF_BETA}),
    "fresh seeds for one study": ("notebooks/02_beta.py", "fresh: int = 0", "fresh: int = 9", {"measure": 2, **PAGE_OF_BETA}),
    "one seed more in the scale file": ("notebooks/scales/smoke/beta.yaml", "[0, 1]", "[0, 1, 2]", {"measure": 1, **PAGE_OF_BETA}),
    "the prose of the book": ("book/intro.md", "# Toy", "# The toy", {"book": 1}),
    "an unused file of the package": ("src/learning_geometry/publishing/doctor.py", "_DISK_GB = 3.0", "_DISK_GB = 4.0", {}),
}  # fmt: skip

# Files are named by what decides their content, so that what is lacking under its present name is what will be made.
_LACKING = """
import json, sys
from pathlib import Path

from learning_geometry import paths
from learning_geometry.publishing.plan import book_key, ledger_key, plans


def lacking():
    wanted = plans("smoke")
    jobs = {"measure": sum(not plan.study.store().path(task).is_file() for plan in wanted for task in plan.tasks)}
    jobs |= {f"notebook_{plan.study.name}": int(not plan.notebook.is_file()) for plan in wanted}
    for name, key in (("ledger", ledger_key(wanted)), ("book", book_key(wanted))):
        jobs[name] = int((paths.build() / "plan" / "smoke" / f"{name}.key").read_text().strip() != key)
    return {name: count for name, count in jobs.items() if count}


for file, old, new in json.load(sys.stdin):
    before = Path(file).read_text()
    assert old in before, file
    Path(file).write_text(before.replace(old, new))
    print(json.dumps(lacking()))
    Path(file).write_text(before)
"""


def test_what_is_lacking_after_which_edit(built_toy):
    answer = subprocess.run(
        [sys.executable, "-c", _LACKING],
        input=json.dumps([edit[:3] for edit in EDITS.values()]),
        cwd=built_toy,
        env=toy.environment(built_toy),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    lacking = dict(zip(EDITS, map(json.loads, answer.stdout.splitlines()), strict=True))
    assert lacking == {change: expected for change, (*_, expected) in EDITS.items()}


@pytest.mark.parametrize("change", ["an instrument", "a claim's rule", "the prose of the book"])
def test_the_engine_makes_what_is_lacking(built_toy, change):
    file, old, new, expected = EDITS[change]
    with edited(built_toy / file, old, new):
        assert planned(built_toy) == expected


def test_nothing_is_made_of_files_that_were_only_touched_or_of_what_the_engine_had_no_time_to_note(built_toy):
    """A whole notebook is kept though the engine was killed before it noted so; of records it knows nothing."""
    for folder in ("src", "notebooks", "book", "workflow"):
        for file in (built_toy / folder).rglob("*"):
            os.utime(file)
    notebook = next((built_toy / "_build/notebooks/smoke").glob("01_alpha-*.ipynb"))
    marker = built_toy / "_build/.snakemake/incomplete" / urlsafe_b64encode(str(notebook).encode()).decode()
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text('{"external_jobid": null}')
    assert planned(built_toy) == {}
    marker.unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (
            ["store/alpha/*.json", "notebooks/smoke/02_beta-*.ipynb"],
            {"measure": 2, "notebook_alpha": 1, "notebook_beta": 1, "ledger": 1, "book": 1},
        ),
        (["smoke/ledger.json"], {"ledger": 1, "book": 1}),
        (["smoke/html/index.html"], {"book": 1}),
    ],
)
def test_a_missing_file_is_made_again_though_the_last_page_is_there(built_toy, lost, expected, tmp_path):
    """An engine that looks only at what is last says `Nothing to be done` and serves the old book."""
    files = [file for pattern in lost for file in (built_toy / "_build").glob(pattern)]
    assert len(files) >= len(lost)
    for file in files:
        shutil.move(file, tmp_path / file.name)
    assert planned(built_toy) == expected
    for file in files:
        shutil.copy2(tmp_path / file.name, file)


def test_with_the_engines_memory_lost_a_corrupt_record_is_measured_again(built_toy):
    """Results copied from a cluster come without `.snakemake`; an engine then takes any file for a finished one."""
    shutil.rmtree(built_toy / "_build/.snakemake")
    assert set(planned(built_toy)) <= {"ledger", "book"}  # control: whole records and notebooks are taken
    record = records(built_toy, "beta")[0]
    whole = record.read_text()
    record.write_text(whole[: len(whole) // 2])
    assert planned(built_toy) == {"measure": 1, **PAGE_OF_BETA}
    assert record.with_suffix(".corrupt").is_file()
    record.write_text(whole)
    record.with_suffix(".corrupt").unlink()
    assert toy.build(built_toy).returncode == 0  # the other tests want an engine that remembers


def test_the_ledger_refuses_what_the_engine_would_have_let_through(built_toy):
    ledger = built_toy / "_build" / "smoke" / "ledger.json"
    before, record = ledger.read_text(), records(built_toy, "beta")[0]
    whole = record.read_text()
    body = json.loads(whole)
    body["result"]["variables"]["value"]["values"] = 1000.0
    for bad in (json.dumps(body), records(built_toy, "alpha")[0].read_text()):
        record.write_text(bad)
        answer = toy.learning_geometry(built_toy, "ledger", "--scale", "smoke")
        assert answer.returncode == 1
        assert str(record) in answer.stderr
        assert ledger.read_text() == before
    record.write_text(whole)
    with edited(built_toy / DOUBLING, "2 * x", "3 * x"):
        answer = toy.learning_geometry(built_toy, "ledger", "--scale", "smoke")
        assert answer.returncode == 1
        assert "alpha" in answer.stderr
        assert "beta" not in answer.stderr


def test_the_book_refuses_a_ledger_that_judged_another_plan(copied_toy):
    """A rule is edited, its page executed anew, and the old verdicts would stand on it."""
    page = copied_toy / "_build/smoke/html/studies/01_alpha.html"
    before = page.read_bytes()
    rule = copied_toy / ALPHA / "claims/growth.py"
    as_published = rule.read_text()
    rule.write_text(as_published.replace("Above(0.0)", "Above(1000.0)"))
    assert toy.learning_geometry(copied_toy, "run", "alpha", "--scale", "smoke").returncode == 0
    answer = toy.learning_geometry(copied_toy, "book", "--scale", "smoke")
    assert answer.returncode == 1
    assert "another plan of alpha" in answer.stderr
    assert "learning-geometry ledger --scale smoke" in answer.stderr
    assert page.read_bytes() == before
    # Control: with the ledger written again the book is built, and shows the new verdict.
    assert toy.learning_geometry(copied_toy, "ledger", "--scale", "smoke").returncode == 0
    answer = toy.learning_geometry(copied_toy, "book", "--scale", "smoke")
    assert answer.returncode == 0, answer.stderr
    assert b"not reproduced" in page.read_bytes()
    assert b"not reproduced" not in before
    # With the edit taken back, the engine knows of what was written by hand.
    rule.write_text(as_published)
    assert planned(copied_toy) == {"ledger": 1, "book": 1}


def test_the_book_refuses_a_notebook_without_its_marker(built_toy):
    notebook = next((built_toy / "_build/notebooks/smoke").glob("02_beta-*.ipynb"))
    whole = notebook.read_text()
    body = json.loads(whole)
    del body["metadata"]["learning_geometry"]
    notebook.write_text(json.dumps(body))
    answer = toy.learning_geometry(built_toy, "book", "--scale", "smoke")
    notebook.write_text(whole)
    assert answer.returncode == 1
    assert "carries no completeness marker" in answer.stderr


def test_a_failed_book_leaves_the_old_one_whole(built_toy):
    page = built_toy / "_build/smoke/html/intro.html"
    before = page.read_bytes()
    with edited(built_toy / "book/intro.md", "# Toy", "# Toy\n\n[nowhere](nowhere.md)"):
        answer = toy.learning_geometry(built_toy, "book", "--scale", "smoke")
    assert answer.returncode == 1
    assert "nowhere" in answer.stderr
    assert page.read_bytes() == before
    assert not list((built_toy / "_build/smoke").glob(".html-*"))


def test_every_page_ends_with_its_provenance_which_the_ledger_holds_too(built_toy):
    ledger = json.loads((built_toy / "_build/smoke/ledger.json").read_text())
    assert ledger["scale"] == "smoke"
    for study, number in (("alpha", "01"), ("beta", "02")):
        entry = ledger["studies"][study]
        page = (built_toy / f"_build/smoke/html/studies/{number}_{study}.html").read_text()
        box = re.sub("<[^>]*>", "", page[page.index("Provenance: how this page was made") :])
        for fact in (entry["commit"], entry["environment"]["cpu"], entry["environment"]["versions"]["numpy"]):
            assert fact in box
        assert f"{entry['seconds_measuring']} s of measuring in 2 units" in box
        assert all(name in box for name in entry["parameters"])


def test_a_failing_notebook_stops_its_own_page_and_the_book_and_nothing_else(copied_toy):
    html, stale = copied_toy / "_build/smoke/html", copied_toy / "_build/smoke/html-stale"
    page = (html / "intro.html").read_bytes()
    with edited(copied_toy / ALPHA / "figures/growth.py", ".subplots()", ".subplots(0)"):
        answer = toy.build(copied_toy)
        assert answer.returncode == 1
        assert "_build/failed/01_alpha.ipynb" in answer.stdout + answer.stderr
        assert planned(copied_toy) == PAGE_OF_ALPHA  # and not `Nothing to be done`
    # What was the book of other code is set aside, and not lost.
    assert str(stale) in answer.stderr
    assert not html.exists()
    assert (stale / "intro.html").read_bytes() == page
    assert planned(copied_toy) == {"ledger": 1, "book": 1}


def test_killed_at_random_instants_the_workflow_resumes_and_loses_nothing(empty_toy):
    """Whole process groups are killed -9; each rerun keeps what was finished, and the end is as if nothing happened."""
    rng = np.random.default_rng(7)
    for study in ("alpha", "beta"):
        (empty_toy / f"notebooks/scales/smoke/{study}.yaml").write_text("seeds: [0, 1, 2, 3]\npause: 0.4\n")
    kept: dict[Path, bytes] = {}
    for _ in range(2):
        with subprocess.Popen(
            [sys.executable, "-m", "learning_geometry", "build", "--scale", "smoke"],
            cwd=empty_toy,
            env=toy.environment(empty_toy),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as engine:
            time.sleep(rng.uniform(3, 9))
            os.killpg(engine.pid, signal.SIGKILL)
        assert all(file.read_bytes() == content for file, content in kept.items()), "a finished record was lost"
        kept = {file: file.read_bytes() for study in ("alpha", "beta") for file in records(empty_toy, study)}
        index = empty_toy / "_build/smoke/html/index.html"
        assert not index.exists() or (empty_toy / "_build/smoke/ledger.json").exists()
    answer = toy.build(empty_toy)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert all(file.read_bytes() == content for file, content in kept.items())
    results = [json.loads(file.read_text())["result"] for file in records(empty_toy, "alpha")]
    values = [result["variables"]["value"]["values"] for result in results]
    assert sorted(values) == [2.0, 4.0, 6.0, 8.0]
    assert planned(empty_toy) == {}
    litter = [file for file in (empty_toy / "_build/smoke").iterdir() if file.name.startswith(".html-")]
    assert (empty_toy / "_build/smoke/html/studies/01_alpha.html").is_file()
    assert all(not (folder / "index.html").is_file() for folder in litter)


def alive(process: psutil.Process, group: int) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (ProcessLookupError, psutil.NoSuchProcess):
        return False


def test_interrupted_from_the_keyboard_a_run_ends_at_once_and_says_what_is_kept(empty_toy):
    (empty_toy / "notebooks/scales/smoke/alpha.yaml").write_text("seeds: [0, 1, 2, 3]\npause: 0.1\n")
    (empty_toy / "notebooks/scales/smoke/beta.yaml").write_text("seeds: [0, 1, 2, 3]\npause: 60.0\n")
    with subprocess.Popen(
        [sys.executable, "-m", "learning_geometry", "build", "--scale", "smoke"],
        cwd=empty_toy,
        env=toy.environment(empty_toy),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        deadline = time.monotonic() + 60
        while not records(empty_toy, "alpha") and time.monotonic() < deadline:
            time.sleep(0.1)
        os.killpg(run.pid, signal.SIGINT)
        output, _ = run.communicate(timeout=45)
    assert run.returncode == 130, output
    assert "interrupted; what was finished is kept" in output
    assert "Traceback" not in output
    assert records(empty_toy, "alpha")
    left = [process for process in psutil.process_iter() if alive(process, group=run.pid)]
    assert not psutil.wait_procs(left, timeout=20)[1], "a worker works on"
    with (empty_toy / "_build/smoke.lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
