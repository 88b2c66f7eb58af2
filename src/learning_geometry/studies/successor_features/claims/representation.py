"""Claims on what features tell of the maze, and on whether that makes a policy."""

from typing import Any

from learning_geometry.claims import Above, Below, Claims, Estimate, contrast, per_seed
from learning_geometry.records import Records
from learning_geometry.studies.successor_features.claims._courses import DIFFERENCE, NAMES, UNIT, at_end, final, part

claims = Claims(__name__)

DECODED = ("random", "reconstruction", "orthogonality")


@claims.paper(
    "The successor representation is decoded from simple successor features with less error than from others.",
    source="project page; its own bars for egocentric frames contradict it",
    statistic="unexplained share of the successor representation's variance, linear decoder, after the first task: simple minus the "
    "least of random, reconstruction and orthogonality on the same seed, mean over seeds",
    unit="share",
    rule=Below(0.0),
)
def decoding(records: Records) -> Estimate:
    import xarray as xr

    others = xr.concat([at_end(records, agent, "decoding") for agent in DECODED], dim="agent")
    return contrast(at_end(records, "simple", "decoding"), others.min("agent"))


@claims.ours(
    "Learning brings the successor features nearer to the successor representation.",
    source="the authors compare Spearman's correlation before and after",
    statistic="Spearman's correlation of pairwise cosines of successor features and of rows of the successor representation, simple agent, "
    "after the first task minus before, mean over seeds",
    unit="correlation",
    rule=Above(0.0),
)
def correlation_grows(records: Records) -> Estimate:
    values = part(records, "simple", "stages").value.sel(measure="correlation")
    return per_seed(values.sel(stage=1) - values.sel(stage=0), bounds=DIFFERENCE)


@claims.ours(
    "Features that are spread out are no policy: under orthogonality they spread, and nothing is learned.",
    source="the authors say that well-clustered features are not enough",
    statistic="return of the orthogonality agent at the end of the first task, mean over seeds",
    unit="return",
    rule=Below(0.3),
    hindsight="prototypes on other seeds had shown the direction",
)
def spread_is_no_policy(records: Records) -> Estimate:
    return per_seed(final(records, "orthogonality", 1), bounds=UNIT)


@claims.control(
    "They do spread: more than those of the simple agent.",
    of="spread-is-no-policy",
    statistic="mean cosine of features after the first task, orthogonality minus simple, mean over seeds",
    unit="cosine",
    rule=Below(0.0),
    uncontrasted="It is a cosine, where the claim is a return.",
)
def orthogonal_spread(records: Records) -> Estimate:
    cosines = [
        part(records, agent, "course").feature_cosine.sel(phase=1).isel(update=-1)
        for agent in ("orthogonality", "simple")
    ]
    return contrast(cosines[0], cosines[1], bounds=DIFFERENCE)


@claims.ours(
    "Agents from whose successor features more can be decoded act better.",
    statistic="Spearman's correlation over agents of decoding error and return, both after the first task, mean over seeds",
    unit="correlation",
    rule=Below(0.0),
)
def decoding_and_policy(records: Records) -> Estimate:
    from scipy.stats import spearmanr

    return per_seed(
        {seed: float(spearmanr(errors, reached).statistic) for seed, (errors, reached) in _by_agent(records).items()},
        bounds=UNIT,
    )


def _by_agent(records: Records) -> dict[int, tuple[Any, Any]]:
    """Decoding errors and returns of all agents, for each seed that all of them have."""
    import xarray as xr

    errors = xr.concat([at_end(records, a, "decoding") for a in NAMES], dim="agent", join="inner")
    reached = xr.concat([final(records, a, 1) for a in NAMES], dim="agent", join="inner")
    return {int(seed): (errors.sel(seed=seed).values, reached.sel(seed=seed).values) for seed in errors.seed.values}
