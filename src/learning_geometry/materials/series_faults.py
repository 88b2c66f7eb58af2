"""Released series of which some revisions hold weights of another step, as public threads report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from learning_geometry.materials.revisions import step_of


@dataclass(frozen=True)
class Fault:
    """Steps of a model whose revisions are wrong, what is in them, and who says so."""

    model: str
    steps: frozenset[int]
    holds: str
    source: str


def _thousands(*spans: int | tuple[int, int]) -> set[int]:
    numbers: set[int] = set()
    for span in spans:
        first, last = span if isinstance(span, tuple) else (span, span)
        numbers.update(1000 * k for k in range(first, last + 1))
    return numbers


_EARLY = {0, *(2**k for k in range(10))}  # every step that Pythia released before step 1,000

FAULTS = (
    Fault(
        "EleutherAI/pythia-2.8b",
        frozenset(_EARLY | _thousands((1, 53), 55, 60, 65, 70, 80, 90, 100, 103, 110, 120, 130, 140)),
        "the weights of main",
        "https://github.com/EleutherAI/pythia/issues/205",
    ),
    Fault(
        "EleutherAI/pythia-2.8b",
        frozenset(_thousands(54, (56, 59), (61, 64), 143)),
        "one and the same late weights",
        "https://github.com/EleutherAI/pythia/issues/205",
    ),
    Fault(
        "EleutherAI/pythia-12b",
        frozenset(_thousands(50, 58)),
        "the first part of the final weights",
        "https://github.com/EleutherAI/pythia/issues/206",
    ),
    Fault(
        "allenai/OLMo-2-1124-7B",
        frozenset(_thousands(101, 175, 300)),
        "one and the same weights",
        "https://github.com/allenai/OLMo/issues/915",
    ),
)
"""As of November 2026; `learning-geometry verify-series` asks the hub how it is now."""


def known_faults(model: str, revisions: Iterable[str]) -> list[tuple[Fault, list[str]]]:
    """The known faults of a model that concern some of these revisions, and which."""
    named = list(revisions)
    concerned = [
        (fault, [name for name in named if step_of(name) in fault.steps]) for fault in FAULTS if fault.model == model
    ]
    return [(fault, names) for fault, names in concerned if names]


def refuse_known_faults(model: str, revisions: Sequence[str], *, accept: bool = False) -> None:
    """Check a series against what is known, without the network.

    Raises:
        ValueError: one of the revisions is known to hold other weights than its name says, unless such are accepted.
    """
    for fault, names in known_faults(model, revisions):
        if not accept:
            some = ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
            raise ValueError(
                f"{model} at {some}: the hub is known to serve {fault.holds} there ({fault.source}); leave those out, or "
                "say accept_duplicates=true if it was mended"
            )
