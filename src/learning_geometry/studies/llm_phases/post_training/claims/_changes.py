"""What a training changes in the model that it begins from, one value a seed."""

import math

import numpy as np
import xarray as xr
from scipy import stats

from learning_geometry.claims import Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import gained
from learning_geometry.studies.llm_phases.post_training.experiments.stages import BEFORE

TRAININGS = {
    "base": "the base",
    "sft": "SFT",
    "dpo": "DPO",
    "rlvr": "RLVR",
    "own_answers": "SFT on the model's own answers",
    "continued": "continued pretraining",
    "shuffled_answers": "SFT on shuffled answers",
    "coin": "DPO by coin",
    "plain_dpo": "plain DPO",
    "shuffled_rewards": "RLVR with shuffled rewards",
    "modal": "SFT on the modal answers",
    "rlvr_base": "RLVR from the base",
    "shuffled_base": "RLVR from the base with shuffled rewards",
}


def change_of(quantity: str, after: str, before: str = "") -> str:
    """The statistic in words; a training is compared with what it starts from, unless another is named."""
    return f"change of {quantity}, from {TRAININGS[before or BEFORE[after]]} to {TRAININGS[after]}, mean over seeds"


def percent(records: Records, after: str, probe: str = "mixture", before: str = "") -> Estimate:
    """By how many percent RankMe on a probe is above that of the model before."""
    return per_seed(percents(records, after, probe, before), bounds=(-100, math.inf))


def percents(records: Records, after: str, probe: str = "mixture", before: str = "") -> xr.DataArray:
    """The same, for each seed that has both models."""
    values = records["stages", "models"].rankme.sel(probe=probe)
    ratio = values.sel(model=after, drop=True) / values.sel(model=before or BEFORE[after], drop=True)
    return (100 * (ratio - 1)).dropna("seed")


def difference(records: Records, quantity: str, after: str, before: str = "") -> Estimate:
    """A quantity of one model minus that of another; of alpha-ReQ on the mixture."""
    values = records["stages", "models"][quantity]
    if "probe" in values.dims:
        values = values.sel(probe="mixture")
    change = values.sel(model=after, drop=True) - values.sel(model=before or BEFORE[after], drop=True)
    return per_seed(change.dropna("seed"))


def gain(records: Records, after: str, k: int, before: str = "") -> Estimate:
    """pass@k of one model minus that of another, in percentage points."""
    return per_seed(gained(records, before or BEFORE[after], after, k).sel(k=k), bounds=(-100, 100))


def trend(values: xr.DataArray) -> Estimate:
    """Spearman's correlation of values `(seed, point)` with their order, for each seed; 0 where they are all the same."""
    rows = values.transpose("seed", "point").dropna("seed")
    order = range(rows.sizes["point"])
    correlations = [float(stats.spearmanr(order, row).statistic) if np.ptp(row) else 0.0 for row in rows.values]
    return per_seed(xr.DataArray(correlations, dims="seed", coords={"seed": rows.seed}), bounds=(-1, 1))
