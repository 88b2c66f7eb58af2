"""Two runs side by side: which verdicts changed, by how much the values moved, and whether the intervals overlap."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from learning_geometry.claims import Outcome
from learning_geometry.claims.page import measured
from learning_geometry.claims.vocabulary import outcome_of

SCHEMA = 2


@dataclass(frozen=True)
class Change:
    """One claim in two runs; `before` or `after` is None where a run does not have it."""

    study: str
    id: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    @property
    def same_verdict(self) -> bool:
        """Whether both runs have the claim, with the same verdict."""
        return self.before is not None and self.after is not None and self.before["verdict"] == self.after["verdict"]

    @property
    def judged(self) -> bool:
        """Whether the claim was tested in both runs."""
        return Outcome.NOT_TESTED not in self._outcomes and None not in self._outcomes

    @property
    def opposite(self) -> bool:
        """Whether the verdict turned from full to its opposite, or back."""
        return set(self._outcomes) == {Outcome.FULL, Outcome.NOT}

    @property
    def same_value(self) -> bool:
        """Whether both values are equal to a relative 1e-9, which is what the same units on the same machine give."""
        if self.before is None or self.after is None:
            return False
        one, other = self.before["value"], self.after["value"]
        if one is None or other is None:
            return one is other
        return bool(abs(one - other) <= 1e-9 * max(abs(one), abs(other)))

    @property
    def overlap(self) -> bool | None:
        """Whether the two intervals overlap; None where a run has none."""
        if self.before is None or self.after is None or not (self.before["interval"] and self.after["interval"]):
            return None
        (low, high), (other_low, other_high) = map(_ends, (self.before["interval"], self.after["interval"]))
        return low <= other_high and other_low <= high

    @property
    def _outcomes(self) -> list[Outcome | None]:
        runs = (self.before, self.after)
        return [None if entry is None else outcome_of(entry["kind"], entry["verdict"]) for entry in runs]

    def __str__(self) -> str:
        """The change as a line of the report."""
        sides = [_side(self.before), _side(self.after)]
        remarks = ["OPPOSITE"] if self.opposite else []
        remarks += ["intervals do not overlap"] if self.overlap is False else []
        return f"{self.study} {self.id}: {' -> '.join(sides)}" + (f" ({'; '.join(remarks)})" if remarks else "")


def read(path: Path) -> dict[str, Any]:
    """A ledger, or a recorded replication.

    Raises:
        ValueError: the file is none, or of another schema.
    """
    try:
        ledger: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} cannot be read as a ledger: {error}") from error
    if not isinstance(ledger, dict) or ledger.get("schema") != SCHEMA or "studies" not in ledger:
        raise ValueError(f"{path} is no ledger of schema {SCHEMA}; write one with `learning-geometry ledger`")
    return ledger


def compare(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Every claim of the studies that both runs have, in the order of the first, then what only the second has."""
    return [
        change for study in before["studies"] if study in after["studies"] for change in _changes(study, before, after)
    ]


def report(changes: list[Change]) -> str:
    """What changed, in words: verdicts first, then values whose intervals do not overlap, then a count."""
    verdicts = [change for change in changes if not change.same_verdict]
    apart = [change for change in changes if change.same_verdict and change.overlap is False]
    lines = [f"verdicts that differ ({len(verdicts)}):", *(f"  {change}" for change in verdicts)] if verdicts else []
    lines += [f"same verdict, intervals apart ({len(apart)}):", *(f"  {change}" for change in apart)] if apart else []
    same, values = sum(change.same_verdict for change in changes), sum(change.same_value for change in changes)
    return "\n".join([*lines, f"{same} of {len(changes)} verdicts are the same, {values} values are equal to 1e-9"])


def agreement(published: dict[str, Any], own: dict[str, Any]) -> str:
    """One line on how many verdicts of a run are as published, and which are not."""
    changes = compare(published, own)
    differing = [f"{change.study} {change.id}" for change in changes if not change.same_verdict]
    line = f"{len(changes) - len(differing)} of {len(changes)} verdicts as published"
    return f"{line}; these differ: {', '.join(differing)}" if differing else line


def _changes(study: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    one, other = ({claim["id"]: claim for claim in ledger["studies"][study]["claims"]} for ledger in (before, after))
    for id in dict.fromkeys([*one, *other]):
        yield Change(study, id, one.get(id), other.get(id))


def _side(entry: dict[str, Any] | None) -> str:
    return "not declared" if entry is None else f"{entry['verdict']}, {measured(entry)}"


def _ends(interval: list[float | None]) -> tuple[float, float]:
    low, high = interval
    return float("-inf") if low is None else low, float("inf") if high is None else high
