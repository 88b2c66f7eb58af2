"""The claims about synaptic weights judged on worlds made up: one where all are true, and for each claim one where it fails."""

import copy
from collections.abc import Callable, Iterator
from itertools import permutations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from learning_geometry.claims import Scorecard, Verdict
from learning_geometry.instruments.dual_change import cdf_distance_critical, cdf_distance_floor, shapiro_wilk_critical
from learning_geometry.store import Record, Records, Unit
from learning_geometry.studies import STUDIES
from learning_geometry.studies.synaptic_weights import networks, noise, power, regression, shapes, simulation
from learning_geometry.studies.synaptic_weights.config import CANDIDATES, TRUTHS
from learning_geometry.studies.synaptic_weights.declared import CLAIMS
from learning_geometry.studies.synaptic_weights.networks import HARDLY

STUDY = STUDIES["synaptic_weights"]
ALL = [claim.id for claim in CLAIMS]
NAMES = ["entropy", "euclid", "three"]
AT = [CANDIDATES.index(truth) for truth in TRUTHS]  # where the right potential stands among the candidates
LAYERS = {"recurrent": 1, "perceptron": 1, "convolutional": 3, HARDLY: 3}
PAIRS = list(permutations(range(3), 2))

# The designs that the claims speak of: changes of 10 %, spreads of 0.4 and 0.2, noises of 5 and 20 %.
BASE: dict[str, Any] = {
    "seeds": [10, 11, 12, 13, 14],
    "images": "digits",
    "images_revision": "",
    "networks": {"recurrent": 16, "perceptron": 16, "convolutional": 8},
    "hardly": "convolutional",
    "draws": 30,
    "simulated_synapses": 1000,
    "dimensions": [100, 1600, 25_600],
    "shape_draws": 6,
    "shape_synapses": 2000,
    "shape_samples": 299,
    "recorded_changes": [0.05, 0.1, 0.3],
    "recorded_spreads": [0.2, 0.4, 0.8],
    "noises": [0.0, 0.02, 0.05, 0.1, 0.2],
    "noise_synapses": [100, 300, 1000],
    "noise_change": 0.1,
    "noise_replicates": 40,
    "paired_sizes": "",
    "spine_table": "",
    "pretrained": {},
    "photographs": "",
    "pretrained_seeds": [0, 1, 2],
}

Result = dict[str, Any]
World = list[tuple[str, dict[str, Any], Result]]


def jitter(seeds: int) -> np.ndarray:
    """Factors a little above and below one."""
    return 1 + 0.02 * np.linspace(-1, 1, seeds)


def distances(matched: float) -> np.ndarray:
    """`(truths, candidates)`: `matched` under the right potential, the more under others the farther they are off."""
    return matched * (1 + 4 * np.abs(np.subtract.outer(TRUTHS, CANDIDATES)))


def simulated(asked: dict[str, Any]) -> Result:
    seeds = len(asked["seeds"])
    one = distances(cdf_distance_floor(asked["synapses"]))[None, :, :, None] * jitter(seeds)
    return {
        "truths": np.array(TRUTHS),
        "candidates": np.array(CANDIDATES),
        "seeds": np.array(asked["seeds"]),
        "synapses": asked["synapses"],
        "cdf_distance": np.concatenate([one, one]),
    }


def regressed(asked: dict[str, Any]) -> Result:
    size = 3.0 if asked["inputs"] == "heavy-tailed" or asked["power"] == 0 else 0.5
    each = [distances(size * cdf_distance_critical(dimension)) for dimension in asked["dimensions"]]
    return {
        "truths": np.array(TRUTHS),
        "candidates": np.array(CANDIDATES),
        "seeds": np.array(asked["seeds"]),
        "dimensions": np.array(asked["dimensions"]),
        "samples": np.array([int(dimension ** asked["power"]) for dimension in asked["dimensions"]]),
        "cdf_distance": np.stack(each)[..., None] * jitter(len(asked["seeds"])),
    }


def network(name: str, seed: int) -> Result:
    layers = LAYERS[name]
    factor = 1 + 0.02 * np.sin(seed)
    weights = np.full(layers, 4096)
    found = distances(0.5 * cdf_distance_critical(int(weights.sum()))) * factor
    if name == HARDLY:  # the 3-norm looks as Gaussian under the 2.5-norm and under others
        found[2] = found[2, 4] * np.array([1.1, 1.3, 1.05, 0.6, 1])
    return {
        "layers": [f"layer {number}" for number in range(layers)],
        "weights": weights,
        "pooled": found,
        "shuffled": np.tile(found[1], (3, 1)),  # whatever the truth, Euclid seems to be it
        "cdf_distance": np.stack([found] * layers, axis=1) * jitter(layers)[:, None],
        "exponent": np.array(TRUTHS)[:, None] + np.linspace(-0.01, 0.01, layers) + 0.01 * np.sin(seed),
        "accuracy": np.ones(3),
        "pretrained_accuracy": np.full(3, 0.7 if name == HARDLY else 0.98),
    }


def trained(asked: dict[str, Any]) -> Result:
    names = [*asked["networks"], HARDLY]
    return {
        "truths": np.array(TRUTHS),
        "candidates": np.array(CANDIDATES),
        "networks": {name: network(name, asked["seed"]) for name in names},
    }


def shaped(asked: dict[str, Any]) -> Result:
    factor = jitter(len(asked["seeds"]))
    normality = np.array([0.9999, 0.86, 0.84])[None, :, None] * (1 - 1e-5 * (factor - factor.min()))
    return {
        "initials": asked["initials"],
        "truths": np.array(TRUTHS),
        "candidates": np.array(CANDIDATES),
        "seeds": np.array(asked["seeds"]),
        "ks": np.stack([distances(0.02)] * 2)[..., None] * factor,
        "ks_unpaired": np.stack([distances(0.06)] * 2)[..., None] * factor,
        "skewness_log": np.array([-0.4, -1.8, -2.1])[None, :, None] * np.stack([factor, factor])[:, None],
        "shapiro_log": np.concatenate([normality, normality]),
    }


def powered(asked: dict[str, Any]) -> Result:
    needed = np.array(
        [{"likelihood": 30.0, "shapiro_wilk": 60.0, "cdf_distance": 120.0}[s] for s in asked["statistics"]]
    )
    spreads = 30 / np.array([0.35 if spread < 0.3 else 1.0 for spread in asked["spreads"]]) / 30
    required = np.multiply.outer(np.multiply.outer(needed, np.ones(len(asked["changes"]))), spreads)
    required = required[..., None, None] * (1 + 0.05 * np.add.outer(np.arange(3), np.arange(3)))
    required[..., range(3), range(3)] = -1
    return {
        "statistics": asked["statistics"],
        "changes": np.array(asked["changes"]),
        "spreads": np.array(asked["spreads"]),
        "truths": np.array(TRUTHS),
        "required": required,
        "low": np.where(required < 0, -1, 0.9 * required),
        "high": np.where(required < 0, -1, 1.12 * required),
    }


def noisy(asked: dict[str, Any]) -> Result:
    shape = (3, len(asked["noises"]), 2, len(asked["synapses"]))
    exponent = np.broadcast_to(np.array(TRUTHS)[:, None, None, None], shape) + 0.0
    identified = np.full(shape, 1.0)
    some = np.array(asked["noises"]) > 0
    exponent[1:, some, 0] = np.array([1.2, 1.5])[:, None, None]
    identified[1:, some, 0] = 0
    identified[:, some, 1] = 0.975
    identified[0, np.array(asked["noises"]) > 0.15, 1, 0] = 0.05
    return {
        "noises": np.array(asked["noises"]),
        "synapses": np.array(asked["synapses"]),
        "change": asked["change"],
        "spread": asked["spread"],
        "truths": np.array(TRUTHS),
        "exponent": exponent,
        "exponent_sd": np.full(shape, 0.05),
        "identified": identified,
        "assumed": {
            "noise": asked["noises"][len(asked["noises"]) // 2],
            "synapses": asked["synapses"][len(asked["synapses"]) // 2],
            "ratios": np.array([0.5, 1.0, 2.0]),
            "identified": np.array([[0.95, 0.95, 0.0], [0.0, 0.95, 0.0], [0.0, 0.95, 0.5]]),
        },
    }


def imaged(asked: dict[str, Any]) -> Result:
    found: Result = {}
    if asked["paired"]:
        found["paired"] = {"source": "pairs.csv"}
    if asked["spine_table"]:
        exponents = {"exponent": 1.1, "exponent_interval": np.array([1.05, 1.16])}
        found["cross_section"] = {"volumes": np.linspace(0.01, 0.5, 1500), **exponents}
    return found


def tuned(asked: dict[str, Any]) -> Result:
    return {
        "truths": TRUTHS,
        "candidates": CANDIDATES,
        "cdf_distance": distances(0.01) * (1 + 0.02 * np.sin(asked["seed"])),
    }


MAKERS: dict[str, Callable[[dict[str, Any]], Result]] = {
    "simulation": simulated,
    "regression": regressed,
    "networks": trained,
    "shapes": shaped,
    "power": powered,
    "noise": noisy,
    "spines": imaged,
    "pretrained": tuned,
    "dynamics": lambda _: {},
    "example": lambda _: {},
}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Wishes for a table of spines and for pretrained networks, with what they need on disk."""
    folder: Path = tmp_path_factory.mktemp("wishes")
    (folder / "spines.csv").write_text("id,pre_root_id,post_root_id,spine_vol_um3\n1,1,2,0.1\n")
    (folder / "pairs.csv").write_text("before,after\n" + "".join(f"{n},{n + 0.1 * (n % 3)}\n" for n in range(1, 20)))
    return {
        "spine_table": str(folder / "spines.csv"),
        "photographs": str(folder),
        "pretrained": {"microsoft/resnet-18": ["main"]},
    }


def world(**given: Any) -> World:
    """Results of every experiment that a configuration asks for, where all claims are true."""
    scale = given.pop("scale", None)
    config = STUDY.config(scale, given) if scale else STUDY.config(given=BASE | given)
    units = STUDY.module("config").units(config)
    return [(experiment, parameters, MAKERS[experiment](parameters)) for experiment, parameters in units]


def of(made: World, experiment: str, **parameters: Any) -> list[Result]:
    return [
        result
        for name, asked, result in made
        if name == experiment and all(asked[key] == value for key, value in parameters.items())
    ]


def judged(made: World) -> Scorecard:
    records = [
        Record(Unit(STUDY.name, experiment, parameters, "code"), result, 0.0, 0.0, {})
        for experiment, parameters, result in made
    ]
    return STUDY.judge(Records(records))  # which raises unless claims are judged in their declared order


def verdicts(made: World) -> dict[str, Verdict]:
    return {judgement.claim.id: judgement.verdict for judgement in judged(made)}


def untested(found: Scorecard) -> list[str]:
    return [judgement.claim.id for judgement in found if judgement.verdict == Verdict.NOT_TESTED]


def test_where_all_is_true_all_is_reproduced(disk: dict[str, Any]) -> None:
    found = verdicts(world(**disk))
    assert list(found) == ALL
    assert {claim: verdict for claim, verdict in found.items() if verdict != Verdict.REPRODUCED} == {}


# Changes that make one claim false.


def half(made: World) -> Result:
    return of(made, "regression", power=0.5, inputs="correlated")[0]


def matched_exceeds_critical(truth: int) -> Callable[[World], None]:
    def change(made: World) -> None:
        half(made)["cdf_distance"][-1, truth, AT[truth]] *= 2.4

    return change


def mistaken_is_gaussian(truth: int, candidate: int) -> Callable[[World], None]:
    def change(made: World) -> None:
        found = half(made)["cdf_distance"][-1, truth]
        found[AT[candidate]] = 1.8 * found[AT[truth]]

    return change


def simulated_far(made: World) -> None:
    of(made, "simulation")[0]["cdf_distance"] *= 1.5


def simulated_elsewhere(made: World) -> None:
    found = of(made, "simulation")[0]["cdf_distance"]
    found[:, 1, 3, :8] = 0.9 * found[:, 1, AT[1], :8]


def regression_misnamed_in_some_seeds(made: World) -> None:
    found = half(made)["cdf_distance"][-1]
    for truth in (0, 1):
        found[truth, AT[truth], :10] *= 2
        found[truth, AT[2], :10] = 0.95 * found[truth, AT[truth], :10]


def regression_does_not_fall(made: World) -> None:
    half(made)["cdf_distance"][0] *= 0.3


def neighbour_looks_better(made: World) -> None:
    found = of(made, "regression", power=0.75)[0]["cdf_distance"][-1, 2]
    found[3] = 0.9 * found[4]


def seen_in(factor: float, **which: Any) -> Callable[[World], None]:
    def change(made: World) -> None:
        of(made, "regression", **which)[0]["cdf_distance"] *= factor

    return change


def looks_better(
    name: str, truth: int, exponent: float, key: str = "pooled", layer: int = 0
) -> Callable[[World], None]:
    """Let a wrong potential look more Gaussian than the right one, in all seeds."""

    def change(made: World) -> None:
        for one in of(made, "networks"):
            found = one["networks"][name][key][truth]
            found = found if key == "pooled" else found[layer]
            found[CANDIDATES.index(exponent)] = 0.9 * found[AT[truth]]

    return change


def networks_are_far(made: World) -> None:
    for one in of(made, "networks"):
        one["networks"]["recurrent"]["pooled"] *= 2.5


def hardly_shows(made: World) -> None:
    for one in of(made, "networks"):
        one["networks"][HARDLY]["pooled"][2, [0, 2]] *= 1.5


def marginals_tell(made: World) -> None:
    for one in of(made, "networks"):
        for found in one["networks"].values():
            found["shuffled"] = distances(0.01)


def read_off(name: str, truth: int, by: float) -> Callable[[World], None]:
    def change(made: World) -> None:
        for one in of(made, "networks"):
            one["networks"][name]["exponent"][truth] += by

    return change


def predicts_better(key: str, initial: int, truth: int, exponent: float) -> Callable[[World], None]:
    def change(made: World) -> None:
        found = of(made, "shapes")[0][key][initial, truth]
        found[CANDIDATES.index(exponent)] = 0.9 * found[AT[truth]]

    return change


def shape_set(key: str, truth: int, value: float) -> Callable[[World], None]:
    """Of equal initial weights."""

    def change(made: World) -> None:
        found = of(made, "shapes")[0]
        found[key][found["initials"].index("constant"), truth] = value + 1e-7 * np.arange(found[key].shape[-1])

    return change


def needed(truth: int, rival: int, number: float) -> Callable[[World], None]:
    def change(made: World) -> None:
        found = of(made, "power")[0]
        for name, factor in (("required", 1.0), ("low", 0.9), ("high", 1.12)):
            found[name][0, 1, 1, truth, rival] = factor * number

    return change


def needed_times(factor: float, to: tuple[Any, ...], of_: tuple[Any, ...]) -> Callable[[World], None]:
    def change(made: World) -> None:
        found = of(made, "power")[0]
        for name in ("required", "low", "high"):
            values = found[name][of_]
            found[name][to] = np.where(values < 0, -1, factor * values)

    return change


def noise_set(key: str, at: tuple[Any, ...], value: float) -> Callable[[World], None]:
    def change(made: World) -> None:
        of(made, "noise")[0][key][at] = value

    return change


def half_the_noise_will_do(made: World) -> None:
    of(made, "noise")[0]["assumed"]["identified"][2, 0] = 0.9


def spines_are_euclidean(made: World) -> None:
    of(made, "spines")[0]["cross_section"] |= {"exponent": 1.9, "exponent_interval": np.array([1.8, 2.0])}


def pretrained_look_wrong(made: World) -> None:
    for one in of(made, "pretrained"):
        one["cdf_distance"][1, AT[2]] = 0.9 * one["cdf_distance"][1, AT[1]]


FAILURES: list[tuple[str, Callable[[World], None], set[str]]] = [
    # The last entry names the claims that stand and fall with the first.
    ("simulation-floor", simulated_far, set()),
    ("simulation-diagonal", simulated_elsewhere, set()),
    *((f"regression-{name}", matched_exceeds_critical(t), set()) for t, name in enumerate(NAMES)),
    *((f"regression-{NAMES[t]}-as-{NAMES[r]}", mistaken_is_gaussian(t, r), set()) for t, r in PAIRS),
    ("regression-names", regression_misnamed_in_some_seeds, set()),
    ("regression-falls", regression_does_not_fall, set()),
    ("regression-many", neighbour_looks_better, set()),
    ("regression-binary", seen_in(2.4, inputs="binary", power=0.5), set()),
    ("regression-single", seen_in(0.8 / 3, inputs="binary", power=0.0), set()),
    ("regression-heavy", seen_in(0.8 / 3, inputs="heavy-tailed"), set()),
    ("recurrent-entropy", looks_better("recurrent", 0, 2.0), {"recurrent-fine"}),
    ("recurrent-euclid", looks_better("recurrent", 1, 3.0), {"recurrent-fine"}),
    ("recurrent-three", looks_better("recurrent", 2, 2.0), {"recurrent-fine"}),
    ("recurrent-fine", looks_better("recurrent", 1, 1.5), set()),
    ("perceptron", looks_better("perceptron", 2, 1.0), set()),
    ("convolutional", looks_better("convolutional", 0, 3.0), set()),
    ("convolutional-layers", looks_better("convolutional", 2, 2.5, "cdf_distance", 1), set()),
    ("networks-floor", networks_are_far, set()),
    ("hardly", hardly_shows, set()),
    ("shuffled", marginals_tell, set()),
    *((f"exponent-{name}", read_off("recurrent", t, 0.4), set()) for t, name in enumerate(NAMES)),
    ("hardly-exponent", read_off(HARDLY, 2, -0.4), set()),
    ("shapes-log-normal", predicts_better("ks", 0, 1, 3.0), set()),
    ("shapes-constant", predicts_better("ks", 1, 2, 1.0), set()),
    ("shapes-unpaired", predicts_better("ks_unpaired", 1, 0, 2.0), set()),
    ("shapes-euclid", shape_set("skewness_log", 1, -0.9), set()),
    ("shapes-entropy", shape_set("shapiro_log", 2, 0.99999), set()),
    ("shapes-exactly", shape_set("shapiro_log", 0, 0.99), set()),
    ("synapses-entropy-euclid", needed(0, 1, 60), set()),
    ("synapses-euclid-entropy", needed(1, 0, 60), set()),
    ("synapses-three-euclid", needed(2, 1, 60), set()),
    ("synapses-likelihood", needed_times(1.7, np.s_[2, 1, 1], np.s_[0, 1, 1]), set()),
    ("synapses-spread", needed_times(1.6, np.s_[0, 1, 0], np.s_[0, 1, 1]), set()),
    ("noise-down", noise_set("exponent", (2, 2, 0, -1), 2.8), set()),
    ("noise-hides", noise_set("identified", (1, 2, 0, -1), 0.9), set()),
    ("noise-known", noise_set("exponent", (2, 2, 1, -1), 2.8), set()),
    ("noise-named", noise_set("identified", (np.s_[1:], 2, 1, -1), 0.5), set()),
    ("noise-underestimated", half_the_noise_will_do, set()),
    ("noise-too-much", noise_set("identified", (0, -1, 1, 0), 0.95), set()),
    ("spines", spines_are_euclidean, set()),
    ("pretrained", pretrained_look_wrong, set()),
]


def test_there_is_a_failure_for_every_claim() -> None:
    assert [claim for claim, _, _ in FAILURES] == ALL


@pytest.mark.parametrize(("claim", "change", "others"), FAILURES, ids=[claim for claim, _, _ in FAILURES])
def test_every_claim_can_fail(
    disk: dict[str, Any], claim: str, change: Callable[[World], None], others: set[str]
) -> None:
    made = world(**disk)
    change(made)
    found = verdicts(made)
    assert found[claim] == Verdict.NOT
    # Another measurement decides another claim.
    assert {other for other, verdict in found.items() if verdict != Verdict.REPRODUCED} == {claim} | others


# What each claim states, computed a second time in plain loops.

Statement = tuple[float, tuple[float, float] | None, int]


def mean(values: list[float]) -> Statement:
    n, middle = len(values), float(np.mean(values))
    half_width = stats.t.ppf(0.975, n - 1) * np.std(values, ddof=1) / np.sqrt(n)
    return middle, (middle - half_width, middle + half_width), n


def proportion(cases: list[bool], seeds: int) -> Statement:
    exact = stats.binomtest(sum(cases), len(cases)).proportion_ci(0.95, method="exact")
    return sum(cases) / len(cases), (exact.low, exact.high), seeds


def least(row: np.ndarray, truth: int, among: list[float]) -> float:
    """The least of one row of distances, by candidate, under a wrong potential."""
    return float(min(row[CANDIDATES.index(p)] for p in among if p != TRUTHS[truth]))


def right(row: np.ndarray, truth: int) -> float:
    return float(row[CANDIDATES.index(TRUTHS[truth])])


def by_hand(made: World) -> Iterator[tuple[str, Statement]]:
    yield from simulation_by_hand(of(made, "simulation")[0])
    yield from regression_by_hand(made)
    yield from networks_by_hand([one["networks"] for one in of(made, "networks")])
    yield from shapes_by_hand(of(made, "shapes")[0], of_synapses=2000)
    yield from power_by_hand(of(made, "power")[0])
    yield from noise_by_hand(of(made, "noise")[0], trials=40)
    spines = of(made, "spines")[0]["cross_section"]
    yield "spines", (spines["exponent"], tuple(spines["exponent_interval"]), 1)
    runs = [one["cdf_distance"] for one in of(made, "pretrained")]
    yield "pretrained", mean([min(least(one[t], t, TRUTHS) / right(one[t], t) for t in range(3)) for one in runs])


def simulation_by_hand(found: Result) -> Iterator[tuple[str, Statement]]:
    rows = found["cdf_distance"].swapaxes(2, 3)  # (initials, truths, seeds, candidates)
    floor = 1.1846 / np.sqrt(1000)
    cells = list(product(range(2), range(3)))
    assert floor == pytest.approx(cdf_distance_floor(1000), rel=1e-4)
    at_floor = [np.mean([right(rows[i, t, k], t) for i, t in cells]) for k in range(30)]
    value, ends, n = mean(at_floor)
    exact = cdf_distance_floor(1000)
    yield "simulation-floor", (value / exact, (ends[0] / exact, ends[1] / exact), n)
    named = [bool(np.argmin(rows[i, t, k]) == AT[t]) for i, t in cells for k in range(30)]
    yield "simulation-diagonal", proportion(named, 30)


def regression_by_hand(made: World) -> Iterator[tuple[str, Statement]]:
    few, dimensions = half(made)["cdf_distance"], half(made)["dimensions"]
    critical = cdf_distance_critical(25_600)
    for t, name in enumerate(NAMES):
        yield f"regression-{name}", mean([few[-1, t, AT[t], k] / critical for k in range(30)])
    for t, r in PAIRS:
        yield f"regression-{NAMES[t]}-as-{NAMES[r]}", mean([few[-1, t, AT[r], k] / critical for k in range(30)])
    named = [right(few[-1, t, :, k], t) < least(few[-1, t, :, k], t, TRUTHS) for t in range(3) for k in range(30)]
    yield "regression-names", proportion(named, 30)
    slopes = []
    for k in range(30):
        averages = [np.mean([few[d, t, AT[t], k] for t in range(3)]) for d in range(3)]
        slopes.append(stats.linregress(np.log(dimensions), np.log(averages)).slope)
    yield "regression-falls", mean(slopes)
    many = of(made, "regression", power=0.75)[0]["cdf_distance"][-1, 2]
    yield "regression-many", mean([many[3, k] - many[4, k] for k in range(30)])
    for claim, which in (
        ("binary", {"inputs": "binary", "power": 0.5}),
        ("single", {"inputs": "binary", "power": 0.0}),
        ("heavy", {"inputs": "heavy-tailed", "power": 0.5}),
    ):
        one = of(made, "regression", **which)[0]["cdf_distance"][-1]
        averages = [np.mean([one[t, AT[t], k] / critical for t in range(3)]) for k in range(30)]
        yield f"regression-{claim}", mean(averages)


def networks_by_hand(found: list[Result]) -> Iterator[tuple[str, Statement]]:
    def ratio(row: np.ndarray, truth: int, among: list[float]) -> float:
        return least(row, truth, among) / right(row, truth)

    for t, name in enumerate(NAMES):
        yield f"recurrent-{name}", mean([ratio(one["recurrent"]["pooled"][t], t, TRUTHS) for one in found])
        yield f"exponent-{name}", mean([float(one["recurrent"]["exponent"][t, 0]) for one in found])
    fine = [min(ratio(one["recurrent"]["pooled"][t], t, CANDIDATES) for t in range(3)) for one in found]
    yield "recurrent-fine", mean(fine)
    for name in ("perceptron", "convolutional"):
        yield name, mean([min(ratio(one[name]["pooled"][t], t, TRUTHS) for t in range(3)) for one in found])
    layers = [one["convolutional"]["cdf_distance"] for one in found]
    cells = list(product(range(3), range(3)))
    yield (
        "convolutional-layers",
        mean([min(ratio(one[t, layer], t, CANDIDATES) for t, layer in cells) for one in layers]),
    )
    critical = cdf_distance_critical(4096)
    matched = [np.mean([right(one["recurrent"]["pooled"][t], t) for t in range(3)]) / critical for one in found]
    yield "networks-floor", mean(matched)
    yield "hardly", mean([ratio(one[HARDLY]["pooled"][2], 2, TRUTHS) for one in found])
    yield "hardly-exponent", mean([float(np.mean(one[HARDLY]["exponent"][2])) for one in found])
    names = ("recurrent", "perceptron", "convolutional")
    shares = [
        np.mean([ratio(one[name]["shuffled"][t], t, TRUTHS) > 1 for name in names for t in range(3)]) for one in found
    ]
    yield "shuffled", mean(shares)


def shapes_by_hand(found: Result, of_synapses: int) -> Iterator[tuple[str, Statement]]:
    paired, unpaired = (found[name].swapaxes(2, 3) for name in ("ks", "ks_unpaired"))  # candidates last

    def margin(row: np.ndarray, truth: int) -> float:
        return least(row, truth, TRUTHS) - right(row, truth)

    seeds = range(paired.shape[2])
    for i, initial in enumerate(("log-normal", "constant")):
        yield f"shapes-{initial}", mean([min(margin(paired[i, t, k], t) for t in range(3)) for k in seeds])
    cells = list(product(range(2), range(3)))
    yield "shapes-unpaired", mean([min(margin(unpaired[i, t, k], t) for i, t in cells) for k in seeds])
    yield "shapes-euclid", mean(list(found["skewness_log"][1, 1]))
    entropy, euclid, three = found["shapiro_log"][1]
    yield "shapes-entropy", mean([entropy[k] - max(euclid[k], three[k]) for k in seeds])
    yield "shapes-exactly", mean([entropy[k] - shapiro_wilk_critical(of_synapses) for k in seeds])


def power_by_hand(found: Result) -> Iterator[tuple[str, Statement]]:
    likelihood, distance, change, narrow, usual = 0, 2, 1, 0, 1
    for t, r in ((0, 1), (1, 0), (2, 1)):
        value, low, high = (float(found[name][likelihood, change, usual, t, r]) for name in ("required", "low", "high"))
        yield f"synapses-{NAMES[t]}-{NAMES[r]}", (value, (low, high), 1)

    def compared(above: tuple[int, ...], below: tuple[int, ...]) -> Statement:
        logarithm = variance = 0.0
        for pair in PAIRS:
            for sign, cell in ((1, above), (-1, below)):
                value, low, high = (found[name][(*cell, *pair)] for name in ("required", "low", "high"))
                logarithm += sign * np.log(value) / 6
                # A 95 % interval is 2 * 1.96 standard errors wide; ratios are compared on a logarithmic scale.
                variance += ((np.log(high) - np.log(low)) / 3.92 / 6) ** 2
        error = 1.96 * np.sqrt(variance)
        return float(np.exp(logarithm)), (float(np.exp(logarithm - error)), float(np.exp(logarithm + error))), 1

    usually = (likelihood, change, usual)
    yield "synapses-likelihood", compared(usually, (distance, change, usual))
    yield "synapses-spread", compared((likelihood, change, narrow), usually)


def noise_by_hand(found: Result, trials: int) -> Iterator[tuple[str, Statement]]:
    five, twenty = 2, 4
    ignored, known = 0, 1

    def exponent(corrected: int, shift: float) -> Statement:
        value, deviation = (found[name][2, five, corrected, -1] for name in ("exponent", "exponent_sd"))
        half_width = stats.t.ppf(0.975, trials - 1) * deviation / np.sqrt(trials)
        return value - shift, (value - shift - half_width, value - shift + half_width), trials

    def share(shares: list[float]) -> Statement:
        return proportion(
            [k < round(each * trials) for each in shares for k in range(trials)],
            trials,
        )

    yield "noise-down", exponent(ignored, 3)
    yield "noise-known", exponent(known, 0)
    yield "noise-hides", share([found["identified"][t, five, ignored, -1] for t in (1, 2)])
    yield "noise-named", share([found["identified"][t, five, known, -1] for t in range(3)])
    yield "noise-underestimated", share([found["assumed"]["identified"][2, 0]])
    yield "noise-too-much", share([found["identified"][0, twenty, known, 0]])


def disturbed(made: World) -> World:
    """The same world, every number of it changed at random, so that no two statistics are equal by accident."""
    rng = np.random.default_rng(0)
    made = copy.deepcopy(made)
    kept = {"truths", "candidates", "seeds", "synapses", "dimensions", "samples", "weights", "noises", "ratios"}
    kept |= {"changes", "spreads", "required", "low", "high", "volumes", "pretrained_accuracy"}

    def disturb(result: Result) -> None:
        for name, value in result.items():
            if isinstance(value, dict):
                disturb(value)
            elif name == "identified":
                result[name] = rng.integers(3, 38, value.shape) / 40
            elif isinstance(value, np.ndarray) and name not in kept and value.dtype.kind == "f":
                result[name] = value * np.exp(0.8 * rng.standard_normal(value.shape))

    for _, _, result in made:
        disturb(result)
    needed = of(made, "power")[0]
    factor = np.exp(0.4 * rng.standard_normal(needed["required"].shape))
    for name in ("required", "low", "high"):
        needed[name] = np.where(needed[name] < 0, -1, factor * needed[name])
    spines = of(made, "spines")[0]["cross_section"]
    spines["exponent_interval"] = np.array([1.02, 1.3])
    return made


@pytest.mark.parametrize("disturb", [False, True], ids=["clean", "disturbed"])
def test_statistics_and_intervals_are_those_that_were_declared(disk: dict[str, Any], disturb: bool) -> None:
    made = disturbed(world(**disk)) if disturb else world(**disk)
    expected, found = dict(by_hand(made)), judged(made)
    assert set(expected) == set(ALL)
    for claim, (value, interval, n_seeds) in expected.items():
        assert found[claim].value == pytest.approx(value, rel=1e-9, abs=1e-12), claim
        assert found[claim].interval == pytest.approx(interval, rel=1e-6, abs=1e-9), claim
        assert found[claim].n_seeds == n_seeds, claim


def test_a_disturbed_world_tells_every_statistic_from_every_other(disk: dict[str, Any]) -> None:
    values = [value for value, _, _ in dict(by_hand(disturbed(world(**disk)))).values()]
    assert len({round(value, 9) for value in values}) == len(ALL)


def test_statistics_do_not_depend_on_the_order_of_records(disk: dict[str, Any]) -> None:
    made = disturbed(world(**disk))
    first, last = judged(made), judged(made[::-1])
    for one, other in zip(first, last, strict=True):
        assert (one.claim, one.verdict) == (other.claim, other.verdict)
        assert one.value == pytest.approx(other.value)


def test_records_are_made_as_the_experiments_make_them() -> None:
    """Names, shapes and kinds of number of all that the made-up records hold, against tiny real ones."""
    seeds = {"seeds": [0, 1], "truths": TRUTHS, "candidates": CANDIDATES}
    recorded = {"seed": 0, "truths": TRUTHS}
    asked: dict[str, tuple[Callable[..., Result], dict[str, Any]]] = {
        "simulation": (simulation.measure, seeds | {"synapses": 50, "change": 0.1}),
        "regression": (
            regression.measure,
            seeds | {"dimensions": [100, 120], "power": 0.5, "inputs": "correlated", "covariance_power": 2.0},
        ),
        "shapes": (
            shapes.measure,
            seeds | {"synapses": 60, "samples": 8, "label_scale": 1.0, "initials": ["log-normal", "constant"]},
        ),
        "noise": (
            noise.measure,
            recorded | {"noises": [0.0, 0.05], "synapses": [10], "change": 0.1, "spread": 0.8, "replicates": 10},
        ),
        "power": (
            power.measure,
            recorded
            | {"statistics": ["likelihood", "shapiro_wilk", "cdf_distance"], "changes": [0.1, 0.3], "spreads": [0.4]}
            | {"replicates": 40, "max_synapses": 10},
        ),
        "networks": (
            networks.measure,
            {"seed": 0, "images": "digits", "images_revision": "", "networks": {"convolutional": 4}}
            | {"initial": "log-normal", "pretraining": "euclidean", "pretraining_epochs": 1, "hardly_epochs": 1}
            | {"hardly": "convolutional"}
            | {"pretraining_learning_rate": 0.1, "hardly_learning_rate": 0.01, "learning_rates": [0.01]}
            | {"momentum": 0.9, "batch_size": 256, "epochs": 1, "max_epochs": 1, "device": "cpu"}
            | {"truths": TRUTHS, "candidates": CANDIDATES},
        ),
    }

    def agree(made: Any, real: Any, where: str) -> None:
        if isinstance(made, dict):
            for name, value in made.items():
                agree(value, real[name], f"{where}/{name}")
        elif isinstance(made, np.ndarray):
            assert (made.shape, made.dtype.kind) == (real.shape, real.dtype.kind), where
        else:
            assert type(made) is type(real), where
            assert not isinstance(made, list) or len(made) == len(real), where

    for experiment, (measure, parameters) in asked.items():
        agree(MAKERS[experiment](parameters), measure(**parameters), experiment)


# What cannot be tested is said so, and why.

OF_NETWORKS = [
    claim for claim in ALL if claim.startswith(("recurrent", "exponent", "hardly")) or claim == "networks-floor"
]
OF_NETWORKS += ["perceptron", "convolutional", "convolutional-layers", "shuffled"]
OF_DRAWS = [f"regression-{name}" for name in (*NAMES, "falls", "many", "binary", "single", "heavy")] + [
    "simulation-floor"
]
OF_DRAWS += [f"regression-{NAMES[t]}-as-{NAMES[r]}" for t, r in PAIRS]
OF_SHAPES = [claim for claim in ALL if claim.startswith("shapes-")]


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ({"seeds": [10]}, OF_NETWORKS),
        ({"draws": 1}, OF_DRAWS),
        ({"shape_draws": 1}, OF_SHAPES),
        ({"pretrained_seeds": [0]}, ["pretrained"]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_one_seed_decides_nothing_and_two_do(disk: dict[str, Any], given: dict[str, Any], lost: list[str]) -> None:
    found = judged(world(**disk, **given))
    assert set(untested(found)) == set(lost)
    for claim in lost:
        assert (found[claim].value, found[claim].interval, found[claim].n_seeds) == (None, None, 0)
        assert found[claim].note == "one seed gives no interval"
    (name, value) = next(iter(given.items()))
    two = {name: [*value, 77] if isinstance(value, list) else 2}
    assert untested(judged(world(**disk, **two))) == []


@pytest.mark.parametrize("name", ["recurrent", "perceptron", "convolutional"])
def test_a_network_that_was_not_asked_for_takes_only_its_own_claims_along(disk: dict[str, Any], name: str) -> None:
    lost = {
        "recurrent": {claim for claim in OF_NETWORKS if claim.startswith(("recurrent", "exponent", "networks"))},
        "perceptron": {"perceptron"},
        "convolutional": {"convolutional", "convolutional-layers"},
    }
    fewer = {each: units for each, units in BASE["networks"].items() if each != name}
    control = next(each for each in ("convolutional", "recurrent") if each != name)
    found, whole = judged(world(**disk, networks=fewer, hardly=control)), judged(world(**disk))
    hardly = {"hardly", "hardly-exponent"} if name == "convolutional" else set()
    assert set(untested(found)) == lost[name] | hardly
    assert {found[claim].note for claim in lost[name]} == {f"no {name} network was asked for"}
    assert {found[claim].note for claim in hardly} <= {"the control is no convolutional network"}
    for judgement in found:
        if judgement.claim.id not in {*untested(found), "shuffled"}:
            assert judgement.value == whole[judgement.claim.id].value


def test_a_control_that_had_learnt_is_no_control(disk: dict[str, Any]) -> None:
    made = world(**disk)
    assert judged(made)["hardly"].note == "70 % of images right before"
    for one in of(made, "networks"):
        one["networks"][HARDLY]["pretrained_accuracy"] = np.full(3, 0.95)
    found = judged(made)
    assert untested(found) == ["hardly", "hardly-exponent"]
    assert found["hardly"].note == "the control had learnt too much: 95 % of images right before"


def test_pretrained_networks_whose_weights_did_not_move_are_left_out(disk: dict[str, Any]) -> None:
    made = world(**disk)
    of(made, "pretrained")[0]["cdf_distance"][1] = -1
    found = judged(made)["pretrained"]
    assert (found.n_seeds, found.note, found.verdict) == (2, "2 of 3 runs", Verdict.REPRODUCED)
    for one in of(made, "pretrained"):
        one["cdf_distance"][1] = -1
    assert untested(judged(made)) == ["pretrained"]


def test_without_tables_and_pretrained_networks_their_claims_are_not_tested(disk: dict[str, Any]) -> None:
    found = judged(world())
    assert untested(found) == ["spines", "pretrained"]
    assert "MICrONS" in found["spines"].note
    assert "no pretrained network was asked for" in found["pretrained"].note
    # Pairs of one's own are no cross-section.
    pairs = str(Path(disk["spine_table"]).with_name("pairs.csv"))
    assert untested(judged(world(paired_sizes=pairs))) == ["spines", "pretrained"]
    both = judged(world(paired_sizes=pairs, spine_table=disk["spine_table"]))
    assert untested(both) == ["pretrained"]
    assert "1,500 spines" in both["spines"].note


@pytest.mark.parametrize("noises", [[0.0, 0.02, 0.2], [0.0], [0.1]])
def test_without_a_noise_of_five_per_cent_nothing_is_said_of_noise(disk: dict[str, Any], noises: list[float]) -> None:
    found = judged(world(**disk, noises=noises))
    assert untested(found) == [claim for claim in ALL if claim.startswith("noise-")]
    assert {found[claim].note for claim in untested(found)} == {"no noise of 5 % was asked for"}


@pytest.mark.parametrize(("truth", "rival"), [(0, 1), (1, 0), (2, 1)])
def test_a_number_of_synapses_beyond_the_most_is_more_than_fifty(disk: dict[str, Any], truth: int, rival: int) -> None:
    made = world(**disk, recorded_most=500)
    for name in ("required", "low", "high"):
        of(made, "power")[0][name][0, 1, 1, truth, rival] = -1
    found = judged(made)[f"synapses-{NAMES[truth]}-{NAMES[rival]}"]
    assert (found.value, found.interval, found.verdict) == (500, (500, 500), Verdict.NOT)
    assert found.note == "more than 500 are needed"
    # Of how many more the likelihood needs than the distance, and equal sizes than others, then nothing is known.
    assert untested(judged(made)) == ["synapses-likelihood", "synapses-spread"]


def test_numbers_beyond_the_most_stand_for_it_where_that_is_the_harder_case(disk: dict[str, Any]) -> None:
    made = world(**disk, recorded_most=400)
    values = of(made, "power")[0]["required"]
    for claim, cell, sign in (("likelihood", (2, 1, 1), 1), ("spread", (0, 1, 0), -1)):
        missing = (*cell, 0, 2)
        expected = [values[(0, 1, 1, *pair)] / (400 if pair == (0, 2) else values[(*cell, *pair)]) for pair in PAIRS]
        changed = copy.deepcopy(made)
        for name in ("required", "low", "high"):
            of(changed, "power")[0][name][missing] = -1
        found = judged(changed)[f"synapses-{claim}"]
        assert found.value == pytest.approx(stats.gmean(expected) ** sign)
        assert found.verdict == Verdict.REPRODUCED
        assert found.note == "1 of 12 numbers are above the 400 that stand for them"
    assert judged(made)["synapses-likelihood"].note == ""


@pytest.mark.parametrize(
    ("given", "lost"),
    [
        ({"recorded_changes": [0.3]}, "synapses-"),
        ({"recorded_spreads": [0.2, 0.8]}, "synapses-"),
        ({"recorded_spreads": [0.4, 0.8]}, "synapses-spread"),
        ({"noise_change": 0.3}, "noise-"),
        ({"noises": [0.05, 0.1]}, "noise-too-much noise-underestimated"),
        ({"noises": [0.0, 0.05, 0.1]}, "noise-too-much"),
        ({"noises": [0.0, 0.02, 0.04, 0.05, 0.2]}, "noise-underestimated"),
    ],
)
def test_claims_are_judged_at_the_designs_that_they_name_or_not_at_all(
    disk: dict[str, Any], given: dict[str, Any], lost: str
) -> None:
    found = judged(world(**disk, **given))
    expected = [claim for claim in ALL if any(claim.startswith(name) for name in lost.split())]
    assert untested(found) == expected


@pytest.mark.parametrize(
    "given", [{"recorded_changes": [0.1, 0.3]}, {"recorded_spreads": [0.2, 0.4]}, {"noises": [0.05, 0.2, 0.5]}]
)
def test_further_designs_change_no_verdict(disk: dict[str, Any], given: dict[str, Any]) -> None:
    whole = judged(world(**disk))
    for judgement in judged(world(**disk, **given)):
        if judgement.claim.id != "noise-underestimated":
            assert judgement.value == pytest.approx(whole[judgement.claim.id].value), judgement.claim.id


def test_exponents_without_spread_are_judged(disk: dict[str, Any]) -> None:
    for value in np.random.default_rng(0).uniform(1, 4, 100):
        made = world(**disk)
        of(made, "noise")[0]["exponent"][2, 2, 1, -1] = value
        of(made, "noise")[0]["exponent_sd"][:] = 0
        assert judged(made)["noise-known"].value == value


# Edges.


def test_the_fewest_synapses_are_a_number_without_doubt(disk: dict[str, Any]) -> None:
    """Ten are the fewest that an experiment tries; where they suffice, the interval is [10, 10]."""
    made = world(**disk)
    for name in ("required", "low", "high"):
        found = of(made, "power")[0][name]
        found[0][found[0] > 0] = 10.0
    card = judged(made)
    for claim in ("synapses-entropy-euclid", "synapses-euclid-entropy", "synapses-three-euclid"):
        assert (card[claim].value, card[claim].interval) == (10.0, (10.0, 10.0))
        assert card[claim].verdict == Verdict.REPRODUCED
    assert card["synapses-spread"].value == pytest.approx(1.0)
    assert card["synapses-spread"].interval == pytest.approx((1.0, 1.0))
    assert card["synapses-spread"].verdict == Verdict.NOT


def test_a_regression_of_one_size_has_no_slope_and_all_else(disk: dict[str, Any]) -> None:
    found = judged(world(**disk, dimensions=[25_600]))
    assert untested(found) == ["regression-falls"]
    whole = judged(world(**disk))
    for claim in OF_DRAWS:
        if claim != "regression-falls":
            assert found[claim].value == pytest.approx(whole[claim].value), claim
    two = judged(world(**disk, dimensions=[100, 25_600]))["regression-falls"]
    assert two.value == pytest.approx(-0.5, abs=1e-3)


def test_one_change_or_one_spread_raises_nothing(disk: dict[str, Any]) -> None:
    whole = judged(world(**disk))
    found = judged(world(**disk, recorded_changes=[0.1]))
    for judgement in found:
        assert judgement.value == whole[judgement.claim.id].value
        assert judgement.verdict == Verdict.REPRODUCED
    one = judged(world(**disk, recorded_changes=[0.1], recorded_spreads=[0.4]))
    assert one["synapses-entropy-euclid"].verdict == Verdict.REPRODUCED
    assert one["synapses-spread"].verdict != Verdict.REPRODUCED  # there is nothing to compare with


@pytest.mark.parametrize("scale", ["smoke", "laptop", "paper"])
def test_every_scale_is_judged_once_for_each_claim_in_the_order_of_declaration(scale: str) -> None:
    found = judged(world(scale=scale))
    assert [judgement.claim for judgement in found] == list(CLAIMS)
    if scale == "smoke":  # one seed of networks
        assert set(OF_NETWORKS) <= set(untested(found))


def test_claims_are_undecided_where_seeds_disagree(disk: dict[str, Any]) -> None:
    made = world(**disk)
    for one in of(made, "networks")[:2]:
        looks = one["networks"]["perceptron"]["pooled"]
        looks[1, AT[2]] = 0.5 * looks[1, AT[1]]
        one["networks"]["recurrent"]["exponent"][0] += 0.5
    found = verdicts(made)
    undecided = {claim for claim, verdict in found.items() if verdict != Verdict.REPRODUCED}
    assert undecided == {"perceptron", "exponent-entropy"}
    assert {found[claim] for claim in undecided} == {Verdict.UNDECIDED}
