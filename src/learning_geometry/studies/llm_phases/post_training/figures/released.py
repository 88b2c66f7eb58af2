"""The paper's models: published, and traced here."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from learning_geometry import drawing
from learning_geometry.instruments.pass_at_k import pass_at_k
from learning_geometry.records import Records
from learning_geometry.store import Record
from learning_geometry.studies.llm_phases.post_training._published import (
    ALPACA_LOSS,
    AMC23_PASS_AT_256,
    HH_LOSS,
    TULU_RANKME,
    TULU_RLVR_RANKME,
)
from learning_geometry.studies.llm_phases.post_training.figures._models import (
    STAGES,
    TULU_ENDS,
    draw_published,
    draw_stages,
)

_K = 256
_RLVR = STAGES.index("rlvr")


def plot_series(records: Records) -> Figure:
    """RankMe and pass@256 of Tulu, and losses after fine-tuning by pretraining: read off figure 5, and measured here, if any.

    Every stage is drawn equally wide, with the steps of the paper's model. Full markers were read off figure 5A, hollow
    ones off figure 5C, whose steps of RLVR fill the stage. A traced stage ends with its last step; checkpoints whose
    names say no step stand there. Losses of OLMo-2-1B, in and out of distribution, are those of figure 5B; squares are models
    fine-tuned here, whose revisions' names say how many tokens they had seen.
    """
    traced = records.of("series") if "series" in records else []
    last: dict[str, int] = {}
    for record in traced:
        last[record.unit.stage] = max(int(record["step"]), last.get(record.unit.stage, 0))
    placed = sorted(((_place(record, last), record) for record in traced), key=lambda pair: pair[0])
    rankme = [(x, float(record["rankme"])) for x, record in placed]
    passed = [(x, _passed(record)) for x, record in placed if _is_sampled(record)]
    figure = drawing.figure(9, 3.2)
    left, right, *panels = figure.subplots(1, 4, width_ratios=(1.5, 1, 1, 1))
    draw_published(left, [point.height for point in TULU_RANKME])
    for axes, points, measured in ((left, TULU_RLVR_RANKME, rankme), (right, AMC23_PASS_AT_256, passed)):
        x = _RLVR + np.array(list(points)) / max(TULU_RLVR_RANKME)
        style = {"color": drawing.RED, "mfc": "white", "lw": 1.2, "ms": 6}
        axes.plot(x, list(points.values()), "o--", label="the same, figure 5C", **style)
        if measured:
            axes.plot(*zip(*measured, strict=True), "s-", color=drawing.BLUE, lw=1.2, ms=5, label="measured here")
        axes.set_xlabel("post-training steps of Tulu")
    draw_stages(left, TULU_ENDS)
    draw_stages(right, TULU_ENDS, first=min(_RLVR, *(int(x) for x, _ in passed)) if passed else _RLVR)
    left.set(ylim=(0, None), ylabel="RankMe")
    right.set(ylabel=f"pass@{_K}")
    left.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22))
    _draw_fine_tuning(panels, records.of("fine_tuning") if "fine_tuning" in records else [])
    return figure


def _place(record: Record, last: Mapping[str, int]) -> float:
    stage, step = record.unit.stage, int(record["step"])
    if stage == "base":
        return 0.0
    return STAGES.index(stage.lower()) + (step / last[stage] if 0 <= step < last[stage] else 1.0)


def _is_sampled(record: Record) -> bool:
    return "correct" in record.result and record.unit.problem_samples >= _K


def _passed(record: Record) -> float:
    return float(pass_at_k(record.unit.problem_samples, record["correct"], [_K]).mean())


def _draw_fine_tuning(panels: Sequence[Axes], tuned: Sequence[Record]) -> None:
    parts: Sequence[tuple[str, str, Mapping[float, float], str]] = (
        ("Inside", "Anthropic-HH", HH_LOSS, "losses_inside"),
        ("Outside", "Alpaca-farm", ALPACA_LOSS, "losses_outside"),
    )
    for axes, (title, data, points, name) in zip(panels, parts, strict=True):
        label = f"OLMo-2-1B,\n{data}"
        axes.plot(np.array(list(points)) / 1e12, list(points.values()), "o-", color=drawing.RED, lw=1.2, label=label)
        losses = [
            (int(record["tokens"]) / 1e12, float(record[name].sel(when="after").mean()))
            for record in tuned
            if record["tokens"] >= 0
        ]
        if losses:
            axes.plot(*zip(*sorted(losses), strict=True), "s", color=drawing.BLUE, ms=5, label="measured here")
        axes.set(title=title, xlabel="trillions of tokens", ylabel="loss of a text (nats)")
        axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.22))
