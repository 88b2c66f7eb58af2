"""Public vision models: whether those trained without labels are scale-free, and what fine-tuning does to them."""

from functools import partial

from learning_geometry.claims import Below, Claims, Estimate, Within, per_seed
from learning_geometry.instruments.scale_free import MARGIN
from learning_geometry.records import MissingExperiment, Records
from learning_geometry.studies.visual_cortex.claims._networks import WINDOW
from learning_geometry.studies.visual_cortex.experiments.pretrained import TWINS

claims = Claims(__name__)

_paper = partial(
    claims.paper,
    source="abstract; models, layer and criterion are our operationalisation",
    absent="needs vision_models and photographs: at least two models, or pairs of models",
)


def _curvature(records: Records) -> dict[str, float]:
    """The curvature of the last block's spectrum of each model, mean over draws of photographs and revisions.

    Raises:
        MissingExperiment: no model was measured, or not in these ranks.
    """
    of_model: dict[str, list[float]] = {}
    for record in records.of("pretrained"):
        curvature = record["curvature"].isel(layer=-1)
        if WINDOW not in curvature.window.values:
            raise MissingExperiment(f"pretrained with the window {WINDOW}", {}, curvature.window.values.tolist())
        of_model.setdefault(record.unit.model.name, []).append(curvature.sel(window=WINDOW).item())
    return {model: sum(values) / len(values) for model, values in of_model.items()}


@_paper(
    "Large vision models trained without labels are scale-free.",
    statistic="curvature of the last block's spectrum on photographs, self-supervised models, mean over models",
    rule=Within(0.0, MARGIN),
)
def pretrained_scale_free(records: Records) -> Estimate:
    curvature = _curvature(records)
    return per_seed({model: curvature[model] for model, _, _ in TWINS if model in curvature}, note="over models")


@_paper(
    "Fine-tuning a large vision model on labels bends its spectrum down.",
    statistic="curvature of the last block's spectrum, fine-tuned minus self-supervised twin, mean over pairs",
    rule=Below(-MARGIN),
)
def pretrained_fine_tuned(records: Records) -> Estimate:
    curvature = _curvature(records)
    differences = {
        model: curvature[tuned] - curvature[model]
        for model, tuned, kind in TWINS
        if kind == "fine-tuned" and {model, tuned} <= set(curvature)
    }
    return per_seed(differences, note="over pairs of models")
