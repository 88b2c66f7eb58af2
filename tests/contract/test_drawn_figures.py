"""Every figure that a notebook calls can be drawn from the records of the smoke scale, without a warning."""

import re

import pytest

from learning_geometry.studies import STUDIES

CALLS = [
    (name, call)
    for name, study in STUDIES.items()
    for call in re.findall(
        r"^figures\.(\w+\.plot_\w+)\(records\)$", study.notebook.read_text(encoding="utf-8"), re.MULTILINE
    )
]


def test_every_study_has_figures():
    assert {name for name, _ in CALLS} == set(STUDIES)
    assert len(set(CALLS)) == len(CALLS) > 60


@pytest.mark.parametrize(("name", "call"), CALLS, ids=[f"{name}-{call}" for name, call in CALLS])
def test_every_figure_is_drawn_without_a_warning(name, call, smoke_records):
    section, plot = call.split(".")
    figure = getattr(getattr(STUDIES[name].figures, section), plot)(smoke_records(name))
    figure.canvas.draw()
    assert figure.axes
