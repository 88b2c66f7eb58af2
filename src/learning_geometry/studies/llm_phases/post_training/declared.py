"""The claims about post-training, declared with their statistics and rules before they are measured."""

from learning_geometry.claims import Above, Below, Claim
from learning_geometry.studies.llm_phases.post_training.published import AMC23_PASS_AT_256, TULU_RANKME

_OURS = "our operationalisation"
_GEOMETRY = "abstract and figure 4a, whose numbers are read off; a model and a language of our own"
_LOSSES = "figure 4b; arithmetic instead of conversations is ours"
_SAMPLES = "figure 4c, whose numbers are read off; arithmetic instead of competition problems is ours"
_RELEASED = "figure 4, whose numbers are read off"
_MEAN = "mean over seeds"
_RANKME = f"change of RankMe at the last token of held-out prompts, in percent, {_MEAN}"
_POINTS = f"percentage points, {_MEAN}"
_WRONG = "loss on the right answers of held-out {}, after {} minus before, in nats, " + _MEAN


_BASE, *_, _SFT, _DPO, _RLVR = (point.height for point in TULU_RANKME)
# As many digits as an eye has: the points are read off within a few percent.
_PAPER = {
    name: float(round(100 * (after / before - 1)))
    for name, after, before in (("sft", _SFT, _BASE), ("dpo", _DPO, _SFT), ("rlvr", _RLVR, _DPO))
}
_PAPER_PASS_256 = float(round(100 * (AMC23_PASS_AT_256[2400] - AMC23_PASS_AT_256[0])))

_STAGES = (
    Claim(
        "base-has-learnt",
        "The base model has learnt the task from its noisy text: it answers unseen sums far better than by chance.",
        f"a condition for all that follows; {_OURS}",
        f"pass@1 on held-out sums divided by the share of the commonest answer, {_MEAN}",
        Above(3.0),
    ),
    Claim(
        "sft-rankme",
        "Supervised fine-tuning raises RankMe.",
        _GEOMETRY,
        f"{_RANKME}, from the base to SFT",
        Above(0.0),
        paper_value=_PAPER["sft"],
    ),
    Claim(
        "dpo-rankme",
        "Preference optimisation raises RankMe further.",
        _GEOMETRY,
        f"{_RANKME}, from SFT to DPO",
        Above(0.0),
        paper_value=_PAPER["dpo"],
    ),
    Claim(
        "rlvr-rankme",
        "Reinforcement learning with verifiable rewards lowers RankMe.",
        _GEOMETRY,
        f"{_RANKME}, from DPO to RLVR",
        Below(0.0),
        paper_value=_PAPER["rlvr"],
    ),
    Claim(
        "sft-inside",
        "Supervised fine-tuning improves the kind of problem that it trains.",
        _LOSSES,
        _WRONG.format("sums", "SFT"),
        Below(0.0),
    ),
    Claim(
        "sft-outside",
        "Another kind of problem suffers from supervised fine-tuning.",
        _LOSSES,
        _WRONG.format("subtractions", "SFT"),
        Above(0.0),
    ),
    Claim(
        "dpo-inside",
        "Preference optimisation improves the trained kind further.",
        _LOSSES,
        _WRONG.format("sums", "DPO"),
        Below(0.0),
    ),
    Claim(
        "dpo-outside",
        "Under preference optimisation the other kind suffers again.",
        _LOSSES,
        _WRONG.format("subtractions", "DPO"),
        Above(0.0),
    ),
)

_SAMPLING = (
    Claim(
        "rlvr-pass-1",
        "Reinforcement learning with verifiable rewards raises pass@1.",
        _SAMPLES,
        f"pass@1 after RLVR minus before, {_POINTS}",
        Above(0.0),
    ),
    Claim(
        "rlvr-pass-16",
        "Reinforcement learning lowers pass@16, which small problems saturate less than the paper's pass@256.",
        f"{_SAMPLES}; the choice of 16 is ours",
        f"pass@16 after RLVR minus before, {_POINTS}",
        Below(0.0),
    ),
    Claim(
        "rlvr-pass-256",
        "Reinforcement learning lowers pass@256.",
        _SAMPLES,
        f"pass@256 after RLVR minus before, {_POINTS}",
        Below(0.0),
        paper_value=_PAPER_PASS_256,
    ),
    Claim(
        "rlvr-crossing",
        "The curves of pass@k before and after cross: better single answers are bought with fewer problems solved in many tries.",
        _SAMPLES,
        "share of seeds in which pass@k after RLVR is above that before for one try, and below it from some k on to the "
        "largest at which they differ",
        Above(0.5),
    ),
    Claim(
        "rlvr-diversity",
        "Reinforcement learning makes answers less diverse.",
        f"abstract; {_OURS}",
        f"different answers among the samples of a problem, after RLVR divided by before, {_MEAN}",
        Below(1.0),
    ),
    Claim(
        "rlvr-entropy",
        "Reinforcement learning makes answers more certain.",
        f"abstract; {_OURS}",
        f"entropy of the answer after RLVR minus before, in nats, {_MEAN}",
        Below(0.0),
    ),
    Claim(
        "sft-diversity",
        "Supervised fine-tuning narrows the answers as well.",
        f"not in the paper; {_OURS}",
        f"different answers among the samples of a problem, after SFT divided by before, {_MEAN}",
        Below(1.0),
    ),
    Claim(
        "dpo-pass-16",
        "Preference optimisation lowers pass@16 as well.",
        f"not in the paper; {_OURS}",
        f"pass@16 after DPO minus before, {_POINTS}",
        Below(0.0),
    ),
)

_CONTROLS = (
    Claim(
        "continued-rankme",
        "As many steps of more pretraining do not raise RankMe.",
        f"a control; {_OURS}",
        f"{_RANKME}, from the base to the base trained on",
        Below(2.0),
        control=True,
    ),
    Claim(
        "shuffled-inside",
        "Fine-tuning on the answers of other problems teaches no sums.",
        f"a control; {_OURS}",
        _WRONG.format("sums", "fine-tuning on shuffled answers"),
        Above(0.0),
        control=True,
    ),
    Claim(
        "shuffled-rankme",
        "Fine-tuning on the answers of other problems does not raise RankMe.",
        f"a control; {_OURS}",
        f"{_RANKME}, from the base to fine-tuning on shuffled answers",
        Below(0.0),
        control=True,
    ),
    Claim(
        "random-pass-1",
        "Reinforcement by lot does not raise pass@1.",
        f"a control; {_OURS}",
        f"pass@1 after reinforcement with random rewards minus before, {_POINTS}",
        Below(0.0),
        control=True,
    ),
    Claim(
        "random-rankme",
        "Reinforcement by lot does not lower RankMe.",
        f"a control; {_OURS}",
        f"{_RANKME}, from DPO to reinforcement with random rewards",
        Above(0.0),
        control=True,
    ),
)

_TRACED = "from the last checkpoint of {} to the last of {}, in percent; interval from resampled texts"
_SERIES = (
    Claim(
        "series-sft",
        "In the released checkpoints, too, supervised fine-tuning raises RankMe.",
        _RELEASED,
        "change of RankMe from the first checkpoint of SFT to the last, in percent; interval from resampled texts",
        Above(0.0),
        paper_value=_PAPER["sft"],
    ),
    Claim(
        "series-dpo",
        "In the released checkpoints, too, preference optimisation raises RankMe further.",
        _RELEASED,
        "change of RankMe " + _TRACED.format("SFT", "DPO"),
        Above(0.0),
        paper_value=_PAPER["dpo"],
    ),
    Claim(
        "series-rlvr",
        "In the released checkpoints, too, reinforcement learning lowers RankMe.",
        _RELEASED,
        "change of RankMe " + _TRACED.format("DPO", "RLVR"),
        Below(0.0),
        paper_value=_PAPER["rlvr"],
    ),
    Claim(
        "series-pass-256",
        "In the released checkpoints, too, reinforcement learning lowers pass@256.",
        _RELEASED,
        "pass@256 of the last checkpoint of RLVR minus that of the last of DPO, in percentage points; interval from "
        "resampled problems",
        Below(0.0),
        paper_value=_PAPER_PASS_256,
    ),
    Claim(
        "longer-inside",
        "The longer a model was pretrained, the better it is after fine-tuning on texts of the kind it was tuned on.",
        "figure 4b",
        "loss on held-out texts after fine-tuning the last checkpoint minus that of the first, in nats a text; interval "
        "from resampled texts",
        Below(0.0),
    ),
    Claim(
        "longer-outside",
        "On texts of another kind longer pretraining does not make it better.",
        "figure 4b",
        "the same on other texts",
        Above(0.0),
    ),
)

CLAIMS: tuple[Claim, ...] = (*_STAGES, *_SAMPLING, *_CONTROLS, *_SERIES)
"""All claims of the study, in the order in which they are judged."""
