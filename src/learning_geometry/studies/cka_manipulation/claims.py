"""How the records of the CKA study judge its claims."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from learning_geometry.claims import Judgement
from learning_geometry.instruments.statistics import mean_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.cka_manipulation.declared import CLAIMS, EARLY, PRINTED

__all__ = ["CLAIMS", "judge"]

_BY_ID = {claim.id: claim for claim in CLAIMS}


def judge(records: Records) -> list[Judgement]:
    """Judge every claim, in the order of declaration."""
    networks, maps = records.of("networks"), records.of("maps")
    cubes, bias = records.of("cubes")[0], records.of("bias")[0]
    return [
        *_moved_subsets(networks),
        *_cubes(cubes),
        *_regimes(networks),
        *_invisible(networks),
        *_maps(maps),
        *_bias(bias),
    ]


def _over_seeds(claim: str, values: ArrayLike, note: str = "") -> Judgement:
    """Judge a claim on one value a seed; a single seed has no interval and decides nothing."""
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return _BY_ID[claim].not_tested("one seed gives no interval")
    return _BY_ID[claim].judge(float(sample.mean()), interval=mean_interval(sample), n_seeds=len(sample), note=note)


def _exactly(claim: str, value: float, n_seeds: int) -> Judgement:
    """Judge a claim whose statistic is a bound over everything measured, so that it has no interval."""
    return _BY_ID[claim].judge(value, n_seeds=n_seeds, note="a bound over all cases, without an interval")


def _moved_subsets(records: Sequence[Record]) -> list[Judgement]:
    layers = [record["translation"]["layers"] for record in records]
    one = layers[0]["sets"].index("one_point")
    last = [np.abs(found["closed_form"][..., -1] - found["limit"]).max() for found in layers]
    return [
        _exactly("closed-form", max(found["largest_error"] for found in layers), len(records)),
        _exactly("limit", float(max(last)), len(records)),
        _over_seeds("outlier", [found["limit"][:, one].max() for found in layers]),
        _over_seeds("small-step", [found["closed_form"][:, one, 0].min() for found in layers]),
    ]


def _cubes(record: Record) -> list[Judgement]:
    translation, rbf, linear = record["translation"], record["rbf"], record["linear_map"]
    narrow, sizes = int(np.argmin(rbf["fractions"])), f"{2 * rbf['points']:,} points"
    points = f"{2 * linear['points']:,} points"
    ratios = list(linear["sigma_over_mu"])
    return [
        _over_seeds("cubes-linear", translation["cka"][:, -1], f"{2 * translation['points']:,} points"),
        _over_seeds("cubes-rbf-narrow", rbf["shared_bandwidth"][:, narrow, -1], sizes),
        _over_seeds("cubes-rbf-own", rbf["own_bandwidth"][:, narrow, -1], sizes),
        *(_over_seeds(f"linear-map-{ratio:g}", linear["cka"][:, ratios.index(ratio)], points) for ratio in PRINTED),
    ]


def _regimes(records: Sequence[Record]) -> list[Judgement]:
    def pair(record: Record, name: str) -> np.ndarray:
        return np.asarray(record["pairs"][name]["debiased"])

    three = ("generalised_memorised", "generalised_random", "memorised_random")
    early = [min(pair(record, name)[:EARLY].mean() for name in three) for record in records]
    pixels = [min(found["debiased"][0] for found in record["pixels"].values()) for record in records]
    return [
        _over_seeds("early-layers", early),
        _over_seeds("late-layers", [pair(record, "generalised_memorised")[-1] for record in records]),
        _over_seeds("pixels", pixels),
        _over_seeds("two-generalised", [pair(record, "generalised_generalised")[-1] for record in records]),
        _over_seeds("two-random", [pair(record, "random_random")[:EARLY].mean() for record in records]),
    ]


def _invisible(records: Sequence[Record]) -> list[Judgement]:
    moves = [record["translation"]["readers"]["directions"]["head_null_space"] for record in records]
    readers = records[0]["translation"]["readers"]
    classes = [at for at, name in enumerate(readers["sets"]) if name.startswith("class ")]
    one = readers["sets"].index("one_image")
    changed = sum(int(move["changed"]["head_train"].sum() + move["changed"]["head_test"].sum()) for move in moves)
    other = [move["changed"]["svm_train"][classes].max() / readers["train_images"] for move in moves]
    return [
        _exactly("invisible-predictions", changed, len(records)),
        _over_seeds("invisible-cka", [move["cka"][classes, -1].mean() for move in moves]),
        _over_seeds("invisible-image", [move["cka"][one, -1] for move in moves]),
        _over_seeds("other-reader", other),
        _over_seeds("separated", [record["translation"]["separated"]["cka"][-1] for record in records]),
    ]


def _maps(records: Sequence[Record]) -> list[Judgement]:
    drawn = [found for record in records for found in record["maps"].values()]
    parity = [record["maps"]["parity"] for record in records if "parity" in record["maps"]]
    lost = [100 * (found["test_accuracy"]["teacher"] - found["test_accuracy"]["student"]) for found in parity]
    least = min(found["least_eigenvalue"][state] for found in drawn for state in ("before", "after"))
    pictures = [record["maps"]["picture"] for record in records if "picture" in record["maps"]]
    unreachable = (
        _exactly("picture-unreachable", pictures[0]["least_eigenvalue"]["target"], 1)
        if pictures
        else _BY_ID["picture-unreachable"].not_tested("no picture among the targets")
    )
    return [
        _over_seeds("parity-map", [found["error"]["after"] for found in parity]),
        _over_seeds("parity-accuracy", lost, f"{records[0]['test_images']} test images"),
        _over_seeds("map-before", [found["error"]["before"] for found in parity]),
        _exactly("map-psd", least, len(records)),
        unreachable,
    ]


def _bias(record: Record) -> list[Judgement]:
    off = np.abs(record["biased"].mean(axis=1) - record["expected_biased"])
    wide = record["debiased"][int(np.argmax(record["dimensions"]))]
    widest = int(record["dimensions"].max())
    return [
        _exactly("bias", float(off.max()), record["biased"].shape[1]),
        _over_seeds("debiased", wide, f"{record['samples']} samples, {widest:,} features, {len(wide)} draws"),
    ]
