"""Efficient or robust: whether a scale-free code withstands more, or spreads further, than a fine-tuned one."""

from functools import partial
from typing import Any

import numpy as np

from learning_geometry.claims import Above, Below, Claims, Estimate, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.visual_cortex.claims._networks import ATTACK, NOISE, curvature, of_arm

claims = Claims(__name__)

_WITHSTANDS = "The scale-free network is disturbed less than the fine-tuned one."

_ours = partial(claims.ours, source="our question; the abstract speaks of a trade-off, not of networks")
_PAIR = "Barlow Twins minus fine-tuned"


def _kept(records: Records, arm: str, disturbance: str, level: float) -> Any:
    """Accuracy of a probe on disturbed images over that on clean ones, `(seed,)`."""
    probes = of_arm(records, arm, **{disturbance: level})
    return probes[f"probe_{disturbance}"] / probes.probe_clean


@_ours(
    "The scale-free network withstands noise better than the fine-tuned one.",
    statistic=f"accuracy of a linear probe under Gaussian noise of sd 0.2 over that on clean images, {_PAIR}",
    rule=Above(0.0),
    matrix=_WITHSTANDS,
)
def robust_noise(records: Records) -> Estimate:
    return per_seed(_kept(records, "barlow_twins", "noise", NOISE) - _kept(records, "fine_tuned", "noise", NOISE))


@_ours(
    "The scale-free network withstands an attack better than the fine-tuned one.",
    statistic=f"accuracy of a linear probe under a gradient-sign attack of 0.02 over that on clean images, {_PAIR}",
    rule=Above(0.0),
    matrix=_WITHSTANDS,
)
def robust_attack(records: Records) -> Estimate:
    return per_seed(_kept(records, "barlow_twins", "attack", ATTACK) - _kept(records, "fine_tuned", "attack", ATTACK))


@_ours(
    "Noise moves the features of the scale-free network less than those of the fine-tuned one.",
    statistic=f"mean squared change of the features under noise of sd 0.2 over their variance, {_PAIR}",
    rule=Below(0.0),
    matrix=_WITHSTANDS,
)
def robust_features(records: Records) -> Estimate:
    before, after = (of_arm(records, arm, noise=NOISE).noise_share for arm in ("barlow_twins", "fine_tuned"))
    return per_seed(before - after)


@_ours(
    "Among eleven networks, those whose spectrum bends down less withstand an attack better.",
    statistic="Spearman correlation of curvature (ranks 1 to 60) and accuracy kept under an attack of 0.02, mean over seeds",
    rule=Above(0.0),
)
def robust_order(records: Records) -> Estimate:
    from scipy.stats import spearmanr

    features = records["networks", "features"]
    bend = np.array([curvature(records, arm) for arm in features.arm.values])
    kept = np.array([_kept(records, arm, "attack", ATTACK) for arm in features.arm.values])
    orders = {seed: spearmanr(bend[:, s], kept[:, s]).statistic for s, seed in enumerate(features.seed.values)}
    return per_seed(orders, bounds=(-1, 1), note="eight of a seed's eleven networks descend from one encoder")


@_ours(
    "The scale-free network spreads variance over more dimensions than the fine-tuned one.",
    statistic="effective rank (RankMe of eigenvalues), Barlow Twins over fine-tuned, mean over seeds",
    rule=Above(1.0),
)
def efficient_rank(records: Records) -> Estimate:
    before, after = (of_arm(records, arm).effective_rank for arm in ("barlow_twins", "fine_tuned"))
    return per_seed(before / after, bounds=(0, float("inf")))
