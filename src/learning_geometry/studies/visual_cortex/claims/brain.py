"""The brain itself: areas of the human visual cortex in the Natural Scenes Dataset."""

from functools import partial

from learning_geometry.claims import Above, Claims, Estimate, NotTested, share
from learning_geometry.records import Records

claims = Claims(__name__)

_paper = partial(
    claims.paper,
    source="abstract; areas, estimator and criterion are our operationalisation",
    absent="needs your copy of the Natural Scenes Dataset: nsd_root, nsd_subjects and nsd_areas",
)
_EARLY = ("V1", "V2", "V3", "hV4")
_MIXED = ("early", "nsdgeneral")  # early and higher areas together


@_paper(
    "V1, V2, V3 and hV4 of the human brain are scale-free.",
    statistic="share of subjects and of these areas with the verdict scale-free (Natural Scenes Dataset)",
    rule=Above(0.5),
    headline=True,
)
def brain_early(records: Records) -> Estimate:
    early = [record for record in records.of("brain") if record.unit.area in _EARLY]
    if not early:
        return NotTested("no early area was asked for")
    judged = [record["area"].verdict.item() == "scale-free" for record in early]
    return share(judged, by_seed=[record.unit.subject for record in early], note=f"{sum(judged)} of {len(judged)}")


@_paper(
    "Some higher visual areas of the human brain are not scale-free, where V1 seen through as few voxels and as much noise is.",
    statistic="share of subjects and higher areas judged not scale-free with a matched V1 that is not so judged",
    rule=Above(0.05),
    headline=True,
)
def brain_higher(records: Records) -> Estimate:
    higher = [record for record in records.of("brain") if record.unit.area not in (*_EARLY, *_MIXED)]
    if not higher:
        return NotTested("no higher area was asked for")
    verdicts = [(record["area"].verdict.item(), record["matched"].verdict.item()) for record in higher]
    bent = [own == "not scale-free" and matched != "not scale-free" for own, matched in verdicts]
    return share(bent, by_seed=[record.unit.subject for record in higher], note=f"{sum(bent)} of {len(bent)}")
