"""The table of every claim on the scoreboard: plain rows, and the controls by which a browser filters and sorts them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from learning_geometry.claims import Kind, Outcome, page
from learning_geometry.claims.glyph import glyph
from learning_geometry.claims.vocabulary import VERDICTS, outcome_of

KINDS = {Kind.PAPER: "Statements of the papers", Kind.OURS: "Our own questions", Kind.CONTROL: "Controls"}
"""The kinds of claims as headings."""

_ORDERS = {
    "order": "chapter",
    "outcome": "verdict",
    "kind": "whose claim it is",
    "close": "closest call first",
    "seeds": "fewest seeds first",
    "words": "statement, A to Z",
}
_OUTCOMES = list(Outcome)


@dataclass(frozen=True)
class Row:
    """A claim, with the chapter that it stands in and what became of its verdict on fresh seeds."""

    entry: Mapping[str, Any]
    study: str
    title: str
    chapter: str
    """Address of the chapter's page."""
    kept: int = 0
    """Replications with the same verdict."""
    repeated: int = 0
    """Replications that tested the claim."""

    @property
    def id(self) -> str:
        """The id of the row, by which chapters link to it."""
        return page.scoreboard_id(dict(self.entry)) or f"{self.study.replace('_', '-')}-{self.entry['id']}"

    @property
    def outcome(self) -> Outcome:
        """The outcome that the verdict names."""
        return outcome_of(self.entry["kind"], self.entry["verdict"])


def table(rows: Sequence[Row]) -> str:
    """The controls, hidden until a script shows them, and the table, which is whole without any."""
    body = "\n".join(_row(position, row) for position, row in enumerate(rows))
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Claim, statistic and source", "Found", "Verdict"))
    return (
        f'<div id="claims">{_controls(rows)}<table class="claims"><thead><tr>{head}</tr></thead>'
        f'<tbody class="list">\n{body}\n</tbody></table>'
        '<p class="more" hidden><button type="button" id="claims-more">Show all</button></p></div>'
    )


def closeness(entry: Mapping[str, Any]) -> float | None:
    """How far the nearer end of the interval lies from the nearest threshold, over half the interval's length.

    None where there is no interval with two ends, or no length.
    """
    low, high = entry["interval"] or (None, None)
    if low is None or high is None or not high > low:
        return None
    ends = [abs(end - threshold) for end in (low, high) for threshold in entry["region"] if threshold is not None]
    return 2 * min(ends) / (high - low) if ends else None


def _row(position: int, row: Row) -> str:
    entry = dict(row.entry)
    marks = "".join(f' data-{name}="1"' for name in ("headline", "hindsight") if entry[name])
    marks += ' data-changed="1"' if row.kept < row.repeated else ""
    other = entry.get("elsewhere")
    marks += ' data-turned="1"' if other and other["entry"]["verdict"] != entry["verdict"] else ""
    close = closeness(entry)
    close_call = "" if close is None else f' data-close="{close:.4g}"'
    there = escape(f"{row.chapter}#claim-{entry['id']}")
    id = escape(row.id)
    return (
        f'<tr id="{id}" data-order="{position}" data-chapter="{escape(row.study)}" data-kind="{entry["kind"]}" '
        f'data-outcome="{row.outcome.name.lower()}" data-rank="{_OUTCOMES.index(row.outcome)}" '
        f'data-seeds="{entry["n_seeds"]}"{close_call}{marks}>'
        f'<td><a class="claim-statement" href="{there}">{escape(entry["statement"])}</a>'
        f"<small>{escape(entry['statistic'])}</small><small>{_whose(entry)} {escape(entry['source'])} "
        f'<span class="where">· {escape(row.title)}</span></small></td>'
        f"<td>{glyph(entry)}<span>{page.value(entry)}</span><small>rule: {escape(entry['rule'])}</small></td>"
        f"<td>{page.badge(entry['kind'], entry['verdict'])}{_fresh(row)}{page.elsewhere(entry)}"
        f'<small><a href="#{id}" class="permalink">link<span class="visually-hidden"> to this row</span></a></small></td></tr>'
    )


def _whose(entry: Mapping[str, Any]) -> str:
    kind = entry["kind"]
    words = f"control of {entry['of']}" if kind == Kind.CONTROL else kind
    tags = [f'<span class="tag tag-{kind}">{escape(words)}</span>']
    if entry["headline"]:
        tags.append('<span class="tag tag-headline">headline</span>')
    if entry["hindsight"]:
        why = escape(entry["hindsight"])
        tags.append(f'<span class="tag tag-hindsight" title="{why}">rule after the numbers</span>')
    return " ".join(tags)


def _fresh(row: Row) -> str:
    if not row.repeated:
        return ""
    return f'<small title="replications on fresh seeds with the same verdict">on fresh seeds: {row.kept} of {row.repeated}</small>'


def _controls(rows: Sequence[Row]) -> str:
    chapters = {row.study: row.title for row in rows}
    kinds = {str(kind): title for kind, title in KINDS.items()}
    outcomes = {outcome.name.lower(): _words(outcome) for outcome in Outcome}
    counts = {
        "chapter": Counter(row.study for row in rows),
        "kind": Counter(row.entry["kind"] for row in rows),
        "outcome": Counter(row.outcome.name.lower() for row in rows),
    }
    marks = {
        "headline": "headline claims",
        "hindsight": "rule after the numbers",
        "changed": "verdict changed on fresh seeds",
    }
    turned = [row.entry for row in rows if row.entry.get("elsewhere")]
    if turned:
        marks["turned"] = f"other verdict on {turned[0]['elsewhere']['name']}"
    boxes = "".join(
        f'<label><input type="checkbox" name="{name}" value="1"> {words}</label>' for name, words in marks.items()
    )
    order = "".join(f'<option value="{name}">{words}</option>' for name, words in _ORDERS.items())
    return (
        '<form class="claims-controls" role="search" aria-label="Filter the claims" hidden>'
        '<label class="wide">Search <input type="search" name="q" autocomplete="off" '
        'placeholder="words of a statement, statistic, source or rule"></label>'
        f"{_choice('chapter', 'Chapter', chapters, counts['chapter'])}"
        f"{_choice('kind', 'Whose claim', kinds, counts['kind'])}"
        f"{_choice('outcome', 'Verdict', outcomes, counts['outcome'])}"
        f'<label>Sort by <select name="sort">{order}</select></label><div class="boxes">{boxes}</div>'
        '<p><output role="status"></output> <button type="reset">Clear all filters</button></p></form>'
    )


def _choice(name: str, title: str, options: Mapping[str, str], counts: Mapping[str, int]) -> str:
    choices = "".join(
        f'<option value="{escape(value)}">{escape(words)} ({counts[value]})</option>'
        for value, words in options.items()
        if counts.get(value)
    )
    return f'<label>{title} <select name="{name}"><option value="">all</option>{choices}</select></label>'


def _words(outcome: Outcome) -> str:
    return " · ".join(dict.fromkeys(words[outcome] for words in VERDICTS.values() if outcome in words))
