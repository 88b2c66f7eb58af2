"""Claims: declared before they are measured, judged by rule, never by hand."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import Any, Protocol


class Verdict(StrEnum):
    """What a rule makes of a measurement."""

    REPRODUCED = "reproduced"
    PARTLY = "partly reproduced"
    NOT = "not reproduced"
    UNDECIDED = "undecided"
    NOT_TESTED = "not tested at this scale"


class Rule(Protocol):
    """A decision rule, written down before the run."""

    def __str__(self) -> str:
        """The rule in words, as it stands in the book."""
        ...

    def decide(self, low: float, high: float) -> Verdict:
        """The verdict on a statistic known to lie between `low` and `high`."""
        ...


@dataclass(frozen=True)
class Above:
    """Reproduced if the whole interval lies above a threshold; partly, if it at least lies above a weaker one."""

    threshold: float
    partly: float | None = None

    def __str__(self) -> str:
        """The rule in words."""
        weaker = f" (partly: above {self.partly:g})" if self.partly is not None else ""
        return f"above {self.threshold:g}{weaker}"

    def decide(self, low: float, high: float) -> Verdict:
        """The verdict on a statistic known to lie between `low` and `high`."""
        if low > self.threshold:
            return Verdict.REPRODUCED
        if high > self.threshold:
            return Verdict.UNDECIDED
        return Verdict.PARTLY if self.partly is not None and low > self.partly else Verdict.NOT


@dataclass(frozen=True)
class Below:
    """Reproduced if the whole interval lies below a threshold; partly, if it at least lies below a weaker one."""

    threshold: float
    partly: float | None = None

    def __str__(self) -> str:
        """The rule in words."""
        weaker = f" (partly: below {self.partly:g})" if self.partly is not None else ""
        return f"below {self.threshold:g}{weaker}"

    def decide(self, low: float, high: float) -> Verdict:
        """The verdict on a statistic known to lie between `low` and `high`."""
        mirrored = Above(-self.threshold, None if self.partly is None else -self.partly)
        return mirrored.decide(-high, -low)


@dataclass(frozen=True)
class Within:
    """Reproduced if the whole interval lies within a tolerance of a target."""

    target: float
    tolerance: float

    def __str__(self) -> str:
        """The rule in words."""
        return f"within {self.tolerance:g} of {self.target:g}"

    def decide(self, low: float, high: float) -> Verdict:
        """The verdict on a statistic known to lie between `low` and `high`."""
        floor, ceiling = self.target - self.tolerance, self.target + self.tolerance
        if floor <= low and high <= ceiling:
            return Verdict.REPRODUCED
        return Verdict.NOT if high < floor or low > ceiling else Verdict.UNDECIDED


@dataclass(frozen=True)
class Claim:
    """A statement of a paper in our words, with the statistic and the rule that will judge it."""

    id: str
    statement: str
    source: str
    statistic: str
    rule: Rule
    paper_value: float | None = None
    control: bool = False

    def judge(
        self, value: float, *, interval: tuple[float, float] | None = None, n_seeds: int, note: str = ""
    ) -> Judgement:
        """Judge the claim by its rule; a value without interval stands for itself.

        Raises:
            ValueError: the value is not finite or lies outside its interval.
        """
        low, high = interval if interval is not None else (value, value)
        if not all(map(math.isfinite, (value, low, high))) or not low <= value <= high:
            raise ValueError(f"claim {self.id}: value {value!r} with interval {interval!r} is no measurement")
        return Judgement(self, float(value), interval, n_seeds, self.rule.decide(low, high), note)

    def not_tested(self, reason: str) -> Judgement:
        """Say that this scale cannot test the claim, and why."""
        return Judgement(self, None, None, 0, Verdict.NOT_TESTED, reason)


@dataclass(frozen=True)
class Judgement:
    """A claim with what was measured and the verdict that its rule gave; `Claim.judge` makes it."""

    claim: Claim
    value: float | None
    interval: tuple[float, float] | None
    n_seeds: int
    verdict: Verdict
    note: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The claim's entry in the ledger."""
        return {
            "id": self.claim.id,
            "statement": self.claim.statement,
            "source": self.claim.source,
            "statistic": self.claim.statistic,
            "rule": str(self.claim.rule),
            "value": self.value,
            "interval": None if self.interval is None else [float(end) for end in self.interval],
            "n_seeds": self.n_seeds,
            "paper_value": self.claim.paper_value,
            "verdict": str(self.verdict),
            "control": self.claim.control,
            "note": self.note,
        }

    def _repr_html_(self) -> str:
        entry = self.as_dict()
        kind = "Control" if self.claim.control else "Claim"
        paper = "" if entry["paper_value"] is None else f" &middot; paper {entry['paper_value']:.4g}"
        facts = [("Statistic", entry["statistic"]), ("Source", entry["source"])]
        facts += [("Note", self.note)] if self.note else []
        rows = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in facts)
        return (
            f'<div class="claim" id="claim-{escape(self.claim.id)}"><p class="claim-statement"><strong>{kind}.</strong> '
            f"{escape(self.claim.statement)} {badge(entry['verdict'])}</p>"
            f'<p class="claim-measured">measured <strong>{escape(measured(entry))}</strong>{paper} &middot; '
            f"rule: {escape(entry['rule'])}</p>"
            f"<details><summary>statistic and source</summary><dl>{rows}</dl></details></div>"
        )

    def __repr__(self) -> str:
        return f"{self.claim.id}: {self.verdict} ({measured(self.as_dict())}; rule: {self.claim.rule})"


class Scorecard(Sequence[Judgement]):
    """The judged claims of one study, in the order of their declaration, looked up by position or id."""

    def __init__(self, judgements: Sequence[Judgement]) -> None:
        ids = [judgement.claim.id for judgement in judgements]
        if len(set(ids)) != len(ids):
            raise ValueError(f"a claim is judged twice in {ids}")
        self._judgements = tuple(judgements)

    def __getitem__(self, which: Any) -> Any:
        if isinstance(which, str):
            found = [judgement for judgement in self._judgements if judgement.claim.id == which]
            if not found:
                raise KeyError(f"no claim {which!r}; there are {[judgement.claim.id for judgement in self]}")
            return found[0]
        return self._judgements[which]

    def __len__(self) -> int:
        return len(self._judgements)

    def __iter__(self) -> Iterator[Judgement]:
        return iter(self._judgements)

    def _repr_html_(self) -> str:
        return table([judgement.as_dict() for judgement in self])

    def __repr__(self) -> str:
        return "\n".join(map(repr, self))


def badge(verdict: str) -> str:
    """A verdict as an HTML badge; the style sheet of the book gives it colour and sign."""
    return f'<span class="verdict verdict-{verdict.replace(" ", "-")}">{escape(verdict)}</span>'


def measured(entry: dict[str, Any]) -> str:
    """Value, interval and number of seeds of a ledger entry in words."""
    if entry["value"] is None:
        return "not measured"
    interval = "" if entry["interval"] is None else " [{:.4g}, {:.4g}]".format(*entry["interval"])
    seeds = f", {entry['n_seeds']} seeds" if entry["n_seeds"] > 1 else ""
    return f"{entry['value']:.4g}{interval}{seeds}"


def table(entries: Sequence[dict[str, Any]]) -> str:
    """Ledger entries as an HTML table: claim, measured, rule, verdict."""
    rows = []
    for entry in entries:
        control = "<em>Control.</em> " if entry["control"] else ""
        paper = "" if entry["paper_value"] is None else f"<br>paper: {entry['paper_value']:.4g}"
        rows.append(
            f"<tr><td>{control}{escape(entry['statement'])}</td><td>{escape(measured(entry))}{paper}</td>"
            f"<td>{escape(entry['rule'])}</td><td>{badge(entry['verdict'])}</td></tr>"
        )
    head = "".join(f"<th>{title}</th>" for title in ("Claim", "Measured", "Rule", "Verdict"))
    return f'<div class="scoreboard"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'
