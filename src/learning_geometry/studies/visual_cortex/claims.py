"""How the records of the study of visual representations judge its claims."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import spearmanr

from learning_geometry.claims import Judgement
from learning_geometry.instruments.statistics import mean_interval, proportion_interval
from learning_geometry.store import Record, Records
from learning_geometry.studies.visual_cortex.declared import BRAIN, BY_ID, CLAIMS
from learning_geometry.studies.visual_cortex.network_declared import CURVATURES, NETWORKS

__all__ = ["CLAIMS", "judge"]

Array = NDArray[np.float64]

_POWER_LAWS = {"power law 0.7": 0.7, "power law 1.0": 1.0, "power law 1.4": 1.4}
_EARLY, _LATE = ("pixels", "simple cells", "energy"), ("texture", "categories")
_WINDOW, _NOISE, _ATTACK = [1, 60], 0.2, 0.02
_LARGE, _SMALL = (400, 120), (100, 60)
_EARLY_AREAS = ("V1", "V2", "V3", "hV4")
_MIXED_AREAS = ("early", "nsdgeneral")


def judge(records: Records) -> list[Judgement]:
    """Judge every claim, in the order of declaration."""
    found = [
        *_estimators(records.of("estimators")[0]),
        *_decision(records.of("false_alarms"), records.of("power")),
        *_hierarchy(records.of("hierarchy")),
        *_networks(records.of("networks")),
        *_theory(records.of("theory")[0]),
        *_brain(_if_any(records, "brain")),
        *_pretrained(_if_any(records, "pretrained")),
    ]
    return sorted(found, key=lambda judgement: list(BY_ID).index(judgement.claim.id))


def _over_seeds(claim: str, values: ArrayLike, note: str = "") -> Judgement:
    sample = np.asarray(values, dtype=float)
    if len(sample) < 2:
        return BY_ID[claim].not_tested("one seed gives no interval")
    return BY_ID[claim].judge(float(sample.mean()), interval=mean_interval(sample), n_seeds=len(sample), note=note)


def _share(claim: str, successes: int, trials: int, n_seeds: int) -> Judgement:
    if trials == 0:
        return BY_ID[claim].not_tested("no design of this size was tried")
    return BY_ID[claim].judge(
        successes / trials,
        interval=proportion_interval(successes, trials),
        n_seeds=n_seeds,
        note=f"{successes} of {trials}",
    )


def _if_any(records: Records, experiment: str) -> list[Record]:
    try:
        return list(records.of(experiment))
    except KeyError:
        return []


def _estimators(record: Record) -> list[Judgement]:
    names = {axis: list(record[axis]) for axis in ("spectra", "noises", "estimators")}

    def of(what: str, spectrum: str, noise: str, estimator: str) -> Array:
        at = names["spectra"].index(spectrum), names["noises"].index(noise), names["estimators"].index(estimator)
        return np.asarray(record[what])[at]

    def bias(noise: str, estimator: str) -> Array:
        return of("exponent", "power law 1.0", noise, estimator) - of("exponent", "power law 1.0", noise, "noise-free")

    moments = np.asarray(record["moments"])
    errors = [np.abs(moments[names["spectra"].index(name)] - truth) for name, truth in _POWER_LAWS.items()]
    clean, mean = "cvPCA, noise removed", "plain PCA"
    return [
        _over_seeds("moments", np.mean(errors, axis=(0, 1))),
        _over_seeds("raw-correlated", bias("correlated", "cvPCA")),
        _over_seeds("removed-correlated", bias("correlated", clean)),
        _over_seeds("raw-independent", bias("independent", "cvPCA")),
        _over_seeds("removed-aligned", bias("aligned", clean)),
        _over_seeds("plain-pca", bias("correlated", mean)),
        _over_seeds("r2-exponential", of("r2", "exponential", "correlated", mean)),
        _over_seeds(
            "r2-cut-off",
            of("r2", "power law 1.0", "correlated", clean) - of("r2", "cut-off", "correlated", clean),
        ),
    ]


def _decision(alarms: list[Record], power: list[Record]) -> list[Judgement]:
    p_values = np.concatenate([np.asarray(record["p_values"]) for record in alarms])
    # (recognised, tried) of every design and spectrum; areas are drawn anew for each.
    tried: dict[tuple[int, int, str], tuple[int, int]] = {}
    for record in power:
        for v, voxels in enumerate(record["voxels"]):
            for s, spectrum in enumerate(record["spectra"]):
                found = round(float(np.asarray(record["power"])[v, s]) * record["areas"])
                tried[record["stimuli"], voxels, spectrum] = found, record["areas"]

    def share(claim: str, wanted: dict[tuple[int, int, str], tuple[int, int]]) -> Judgement:
        return _share(claim, sum(f for f, _ in wanted.values()), sum(n for _, n in wanted.values()), 1)

    def at_least(key: tuple[int, int, str]) -> bool:
        return key[0] >= _LARGE[0] and key[1] >= _LARGE[1]

    bent = {key: value for key, value in tried.items() if not key[2].startswith("power law")}
    return [
        _share("false-alarms", int((p_values <= 0.05).sum()), len(p_values), 1),
        share("large-experiments", {k: v for k, v in tried.items() if k[2] == "mild knee" and at_least(k)}),
        share("small-experiments", {k: v for k, v in bent.items() if k[:2] == _SMALL}),
        share("recognised-power-laws", {k: v for k, v in tried.items() if k[2] == "power law 1.0"}),
    ]


def _hierarchy(records: list[Record]) -> list[Judgement]:
    stages = list(records[0]["stages"])
    verdicts = [dict(zip(stages, record["verdict"], strict=True)) for record in records]

    def share(claim: str, chosen: tuple[str, ...], verdict: str) -> Judgement:
        if len(records) < 2:
            return BY_ID[claim].not_tested("one seed gives no interval")
        right = sum(each[stage] == verdict for each in verdicts for stage in chosen)
        return _share(claim, right, len(records) * len(chosen), len(records))

    curvature = np.array([record["curvature"] for record in records])
    early = [stages.index(stage) for stage in (*_EARLY, "pooled energy")]
    return [
        share("early-stages", _EARLY, "scale-free"),
        share("late-stages", _LATE, "not scale-free"),
        _over_seeds("early-truth", curvature[:, early].min(axis=1)),
        *(_over_seeds(f"{stage}-truth", curvature[:, stages.index(stage)]) for stage in _LATE),
    ]


def _networks(records: list[Record]) -> list[Judgement]:
    first = records[0]
    arms = list(first["arms"])
    windows = np.asarray(first["windows"]).tolist()
    noise, attack = np.asarray(first["noise"]).tolist(), np.asarray(first["attacks"]).tolist()
    if _WINDOW not in windows or _NOISE not in noise or _ATTACK not in attack:
        reason = f"needs the window {_WINDOW}, noise {_NOISE} and an attack of {_ATTACK} among those asked for"
        return [claim.not_tested(reason) for claim in NETWORKS]

    def of(what: str, arm: str) -> Any:
        return np.array([np.asarray(record[what])[arms.index(arm)] for record in records])

    window = windows.index(_WINDOW)
    bend = {arm: of("curvature", arm)[:, window] for arm in arms}
    lost = {arm: of("probe_noise", arm)[:, noise.index(_NOISE)] / of("probe_clean", arm) for arm in arms}
    fooled = {arm: of("probe_attack", arm)[:, attack.index(_ATTACK)] / of("probe_clean", arm) for arm in arms}
    moved = {arm: of("noise_share", arm)[:, noise.index(_NOISE)] for arm in arms}
    before, after = "barlow_twins", "fine_tuned"
    order = [
        float(spearmanr(*np.array([[each[arm][s] for arm in arms] for each in (bend, fooled)])).statistic)
        for s in range(len(records))
    ]
    rank = of("effective_rank", before) / of("effective_rank", after)
    return [
        *(_over_seeds(claim.id, bend[claim.id.replace("-", "_")]) for claim in CURVATURES),
        _over_seeds("task-not-training", bend[after] - bend["continued"]),
        _over_seeds("any-window-before", np.abs(of("curvature", before)).max(axis=1)),
        _over_seeds("any-window-after", of("curvature", after).max(axis=1)),
        _over_seeds("robust-noise", lost[before] - lost[after]),
        _over_seeds("robust-attack", fooled[before] - fooled[after]),
        _over_seeds("robust-features", moved[before] - moved[after]),
        _over_seeds("robust-order", order),
        _over_seeds("efficient-rank", rank),
    ]


def _theory(record: Record) -> list[Judgement]:
    exponents = list(record["exponents"])
    dimensions = np.asarray(record["dimensions"])
    growth = np.asarray(record["gained_sensitivity"])[..., -1]
    check = record["check"]
    errors = [
        np.abs(np.asarray(check[cost]) / np.asarray(check[f"{cost}_formula"]) - 1).max()
        for cost in ("sensitivity", "unexplained")
    ]
    values = {
        "costs-balance": np.diff(np.asarray(record["crossing"])[:, -1]).max(),
        "sensitivity-diverges": growth[:, exponents.index(1.0)].min(),
        "sensitivity-bounded": growth[dimensions >= 2, exponents.index(3.0)].max(),
        "theory-simulated": max(errors),
    }
    return [BY_ID[claim].judge(float(value), n_seeds=1) for claim, value in values.items()]


def _brain(records: list[Record]) -> list[Judgement]:
    if not records:
        reason = "needs your copy of the Natural Scenes Dataset: nsd_root, nsd_subjects and nsd_areas"
        return [claim.not_tested(reason) for claim in BRAIN if claim.id.startswith("brain")]
    early = [record for record in records if record["area"] in _EARLY_AREAS]
    higher = [record for record in records if record["area"] not in (*_EARLY_AREAS, *_MIXED_AREAS)]
    n_subjects = len({record["subject"] for record in records})
    free = sum(record["scale_free"]["verdict"] == "scale-free" for record in early)
    bent = [record for record in higher if record["scale_free"]["verdict"] == "not scale-free"]
    unlike = sum(record["matched"]["scale_free"]["verdict"] != "not scale-free" for record in bent)
    return [
        _share("brain-early", free, len(early), n_subjects),
        _share("brain-higher", unlike, len(higher), n_subjects),
    ]


def _pretrained(records: list[Record]) -> list[Judgement]:
    claims = [claim for claim in BRAIN if claim.id.startswith("pretrained")]
    reason = "needs vision_models and photographs: at least two models, or pairs of models"
    if not records:
        return [claim.not_tested(reason) for claim in claims]
    # The module imports torch and transformers, which takes seconds.
    from learning_geometry.studies.visual_cortex.pretrained import TWINS

    bend = {}
    for record in records:
        windows = np.asarray(record["windows"]).tolist()
        if _WINDOW in windows:
            bend[record["model"]] = float(np.asarray(record["curvature"])[-1, windows.index(_WINDOW)])
    before = [bend[model] for model, _, _ in TWINS if model in bend]
    pairs = [
        bend[tuned] - bend[model]
        for model, tuned, kind in TWINS
        if kind == "fine-tuned" and {model, tuned} <= set(bend)
    ]
    judged = []
    for claim, values in zip(claims, (before, pairs), strict=True):
        if len(values) < 2:
            judged.append(claim.not_tested(reason))
        else:
            judged.append(_over_seeds(claim.id, values))
    return judged
