"""What figure 5 of the paper shows: points read off it by eye, within a few percent; none of them is printed."""

from typing import NamedTuple


class Checkpoint(NamedTuple):
    """A point of a curve over post-training: its stage, "sft", "dpo" or "rlvr", the step, and the height there."""

    stage: str
    step: int
    height: float


TULU_RANKME: tuple[Checkpoint, ...] = (
    Checkpoint("sft", 0, 670),
    Checkpoint("sft", 7_000, 730),
    Checkpoint("sft", 7_750, 890),
    Checkpoint("sft", 14_700, 930),
    Checkpoint("dpo", 16_500, 1190),
    Checkpoint("rlvr", 19_200, 1100),
)
"""RankMe of Llama-3.1-Tulu-3.1-8B in figure 5A, which counts the steps of all stages on; the third point is the middle
of what was read after a jump, 880 to 900 between steps 7,500 and 8,000."""

TULU_RLVR_RANKME: dict[int, float] = {0: 1181, 700: 1140, 1200: 1130, 1800: 1130, 2450: 1105}
"""RankMe of the same model by steps of RLVR alone, in figure 5C, read off on its own."""

AMC23: dict[str, dict[int, float]] = {
    "DPO": {16: 0.66, 64: 0.82, 128: 0.88, 256: 0.927},
    "RLVR, step 1200": {16: 0.66, 64: 0.81, 128: 0.87, 256: 0.915},
    "RLVR, step 2400": {16: 0.69, 64: 0.82, 128: 0.86, 256: 0.887},
}
"""pass@k of the same model on AMC-23 by k, in figure 5C."""

AMC23_PASS_AT_256: dict[int, float] = {0: 0.9275, 600: 0.918, 1200: 0.9145, 1800: 0.912, 2400: 0.887}
"""pass@256 on AMC-23 by steps of RLVR, in figure 5C; step 0 is the model after DPO."""

HH_LOSS: dict[float, float] = {0.4e12: 286, 4e12: 261}
"""Loss in distribution (Anthropic-HH), by pretraining tokens, of OLMo-2-1B fine-tuned on it, in figure 5B: the ends of
a curve that only falls."""

ALPACA_LOSS: dict[float, float] = {0.4e12: 137.2, 3.3e12: 130.2, 4e12: 131}
"""Loss of the same models out of distribution (Alpaca-farm), in figure 5B: the ends, and where it is lowest.

Only heights were read at the ends; they stand at the tokens where the curve of `HH_LOSS` begins and ends."""
