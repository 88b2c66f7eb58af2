"""Judging: every declared claim gets its estimate, its verdict and its place in the scorecard of a study."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from learning_geometry.claims import page
from learning_geometry.claims.estimates import Estimate, NotTested, contrast
from learning_geometry.claims.registry import Claim, Claims
from learning_geometry.claims.rules import Outcome, Rule
from learning_geometry.claims.vocabulary import VERDICTS, Kind
from learning_geometry.records import MissingExperiment, Records

ALPHA = 0.025
"""One-sided size of Holm's procedure among the headline claims of a study: that of a 95 % interval at one end."""

MOST_HEADLINES = 5
"""Headline claims that one paper may have."""


@dataclass(frozen=True)
class Judgement:
    """A claim with what was measured and the verdict that its rule gave."""

    claim: Claim
    measured: Estimate
    outcome: Outcome
    contrast: Estimate | None = None
    holm: bool | None = None
    """Whether the verdict survives Holm's procedure; None for what is no headline or has no p value."""

    @property
    def verdict(self) -> str:
        """The outcome in the words of the claim's kind."""
        return VERDICTS[self.claim.kind][self.outcome]

    @property
    def p(self) -> float | None:
        """One-sided p value against the rule's threshold, where the estimate has one."""
        return self.claim.rule.p_value(self.measured)

    def as_dict(self) -> dict[str, Any]:
        """The claim's entry in the ledger."""
        claim = self.claim
        known = "printed" if claim.printed is not None else "read off" if claim.read_off is not None else None
        return {
            "id": claim.id,
            "kind": str(claim.kind),
            "headline": claim.headline,
            "section": claim.section,
            "matrix": claim.matrix,
            "statement": claim.statement,
            "source": claim.source,
            "statistic": claim.statistic,
            "unit": claim.unit,
            "rule": str(claim.rule),
            "region": [_finite(end) for end in claim.rule.region()],
            "rule_at": f"{claim.module}:{claim.function}",
            "hindsight": claim.hindsight,
            **_estimated(self.measured),
            "p": self.p,
            "holm": self.holm,
            "paper_value": claim.printed if claim.printed is not None else claim.read_off,
            "paper_value_known": known,
            "of": claim.of,
            "contrast": self._contrast(),
            "verdict": self.verdict,
        }

    def _contrast(self) -> dict[str, Any] | None:
        if self.contrast is None:
            return None
        return {"rule": str(self.claim.contrast), **_estimated(self.contrast)}

    def _repr_html_(self) -> str:
        return page.panel([self.as_dict()])

    def __repr__(self) -> str:
        entry = self.as_dict()
        return f"{entry['id']}: {entry['verdict']} ({page.measured(entry)}; rule: {entry['rule']})"


def judge(sections: Mapping[str, Claims], records: Records) -> "Scorecard":
    """Judge every declared claim on these records.

    A claim whose experiment was not run is not tested; any other error in a statistic is an error.

    Raises:
        ValueError: an id is declared twice, a control guards a claim that there is not, or there are too many headlines.
    """
    claims = [claim for section in sections.values() for claim in section]
    check(claims)
    measured = {claim.id: _measure(claim, records) for claim in claims}
    judgements = [_judge(claim, measured) for claim in claims]
    return Scorecard(_with_holm(judgements))


def check(claims: Sequence[Claim]) -> None:
    """Check what the claims of a study must agree on.

    Raises:
        ValueError: an id is declared twice, a control guards a claim that there is not, or there are too many headlines.
    """
    ids = [claim.id for claim in claims]
    for position, claim in enumerate(claims):
        if claim.id in ids[:position]:
            raise ValueError(f"claim {claim.id!r} is declared twice, the second time in {claim.module}")
        if claim.kind is Kind.CONTROL and claim.of not in ids:
            raise ValueError(f"control {claim.id!r} guards {claim.of!r}, which is no claim of this study")
    headlines = [claim.id for claim in claims if claim.headline]
    if len(headlines) > MOST_HEADLINES:
        raise ValueError(f"{len(headlines)} headline claims, at most {MOST_HEADLINES}: {', '.join(headlines)}")


class Scorecard(Sequence[Judgement]):
    """The judged claims of one study, in the order of the page, looked up by position or id."""

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        self._judgements = tuple(judgements)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            for judgement in self._judgements:
                if judgement.claim.id == which:
                    return judgement
            raise KeyError(f"no claim {which!r}; there are {', '.join(judgement.claim.id for judgement in self)}")
        return self._judgements[which]

    def __len__(self) -> int:
        return len(self._judgements)

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self._judgements)

    def panel(self, section: str) -> page.Html:
        """The claims of one section as a panel for its end.

        Raises:
            KeyError: there is no such section.
        """
        entries = [judgement.as_dict() for judgement in self if judgement.claim.section == section]
        if not entries:
            sections = dict.fromkeys(judgement.claim.section for judgement in self)
            raise KeyError(f"no section {section!r} has claims; there are {', '.join(sections)}")
        shown = (repr(judgement) for judgement in self if judgement.claim.section == section)
        return page.Html(page.panel(entries), "\n".join(shown))

    def in_short(self) -> page.Html:
        """The headline claims, what the paper says beside what is found."""
        return page.Html(page.in_short([judgement.as_dict() for judgement in self]), repr(self))

    def statements(self) -> page.Html:
        """Every statement of the paper that has a claim: its place in the paper, the claim, the verdict."""
        return page.Html(page.statements([judgement.as_dict() for judgement in self]), repr(self))

    def _repr_html_(self) -> str:
        return page.panel([judgement.as_dict() for judgement in self])

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


def _measure(claim: Claim, records: Records) -> Estimate:
    try:
        return claim.compute(records)
    except MissingExperiment as missing:
        return NotTested(claim.absent or f"the experiment {missing.experiment} is not run at this scale")


def _judge(claim: Claim, measured: Mapping[str, Estimate]) -> Judgement:
    own = measured[claim.id]
    outcome = _decide(own, claim.rule)
    if claim.contrast is None or isinstance(own, NotTested):
        return Judgement(claim, own, outcome)
    difference = contrast(own, measured[claim.of])
    return Judgement(claim, own, _weaker(outcome, _decide(difference, claim.contrast)), difference)


def _weaker(one: Outcome, other: Outcome) -> Outcome:
    for outcome in (Outcome.NOT, Outcome.NOT_TESTED, Outcome.UNDECIDED):
        if outcome in (one, other):
            return outcome
    return Outcome.FULL


def _with_holm(judgements: Sequence[Judgement]) -> list[Judgement]:
    """Mark the headline claims by Holm's step-down procedure (Holm 1979)."""
    ranked = sorted(
        (judgement.p, i)
        for i, judgement in enumerate(judgements)
        if judgement.claim.headline and judgement.p is not None
    )
    survives, marked = True, list(judgements)
    for rank, (p, i) in enumerate(ranked):
        survives = survives and p <= ALPHA / (len(ranked) - rank)
        marked[i] = replace(judgements[i], holm=survives)
    return marked


def _decide(measured: Estimate, rule: Rule) -> Outcome:
    return Outcome.NOT_TESTED if isinstance(measured, NotTested) else rule.decide(*measured.ends)


def _estimated(measured: Estimate) -> dict[str, Any]:
    if isinstance(measured, NotTested):
        return {"value": None, "interval": None, "method": None, "n_seeds": 0, "note": measured.reason}
    interval = None if measured.low is None else [_finite(end) for end in measured.ends]
    return {
        "value": measured.value,
        "interval": interval,
        "method": measured.method,
        "n_seeds": measured.n_seeds,
        "note": measured.note,
    }


def _finite(end: float) -> float | None:
    return None if abs(end) == float("inf") else float(end)
