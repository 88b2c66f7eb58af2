"""What runs on the project's account runs pinned, with no more rights than it needs, and no text of strangers in a shell."""

import re
from pathlib import Path

import pytest
import yaml

WORKFLOWS = sorted((Path(__file__).resolve().parents[1] / ".github" / "workflows").glob("*.yml"))


def jobs(file):
    return yaml.safe_load(file.read_text())["jobs"]


def steps(file):
    return [step for job in jobs(file).values() for step in job["steps"]]


def test_there_are_three():
    assert [file.stem for file in WORKFLOWS] == ["main", "pull_request", "weekly"]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_actions_are_pinned_by_commit_and_say_which_version_that_is(file):
    used = re.findall(r"uses: (.*)", file.read_text())
    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), action


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_no_credentials_stay_and_no_rights_are_left_over(file):
    assert yaml.safe_load(file.read_text())["permissions"] == {"contents": "read"}
    checkouts = [step for step in steps(file) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)
    assert {name for name, job in jobs(file).items() if "permissions" in job} <= {"publish"}
    assert all("timeout-minutes" in job for job in jobs(file).values())


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.stem)
def test_nothing_is_pasted_into_a_shell(file):
    assert not [step["run"] for step in steps(file) if "${{" in step.get("run", "")]


def test_a_pull_request_is_checked_with_every_python_and_builds_the_smoke_book_once():
    (job,) = jobs(WORKFLOWS[1]).values()
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    made = [step["run"] for step in job["steps"] if step.get("run", "").startswith("make")]
    assert made == ["make lint", "make test"]  # the tests build it
    (artifact,) = [step for step in job["steps"] if step.get("uses", "").startswith("actions/upload-artifact@")]
    chosen = "\n".join(step.get("run", "") for step in job["steps"])
    folder = re.search(r'"TESTS=(\S+)"', chosen)[1]
    assert f'"PYTEST_ADDOPTS=--basetemp={folder}"' in chosen
    assert "${{ env.TESTS }}/smoke/_build/smoke/html" in artifact["with"]["path"].splitlines()
