"""Claims on the exponent of greatest likelihood, read off the weights of networks."""

from learning_geometry.claims import Claims, Estimate, NotTested, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.synaptic_weights.claims._geometries import NAMES
from learning_geometry.studies.synaptic_weights.claims._networks import network, undertrained

claims = Claims(__name__)

for _truth in NAMES:

    @claims.ours(
        f"The exponent p = {_truth:g} of a recurrent network's plasticity can be read off the sizes of its weights before "
        "and after.",
        statistic="p of greatest likelihood from up to 1,000 weights that kept their sign, mean over seeds",
        rule=Within(_truth, 0.25),
        matrix="The exponent of a recurrent network's plasticity can be read off the sizes of its weights before and after.",
        id=f"exponent-{NAMES[_truth]}",
    )
    def exponent(records: Records, truth: float = _truth) -> Estimate:
        return per_seed(network(records, "recurrent").exponent.sel(truth=truth).mean("layer"))


@claims.ours(
    "In a convolutional network that had learned little before, where the distance loses the 3-norm, the likelihood still "
    "reads p = 3.",
    statistic="p of greatest likelihood in the undertrained convolutional network, mean over layers, then over seeds",
    rule=Within(3.0, 0.3),
)
def undertrained_exponent(records: Records) -> Estimate:
    control = undertrained(records)
    if isinstance(control, NotTested):
        return control
    return per_seed(control[0].exponent.sel(truth=3.0).mean("layer"), note=control[1])
