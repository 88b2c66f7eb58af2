"""Claims on networks that learned the labels, memorised random ones or learned nothing."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records

claims = Claims(__name__)

EARLY = 2
"""Blocks that count as early."""

_THREE = ["generalised_memorised", "generalised_random", "memorised_random"]


def _pairs(records: Records) -> Any:
    """Debiased CKA `(seed, pair, block)`."""
    return records["networks", "regimes"].cka.sel(estimator="debiased")


@claims.paper(
    "Networks that generalise, memorise or are random are alike in their early layers.",
    source="section 4.1, figure 2",
    statistic=f"least debiased CKA of the three pairs, averaged over the first {EARLY} blocks, mean over seeds",
    unit="CKA",
    rule=Above(0.85, partly=0.7),
    headline=True,
)
def early_layers(records: Records) -> Estimate:
    early = _pairs(records).sel(pair=_THREE).isel(block=slice(EARLY)).mean("block")
    return per_seed(early.min("pair"), bounds=(-1, 1))


@claims.paper(
    "The last layers do tell a generalising network from a memorising one.",
    source="section 4.1, figure 2",
    statistic="debiased CKA of generalised and memorised networks in the last block, mean over seeds",
    unit="CKA",
    rule=Below(0.3, partly=0.5),
)
def late_layers(records: Records) -> Estimate:
    return per_seed(_pairs(records).sel(pair="generalised_memorised").isel(block=-1), bounds=(-1, 1))


@claims.control(
    "Two generalising networks stay alike to the last layer: the fall above is not caused by depth.",
    of="late-layers",
    statistic="debiased CKA of two generalised networks in the last block, mean over seeds",
    unit="CKA",
    rule=Above(0.8),
    contrast=Above(0.0),
)
def two_generalised(records: Records) -> Estimate:
    return per_seed(_pairs(records).sel(pair="generalised_generalised").isel(block=-1), bounds=(-1, 1))


@claims.ours(
    "Early layers are alike because each is still alike to the pixels.",
    statistic="least debiased CKA of the pixels with the first block, over the three kinds of network, mean over seeds",
    unit="CKA",
    rule=Above(0.85, partly=0.7),
)
def pixels(records: Records) -> Estimate:
    baseline = records["networks", "regimes"].pixels.sel(estimator="debiased")
    return per_seed(baseline.isel(block=0).min("kind"), bounds=(-1, 1))


@claims.ours(
    "Two networks that learned nothing are as alike in early layers as networks that learned.",
    statistic=f"debiased CKA of two random networks, averaged over the first {EARLY} blocks, mean over seeds",
    unit="CKA",
    rule=Above(0.85),
)
def two_random(records: Records) -> Estimate:
    return per_seed(_pairs(records).sel(pair="random_random").isel(block=slice(EARLY)).mean("block"), bounds=(-1, 1))
