"""What a training changes in the model that it begins from, one value a seed."""

import math

from learning_geometry.claims import Estimate, NotTested, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.llm_phases.post_training._pass_at_k import samples_of, solved

LATE_CONTRAST = "the comparison with the claim that this control guards was added later"

_MODELS = {
    "base": "the base",
    "sft": "SFT",
    "dpo": "DPO",
    "rlvr": "RLVR",
    "continued": "continued pretraining",
    "shuffled": "SFT on shuffled answers",
    "random_reward": "RLVR with random rewards",
}


def change_of(quantity: str, before: str, after: str) -> str:
    """The statistic in words."""
    return f"change of {quantity}, from {_MODELS[before]} to {_MODELS[after]}, mean over seeds"


def percent(records: Records, quantity: str, before: str, after: str) -> Estimate:
    """By how many percent a quantity of one model is above that of another."""
    values = records["stages", "models"][quantity]
    changes = 100 * (values.sel(model=after) / values.sel(model=before) - 1)
    return per_seed(changes.dropna("seed"), bounds=(-100, math.inf))


def difference(records: Records, quantity: str, before: str, after: str) -> Estimate:
    """A quantity of one model minus that of another."""
    values = records["stages", "models"][quantity]
    return per_seed((values.sel(model=after) - values.sel(model=before)).dropna("seed"))


def gain(records: Records, before: str, after: str, k: int, note: str = "") -> Estimate:
    """pass@k of one model minus that of another, in percentage points."""
    if samples_of(records) < k:
        return NotTested(f"samples must be {k} or more")
    points = 100 * (solved(records, after, k) - solved(records, before, k)).sel(k=k)
    return per_seed(points, bounds=(-100, 100), note=note)
