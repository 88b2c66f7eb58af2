"""What the study may be asked: wrong wishes are refused by name before any work."""

from typing import Any

import pytest

from learning_geometry.studies import STUDIES
from learning_geometry.studies.efficient_ssl.experiments.views import ARMS

STUDY = STUDIES["efficient_ssl"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ({"arms": ["2 views", "3 views"]}, "arms has '3 views'; choose from"),
        ({"other_arms": ["nothing"]}, "other_arms has 'nothing'"),
        ({"other_images": "digits"}, "both 'digits'"),
        ({"other_revision": "1" * 40}, "has no revision"),
        ({"images": "nobody/nothing"}, "40 hexadecimal digits"),
        ({"network": "resnet34"}, "network = 'resnet34' is none of"),
        ({"sampled_views": [1, 2]}, "sampled_views has 1"),
        ({"sampled_views": [2, 64]}, "fewer than two images for 64 views"),
        ({"sampled_images": 200}, "more than the 100 images"),
        ({"kernel_dimensions": 100}, "fewer eigenfunctions"),
        ({"batch_size": 1}, "batch_size"),
    ],
)
def test_wrong_wishes_are_refused_before_any_work(given: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        STUDY.config(given=given)


def test_arms_at_equal_passes_take_as_many_passes() -> None:
    """Views times the share of steps: one number for two views of all, four for half and eight for a quarter of the steps."""
    passes = {name: how["views"] * how.get("steps", 1) for name, how in ARMS.items() if how}
    compared = ["2 views", "4 views, 1/2 steps", "8 views, 1/4 steps", "4 views, 1/2 steps, 1/2 images", "8 views, 1/4 steps, 1/4 images"]  # fmt: skip
    assert {passes[name] for name in compared} == {2}
    # As many epochs: a share of the images goes with the same share of the steps.
    assert all(how["images_share"] == how["steps"] for how in ARMS.values() if "images_share" in how)
