"""Claims on the accuracy of networks under noise and under changed statistics of their input."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.adaptive_neurons.claims._cells import CHANGES, POINTS, SEEN, accuracy, perturbed, under

claims = Claims(__name__)

_NAMES = {
    "tanh": "the tanh network",
    "gru": "a GRU of as many parameters",
    "lstm": "an LSTM of as many parameters",
    "wide": "a wider network with fixed neurons, at the same cost of a step",
}

_RATE = "at the learning rate of plain networks gated ones had hardly learned anything; theirs was then chosen on other seeds"
_KNOWN = {"tanh": SEEN, "gru": _RATE, "lstm": _RATE}


def _gain(records: Records, model: str, reference: str, *kinds: str) -> Any:
    """Accuracy of one model minus that of another, under perturbations, `(seed,)`."""
    return under(accuracy(records, model), *kinds) - under(accuracy(records, reference), *kinds)


@claims.paper(
    "Networks of adaptive neurons are much more robust to noise.",
    source="abstract; the comparison with the same network without adaptation is our reading",
    statistic="accuracy under noise, mean over its sizes, of the adaptive network minus that of the network with the same neurons fixed, "
    "mean over seeds",
    unit="points",
    rule=Above(5.0, partly=0.0),
    headline=True,
    hindsight=SEEN,
)
def robust_to_noise(records: Records) -> Estimate:
    return per_seed(_gain(records, "adaptive", "fixed", "noise"), bounds=POINTS)


@claims.paper(
    "They are much more robust to changes in input statistics.",
    source="abstract; the comparison with the same network without adaptation is our reading",
    statistic="accuracy under a drift of the input's gain and under a step of drive to all neurons, mean over both, of the adaptive network "
    "minus that of the network with the same neurons fixed, mean over seeds",
    unit="points",
    rule=Above(5.0, partly=0.0),
    headline=True,
    hindsight=SEEN,
)
def robust_to_changes(records: Records) -> Estimate:
    return per_seed(_gain(records, "adaptive", "fixed", *CHANGES), bounds=POINTS)


@claims.paper(
    "Networks of adaptive neurons are much more robust to noise than networks of rectifiers.",
    source="abstract; ReLU is the conventional neuron to compare with",
    statistic="accuracy under noise of the adaptive network minus that of the ReLU network, mean over seeds",
    unit="points",
    rule=Above(5.0, partly=0.0),
    hindsight=SEEN,
)
def noise_over_relu(records: Records) -> Estimate:
    return per_seed(_gain(records, "adaptive", "relu", "noise"), bounds=POINTS)


@claims.control(
    "That gain is adaptation's: a network with the same activation, neither learned nor adapted, gains nothing over ReLU.",
    of="noise-over-relu",
    statistic="the same of the network with fixed neurons",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight=SEEN,
)
def family_noise(records: Records) -> Estimate:
    return per_seed(_gain(records, "fixed", "relu", "noise"), bounds=POINTS)


@claims.paper(
    "They are much more robust to changes in input statistics than networks of rectifiers.",
    source="abstract; ReLU is the conventional neuron to compare with",
    statistic="accuracy under drift and under drive of the adaptive network minus that of the ReLU network, mean over seeds",
    unit="points",
    rule=Above(5.0, partly=0.0),
    hindsight=SEEN,
)
def changes_over_relu(records: Records) -> Estimate:
    return per_seed(_gain(records, "adaptive", "relu", *CHANGES), bounds=POINTS)


@claims.control(
    "That gain too is adaptation's: fixed neurons of the same activation gain nothing over ReLU.",
    of="changes-over-relu",
    statistic="the same of the network with fixed neurons",
    unit="points",
    rule=Below(0.0),
    contrast=Below(0.0),
    hindsight=SEEN,
)
def family_changes(records: Records) -> Estimate:
    return per_seed(_gain(records, "fixed", "relu", *CHANGES), bounds=POINTS)


@claims.paper(
    "Networks in which each neuron learns a static activation of its own are much more robust.",
    source="abstract: neurons learn a static function of their own, or adapt",
    statistic="accuracy under noise, drift and drive, mean over the three, of the heterogeneous network minus that of the network with "
    "fixed neurons, mean over seeds",
    unit="points",
    rule=Above(5.0, partly=0.0),
    hindsight=SEEN,
)
def diversity(records: Records) -> Estimate:
    return per_seed(_gain(records, "heterogeneous", "fixed", "noise", *CHANGES), bounds=POINTS)


@claims.ours(
    "At this scale adaptation makes no difference that matters.",
    statistic="accuracy under noise, drift and drive of the adaptive network minus that of the network with fixed neurons, mean over seeds",
    unit="points",
    rule=Within(0.0, 3.0),
    hindsight=SEEN,
)
def no_difference(records: Records) -> Estimate:
    return per_seed(perturbed(accuracy(records, "adaptive")) - perturbed(accuracy(records, "fixed")), bounds=POINTS)


@claims.ours(
    "Noise in training does more against noise than neurons that adapt.",
    statistic="accuracy under noise of a network with fixed neurons that was trained with noise minus that of the adaptive network, mean "
    "over seeds",
    unit="points",
    rule=Above(0.0),
)
def noise_in_training(records: Records) -> Estimate:
    trained = under(accuracy(records, "fixed", "noise"), "noise")
    return per_seed(trained - under(accuracy(records, "adaptive"), "noise"), bounds=POINTS)


for _reference, _kind in [(reference, kind) for reference in _NAMES for kind in ("noise", "changes")]:

    @claims.ours(
        f"The adaptive network is more robust to {'noise' if _kind == 'noise' else 'changes'} than {_NAMES[_reference]}.",
        statistic=f"accuracy under {'noise' if _kind == 'noise' else 'drift and drive'} of the adaptive network minus that of "
        f"{_NAMES[_reference]}, mean over seeds",
        unit="points",
        rule=Above(0.0),
        hindsight=_KNOWN.get(_reference, ""),
        matrix="The adaptive network is more robust than other networks.",
        id=f"more-robust-than-{_reference}-{_kind}",
    )
    def more_robust_than(records: Records, reference: str = _reference, kind: str = _kind) -> Estimate:
        kinds = ("noise",) if kind == "noise" else CHANGES
        other = accuracy(records, "fixed", "wide") if reference == "wide" else accuracy(records, reference)
        return per_seed(under(accuracy(records, "adaptive"), *kinds) - under(other, *kinds), bounds=POINTS)
