"""Whose statement a claim is, what a rule can make of it, and the words for both."""

from enum import StrEnum

from learning_geometry.claims.rules import Outcome


class Kind(StrEnum):
    """Whose statement a claim is."""

    PAPER = "paper"
    """A statement of the paper, in our words."""
    OURS = "ours"
    """A question or extension of this book."""
    CONTROL = "control"
    """What must come out as declared, or the test that it guards shows nothing."""


_NOT_TESTED = "not tested at this scale"

VERDICTS: dict[Kind, dict[Outcome, str]] = {
    Kind.PAPER: {
        Outcome.FULL: "reproduced",
        Outcome.PARTLY: "partly reproduced",
        Outcome.NOT: "not reproduced",
        Outcome.UNDECIDED: "undecided",
        Outcome.NOT_TESTED: _NOT_TESTED,
    },
    Kind.OURS: {
        Outcome.FULL: "holds",
        Outcome.PARTLY: "partly",
        Outcome.NOT: "does not hold",
        Outcome.UNDECIDED: "undecided",
        Outcome.NOT_TESTED: _NOT_TESTED,
    },
    Kind.CONTROL: {
        Outcome.FULL: "held",
        Outcome.NOT: "failed",
        Outcome.UNDECIDED: "undecided",
        Outcome.NOT_TESTED: _NOT_TESTED,
    },
}
"""The verdict of each kind of claim on each outcome; a control is never met in part."""


def outcome_of(kind: str, verdict: str) -> Outcome:
    """The outcome that a verdict of a ledger names.

    Raises:
        ValueError: claims of this kind have no such verdict.
    """
    for outcome, word in VERDICTS[Kind(kind)].items():
        if word == verdict:
            return outcome
    raise ValueError(f"a claim of kind {kind!r} has no verdict {verdict!r}")
