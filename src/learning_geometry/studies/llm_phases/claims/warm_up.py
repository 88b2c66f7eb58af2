"""Claims about what the collapse coincides with: the ramp of the learning rate, or the learning of token frequencies."""

import numpy as np
import xarray as xr

from learning_geometry.claims import Above, Below, Claims, Estimate, NotTested, Within, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases._curves import Turns
from learning_geometry.studies.llm_phases.claims._trainings import of_each_training

claims = Claims(__name__)

_NO_RAMP = 1  # the full learning rate from the first step on
_RAMPS = "The collapse happens without a ramp, and a longer ramp delays it."
_UNIGRAM = "At the floor the model knows the frequencies of tokens and no more."
_EIGENVECTORS = "As in the theory, the leading eigenvectors of features and classifier align, and stay aligned."


def _floor(run: xr.Dataset) -> int:
    """The checkpoint of the lowest RankMe; these trainings end in the expansion, so that it is the floor."""
    return int(run.rankme.values.argmin())


def _at_floor(records: Records, ramp: int | None, name: str) -> dict[int, float]:
    """A variable at the floor of each seed's RankMe; of the longest ramp if none is named."""
    trainings = records["warm_ups"]
    chosen = trainings.sel(ramp=int(trainings.ramp.max()) if ramp is None else ramp)
    runs = {int(seed): chosen.sel(seed=seed) for seed in chosen.seed.values}
    return {seed: float(run[name][_floor(run)]) for seed, run in runs.items()}


@claims.paper(
    "The collapse coincides with the ramp-up of the learning rate: it ends with the ramp.",
    source="sections 1 and 3.1; a longer ramp than the reference's, which is ours, so that the two can be told apart",
    statistic="log10 of the step of RankMe's floor over the length of the ramp, longest ramp, mean over seeds",
    unit="decades of steps",
    rule=Within(0.0, 0.3),
)
def ramp_coincides(records: Records) -> Estimate:
    longest = int(records["warm_ups"].ramp.max())
    return per_seed({seed: np.log10(step / longest) for seed, step in _at_floor(records, None, "step").items()})


@claims.ours(
    "The collapse needs no ramp: it happens at the full learning rate from the first step on.",
    statistic="RankMe at its floor divided by RankMe before training, without a ramp, mean over seeds",
    rule=Below(0.6),
    matrix=_RAMPS,
)
def collapse_without_ramp(records: Records) -> Estimate:
    trainings = records["warm_ups"]
    if _NO_RAMP not in trainings.ramp:
        return NotTested(f"ramps does not name {_NO_RAMP}")
    start = trainings.rankme.sel(ramp=_NO_RAMP).isel(step=0)
    floors = _at_floor(records, _NO_RAMP, "rankme")
    return per_seed({seed: floor / float(start.sel(seed=seed)) for seed, floor in floors.items()}, bounds=(0, 1))


@claims.ours(
    "A longer ramp delays the collapse.",
    statistic="log10 of the step of RankMe's floor with the longest ramp over that without a ramp, paired, mean over seeds",
    unit="decades of steps",
    rule=Above(0.0),
    matrix=_RAMPS,
)
def ramp_delays(records: Records) -> Estimate:
    if _NO_RAMP not in records["warm_ups"].ramp:
        return NotTested(f"ramps does not name {_NO_RAMP}")
    late, early = (_at_floor(records, ramp, "step") for ramp in (None, _NO_RAMP))
    return per_seed({seed: float(np.log10(late[seed] / early[seed])) for seed in late})


@claims.ours(
    "At the floor the model knows the frequencies of tokens and no more: its loss is that of the unigram.",
    statistic="distance of the held-out loss at RankMe's floor from the loss of the training text's token frequencies, mean "
    "over seeds",
    unit="nats",
    rule=Below(0.3),
    matrix=_UNIGRAM,
)
@of_each_training(bounds=(0, np.inf))
def unigram(run: xr.Dataset, turn: Turns) -> float:
    return abs(float(run.loss[turn.floor] - run.unigram_loss))


@claims.ours(
    "That is so without a ramp as well.",
    statistic="distance of the held-out loss at RankMe's floor from the loss of the training text's token frequencies, "
    "without a ramp, mean over seeds",
    unit="nats",
    rule=Below(0.3),
    matrix=_UNIGRAM,
)
def unigram_without_ramp(records: Records) -> Estimate:
    trainings = records["warm_ups"]
    if _NO_RAMP not in trainings.ramp:
        return NotTested(f"ramps does not name {_NO_RAMP}")
    losses = _at_floor(records, _NO_RAMP, "loss")
    expected = trainings.unigram_loss.sel(ramp=_NO_RAMP)
    return per_seed({seed: abs(loss - float(expected.sel(seed=seed))) for seed, loss in losses.items()}, (0, np.inf))


@claims.ours(
    "As in the theory, the leading eigenvectors of features and classifier align during the collapse.",
    source="section 3.3, which states it of the linear model",
    statistic="squared cosine of the leading eigenvectors of F'F and W'W, largest up to RankMe's floor, mean over seeds",
    rule=Above(0.8),
    matrix=_EIGENVECTORS,
)
@of_each_training(bounds=(0, 1))
def eigenvectors_align(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.alignment[: turn.floor + 1].max()


@claims.ours(
    "They stay aligned, as theorem 1 has it for gradient flow.",
    source="section 3.3 and theorem 1; AdamW and the final norm break the theorem's conditions",
    statistic="squared cosine of the leading eigenvectors of F'F and W'W at the last checkpoint, mean over seeds",
    rule=Above(0.5),
    matrix=_EIGENVECTORS,
)
@of_each_training(bounds=(0, 1))
def eigenvectors_stay(run: xr.Dataset, turn: Turns) -> xr.DataArray:
    return run.alignment[turn.end]


@claims.ours(
    "Frequent tokens are learned first, as classes are in the linear model.",
    source="section 3.3, primacy bias, which states it of the linear model",
    statistic="Spearman correlation, over tokens, of their frequency and the first checkpoint at which their mean probability "
    "is half of its last value, mean over seeds",
    rule=Below(-0.3),
)
@of_each_training(bounds=(-1, 1))
def primacy_of_tokens(run: xr.Dataset, turn: Turns) -> float:
    from scipy.stats import spearmanr

    # What only some seeds' contexts hold is missing in others; the contexts are the same, so that nothing is.
    probability = run.token_probability.transpose("step", "token").values
    first = (probability >= probability[-1] / 2).argmax(axis=0)
    if np.ptp(first) == 0:
        return 0.0
    return float(spearmanr(run.n_token.isel(step=0), first).statistic)
