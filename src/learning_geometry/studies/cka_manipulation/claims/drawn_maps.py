"""Claims on networks that are trained to show a chosen CKA map."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, exact, per_seed
from learning_geometry.records import MissingExperiment, Records

claims = Claims(__name__)


def _parity(records: Records) -> Any:
    maps = records["maps"]
    if "parity" not in maps.target:
        raise MissingExperiment("maps", {"target": "parity"}, list(maps.target.values))
    return maps.sel(target="parity")


@claims.paper(
    "A network's CKA map can be made to say that odd layers resemble odd ones and even layers even ones.",
    source="section 4.3, figures 5 and 6; the target is ours",
    statistic="mean |CKA map - target| off the diagonal on test images, mean over seeds",
    unit="CKA",
    rule=Below(0.08, partly=0.15),
    headline=True,
)
def parity_map(records: Records) -> Estimate:
    return per_seed(_parity(records).error.sel(stage="after"), bounds=(0, 2))


@claims.paper(
    "... while its accuracy stays where it was.",
    source="section 4.3",
    statistic="test accuracy of the teacher minus that of the student, mean over seeds",
    unit="percentage points",
    rule=Below(1.0),
)
def parity_accuracy(records: Records) -> Estimate:
    accuracy = 100 * _parity(records).test_accuracy
    lost = accuracy.sel(network="teacher") - accuracy.sel(network="student")
    note = f"on {records['maps'].attrs['test_images']} test images, whose own sampling is not in the interval"
    return per_seed(lost, bounds=(-100, 100), note=note)


@claims.ours(
    "No manipulation leaves the positive semidefinite matrices: every self-map is a Gram matrix.",
    source="a one-line theorem",
    statistic="least eigenvalue of all measured maps",
    rule=Above(-1e-6),
)
def map_psd(records: Records) -> Estimate:
    maps = records["maps"]
    return exact(maps.least_eigenvalue.sel(map=["before", "after"]).min(), n_seeds=maps.sizes["seed"])
