"""A claim on networks pretrained on photographs, where some were asked for."""

from learning_geometry.claims import Above, Claims, Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims._geometries import THREE, ratio

claims = Claims(__name__)


@claims.paper(
    "In image networks pretrained on ImageNet and fine-tuned, the most Gaussian change names the geometry.",
    source="abstract; the protocol is that of the official code",
    statistic="lesser distance of the wrong two over the right one, all kernels and matrices together as they are, least over "
    "true geometries, mean over networks, then over seeds",
    rule=Above(1.0),
    hindsight="the interval is over seeds now, and no longer over networks and seeds together; it was never measured",
    absent="no pretrained network was asked for; give pretrained and photographs",
)
def pretrained(records: Records) -> Estimate:
    runs = records.of("pretrained")
    least: dict[int, list[float]] = {}
    for run in runs:
        if float(run["cdf_distance"].min()) >= 0:  # -1 where no weights moved
            least.setdefault(run.unit.seed, []).append(float(ratio(run["cdf_distance"], THREE).min()))
    if not least:
        return NotTested("no weights of the pretrained networks moved")
    note = f"{sum(map(len, least.values()))} of {len(runs)} runs"
    means = {seed: sum(ratios) / len(ratios) for seed, ratios in least.items()}
    return per_seed(means, bounds=(0, float("inf")), note=note)
