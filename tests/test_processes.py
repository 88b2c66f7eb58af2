"""How the suite is spread over processes."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = """
    import pytest

    @pytest.mark.parametrize("number", range(4))
    @pytest.mark.xdist_group("shared")
    def test_together(number): pass
    """


@pytest.mark.parametrize(("distribution", "processes"), [("loadgroup", 1), ("load", 2)])
def test_what_shares_a_long_fixture_stays_in_one_process(distribution: str, processes: int, tmp_path: Path) -> None:
    for name in "ab":
        (tmp_path / f"test_{name}.py").write_text("\n".join(line[4:] for line in TESTS.splitlines()))
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-v", "-n2", "--dist", distribution, "."]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    passed = re.findall(r"^\[(gw\d)\].* PASSED ", answer, re.MULTILINE)
    assert len(passed) == 8
    assert len(set(passed)) == processes
