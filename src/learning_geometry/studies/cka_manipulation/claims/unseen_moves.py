"""Claims on moves that a network's own head cannot see."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, exact, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)


def _readers(records: Records) -> Any:
    """Moves in the null space of the head."""
    return records["networks", "readers"].sel(direction="head_null_space")


def _classes(readers: Any) -> list[str]:
    return [name for name in readers.set.values if name.startswith("class ")]


@claims.paper(
    "Moving a whole class along a direction that the head cannot see changes no prediction at any distance.",
    source="corollary 4, section 4.2; the null space of the head is ours",
    statistic="predictions changed, over all classes, distances, seeds, training and test images",
    unit="predictions",
    rule=Within(0, 0),
    headline=True,
)
def invisible_predictions(records: Records) -> Estimate:
    changed = _readers(records).changed.sel(reader="head")
    return exact(changed.sum(), n_seeds=changed.sizes["seed"])


@claims.paper(
    "The same move takes CKA far from 1.",
    source="corollary 4, figure 4c",
    statistic="linear CKA (biased) at the largest distance, mean over classes, mean over seeds",
    unit="CKA",
    rule=Below(0.5),
    headline=True,
)
def invisible_cka(records: Records) -> Estimate:
    readers = _readers(records)
    return per_seed(readers.cka.sel(set=_classes(readers)).isel(distance=-1).mean("set"), bounds=(0, 1))


@claims.paper(
    "One image moved unseen by the head is enough to make CKA vanish.",
    source="corollary 3, figure 4c",
    statistic="linear CKA (biased) at the largest distance, mean over seeds",
    unit="CKA",
    rule=Below(0.05),
)
def invisible_image(records: Records) -> Estimate:
    return per_seed(_readers(records).cka.sel(set="one_image").isel(distance=-1), bounds=(0, 1))


@claims.control(
    "An independent read-out of the same features notices the move: unseen means unseen by one head.",
    of="invisible-predictions",
    statistic="share of a support vector machine's training predictions that change after 100 root mean squared norms, mean "
    "over the classes, mean over seeds",
    unit="share",
    rule=Above(0.05),
    uncontrasted="the claim is an exact count, without an interval",
    hindsight="the first rule looked at the largest distance, where it could not fail; the distance was chosen after the curve had been seen",
)
def independent_readout(records: Records) -> Estimate:
    readers = _readers(records)
    changed = readers.changed.sel(reader="svm", split="train", set=_classes(readers)).mean("set")
    changed = changed.sel(distance=100.0, method="nearest")
    return per_seed(changed / readers.images.sel(split="train"), bounds=(0, 1))


@claims.control(
    "Moving one of two well separated classes along the normal between them keeps CKA near 1.",
    of="invisible-cka",
    source="corollary 4, read the other way",
    statistic="linear CKA (biased) at the largest distance, mean over seeds",
    unit="CKA",
    rule=Above(0.95),
    contrast=Above(0.0),
)
def separated(records: Records) -> Estimate:
    return per_seed(records["networks", "separated"].cka.isel(distance=-1), bounds=(0, 1))
