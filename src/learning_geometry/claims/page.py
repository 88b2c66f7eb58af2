"""Claims on a page: a panel for a section, headline claims in short; drawn from the entries of the ledger."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from learning_geometry.claims.estimates import format_value
from learning_geometry.claims.glyph import glyph
from learning_geometry.claims.rules import Outcome
from learning_geometry.claims.vocabulary import Kind, outcome_of

Entry = dict[str, Any]

_MARKS = {
    Outcome.FULL: ("yes", "✓"),
    Outcome.PARTLY: ("partly", "◐"),
    Outcome.NOT: ("no", "✕"),
    Outcome.UNDECIDED: ("open", "?"),
    Outcome.NOT_TESTED: ("absent", "–"),
}
_WHOSE = {Kind.PAPER: "of the paper", Kind.OURS: "of ours", Kind.CONTROL: "control"}


class Html:
    """A piece of a page, with what a terminal shows in its place."""

    def __init__(self, html: str, text: str) -> None:
        self._html, self._text = html, text

    def _repr_html_(self) -> str:
        return self._html

    def __repr__(self) -> str:
        return self._text


def badge(kind: str, verdict: str) -> str:
    """A verdict as an HTML badge; sign and word say the same as its colour."""
    name, mark = _MARKS[outcome_of(kind, verdict)]
    return f'<span class="verdict verdict-{name}"><span aria-hidden="true">{mark}</span> {escape(verdict)}</span>'


def measured(entry: Entry) -> str:
    """Value and interval of a ledger entry, with the digits that the interval allows."""
    if entry["value"] is None:
        return "not tested"
    low, high = entry["interval"] or (None, None)
    return format_value(entry["value"], low, high)


def typeset(numbers: str) -> str:
    """The same words with true minus signs before numbers."""
    return re.sub(r"(?<![\w.)])-(?=[\d.])", "−", numbers)


def _prose(words: str) -> str:
    """Words in HTML, with names in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))


def value(entry: Entry) -> str:
    """Value, interval, unit and seeds of a ledger entry in HTML; what was not tested says why."""
    if entry["value"] is None:
        return f"<small>{_prose(entry['note'])}</small>"
    number, _, interval = typeset(measured(entry)).partition(" [")
    seeds = f"{entry['n_seeds']}\u00a0seeds" if entry["n_seeds"] > 1 else ""
    small = " · ".join(filter(None, (entry["unit"], seeds)))
    interval = f' <span class="interval">[{escape(interval)}</span>' if interval else ""
    return f"<strong>{escape(number)}</strong>{interval}" + (f" <small>{escape(small)}</small>" if small else "")


def elsewhere(entry: Entry) -> str:
    """What a run at another scale found of the claim, in HTML, if the entry has one under `elsewhere`."""
    other = entry.get("elsewhere")
    if not other:
        return ""
    own = other["entry"]
    mark = _MARKS[outcome_of(own["kind"], own["verdict"])][1]
    words = f'<span aria-hidden="true">{mark}</span> {escape(own["verdict"])}'
    return f'<small class="elsewhere">{escape(other["name"])}: {escape(typeset(measured(own)))} {words}</small>'


def scoreboard_id(entry: Entry) -> str:
    """The id of a claim's row on the scoreboard, where claims of all studies stand; empty if it belongs to no study."""
    study = re.fullmatch(r"learning_geometry\.studies\.(.+)\.claims\..+", entry["rule_at"])
    return f"{re.sub(r'[._]', '-', study[1])}-{entry['id']}" if study else ""


def panel(entries: Sequence[Entry]) -> str:
    """One row for each claim, or for each matrix of claims: statement, picture, value, verdict; the rest unfolds.

    Rows have the id `claim-<id>`; what unfolds links to the claim's row on the scoreboard.
    """
    counts = Counter(entry["kind"] for entry in entries)
    heading = ", ".join(f"{counts[kind]} {_WHOSE[kind]}" for kind in Kind if counts[kind])
    heading += "s" if counts[Kind.CONTROL] > 1 else ""
    rows, drawn = [], set()
    for entry in entries:
        if not entry["matrix"]:
            rows.append(_row(entry))
        elif entry["matrix"] not in drawn:
            drawn.add(entry["matrix"])
            rows.append(_matrix([other for other in entries if other["matrix"] == entry["matrix"]]))
    paper = " · ◇ the paper's value" if any(entry["paper_value"] is not None for entry in entries) else ""
    return (
        f'<div class="panel" role="group" aria-label="Claims of this section"><div class="panel-head"><span>Claims: {heading}'
        f"</span><span>shaded: where the rule is met{paper}</span></div>{''.join(rows)}</div>"
    )


def in_short(entries: Sequence[Entry]) -> str:
    """The headline claims: what the paper says, what is found, the verdict."""
    rows = [
        f"<tr><td>{escape(entry['statement'])}</td><td>{_finding(entry)}</td>"
        f"<td>{badge(entry['kind'], entry['verdict'])}</td></tr>"
        for entry in entries
        if entry["headline"]
    ]
    if not rows:
        return ""
    head = '<th scope="col">The paper says</th><th scope="col">We find</th><th scope="col">Verdict</th>'
    return f'<div class="in-short"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def statements(entries: Sequence[Entry]) -> str:
    """The statements of the paper as a table: where each stands, which claim judges it, and the verdict."""
    rows = [
        f"<tr><td>{escape(entry['source'])}</td><td>{escape(entry['statement'])}</td>"
        f'<td><a href="#claim-{escape(entry["id"])}">{escape(entry["id"])}</a></td>'
        f"<td>{badge(entry['kind'], entry['verdict'])}</td></tr>"
        for entry in entries
        if entry["kind"] == Kind.PAPER
    ]
    names = ("Where", "The paper says", "Claim", "Verdict")
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    return f'<div class="matrix"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def badges(entry: Entry) -> str:
    """Whose claim it is, and whether its rule was written after numbers had been seen; where and why unfolds."""
    kind = Kind(entry["kind"])
    words = {Kind.PAPER: "paper", Kind.OURS: "ours", Kind.CONTROL: f"control of {entry['of']}"}[kind]
    tags = [(kind.value, words, entry["source"])]
    if entry["headline"]:
        tags.insert(0, ("headline", "headline", ""))
    if entry["hindsight"]:
        tags.append(_hindsight(entry))
    return " ".join(_tag(*tag) for tag in tags)


def _tag(name: str, words: str, more: str) -> str:
    title = f' title="{escape(more)}"' if more else ""
    return f'<span class="tag tag-{name}"{title}>{escape(words)}</span>'


def _row(entry: Entry) -> str:
    return (
        f'<details class="claim" id="claim-{escape(entry["id"])}"><summary><span class="claim-statement">'
        f'{escape(entry["statement"])} {badges(entry)}</span> {glyph(entry)}<span class="claim-value">{value(entry)}{elsewhere(entry)}</span> '
        f"{badge(entry['kind'], entry['verdict'])}</summary>{_facts(entry)}</details>"
    )


def _matrix(entries: Sequence[Entry]) -> str:
    """A row for a table of claims: their verdicts counted; what differs between its cells stands in the cells."""
    counts = Counter(entry["verdict"] for entry in entries)
    tally = " ".join(
        f"<span>{count} × {badge(entries[0]['kind'], verdict)}</span>" for verdict, count in counts.items()
    )
    differ = [field for field in ("statistic", "hindsight") if len({entry[field] for entry in entries}) > 1]
    of_all = entries[0] | dict.fromkeys([*differ, "note"], "") | {"rule": "of each claim above"}
    cells = "".join(
        f'<tr id="claim-{escape(entry["id"])}"><td>{escape(entry["statement"])}{_own_words(entry, of_all)}</td>'
        f"<td>{glyph(entry)}</td><td>{value(entry)}{elsewhere(entry)}<br><small>rule: {_rule_and_note(entry)}</small></td>"
        f"<td>{badge(entry['kind'], entry['verdict'])}</td></tr>"
        for entry in entries
    )
    return (
        f'<details class="claim claim-matrix"><summary><span class="claim-statement">'
        f"{escape(entries[0]['matrix'])} {badges(of_all)}</span> <span class='tally-of-matrix'>{tally}</span></summary>"
        f'<div class="matrix"><table><thead><tr><th scope="col">Claim</th><th scope="col">Picture</th><th scope="col">Found</th>'
        f'<th scope="col">Verdict</th></tr></thead><tbody>{cells}</tbody></table></div>{_facts(of_all)}</details>'
    )


def _rule_and_note(entry: Entry) -> str:
    note = entry["note"] if entry["value"] is not None else ""  # without a value the note stands in its place
    return escape("; ".join(filter(None, (entry["rule"], note))))


def _own_words(entry: Entry, of_all: Entry) -> str:
    """The statistic of a cell, and its badge of hindsight, where those of the whole matrix do not say them."""
    hindsight = "" if entry["hindsight"] == of_all["hindsight"] else f" {_tag(*_hindsight(entry))}"
    statistic = "" if entry["statistic"] == of_all["statistic"] else f"<br><small>{escape(entry['statistic'])}</small>"
    return hindsight + statistic


def _hindsight(entry: Entry) -> tuple[str, str, str]:
    return "hindsight", "rule after the numbers", entry["hindsight"]


def _finding(entry: Entry) -> str:
    """The number, which leads to the claim, and what it is."""
    found, more = (
        (with_unit(entry), f"{entry['statistic']}; rule: {entry['rule']}")
        if entry["value"] is not None
        else (entry["note"], "")
    )
    link = f'<a href="#claim-{escape(entry["id"])}">{escape(found)}</a>'
    return f"{link} <small>{escape(more)}</small>" if more else link


def with_unit(entry: Entry) -> str:
    """Value, interval and unit of a ledger entry, in one line."""
    return f"{typeset(measured(entry))} {entry['unit']}".strip()


def _facts(entry: Entry) -> str:
    """Statistic, rule, source and the rest of a claim, as a list of definitions."""
    rule_at = entry["rule_at"].removeprefix("learning_geometry.studies.").replace(":", " → ")
    written = (
        f"written after numbers had been seen: {entry['hindsight']}"
        if entry["hindsight"]
        else "written before the run, unless a badge says otherwise"
        if entry["matrix"]
        else "written before the run"
    )
    facts = [
        ("Statistic", entry["statistic"]),
        ("Rule", f"{entry['rule']}; {written}"),
        ("Source", entry["source"]),
        ("Interval", entry["method"]),
        ("Paper", _paper_value(entry)),
        ("Contrast", _contrast(entry)),
        ("p", _p(entry)),
        ("Note", entry["note"]),
        ("Code", rule_at),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{_prose(str(text))}</dd>" for name, text in facts if text)
    return f'<div class="claim-more"><dl>{rows}<dt>Link</dt><dd>{_links(entry)}</dd></dl></div>'


def _links(entry: Entry) -> str:
    here, board = escape(f"#claim-{entry['id']}"), scoreboard_id(entry)
    link = f'<a href="{here}">{here}</a>'
    if entry.get("elsewhere"):
        other = entry["elsewhere"]
        link += f' · <a href="../{escape(other["page"])}">beside {escape(other["name"])}</a>'
    return f'{link} · <a href="../generated/scoreboard.html#{escape(board)}">on the scoreboard</a>' if board else link


def _paper_value(entry: Entry) -> str:
    known = {"printed": "printed", "read off": "read off the figure"}.get(entry["paper_value_known"] or "", "")
    return f"{entry['paper_value']:g}, {known}" if entry["paper_value"] is not None else ""


def _contrast(entry: Entry) -> str:
    contrast = entry["contrast"]
    if contrast is None:
        return ""
    words = measured(contrast) if contrast["value"] is not None else contrast["note"]
    return f"this control minus {entry['of']}: {words}; rule: {contrast['rule']}"


def _p(entry: Entry) -> str:
    if entry["p"] is None:
        return ""
    held = {
        True: "; survives Holm among the headline claims",
        False: "; does not survive Holm among the headline claims",
    }
    return f"{entry['p']:.2g}, one-sided" + (held[entry["holm"]] if entry["holm"] is not None else "")


def tally(entries: Iterable[Entry], kind: Kind, address: str = "") -> str:
    """The verdicts of one kind, counted, as badges in the order from full to not tested.

    With the address of the scoreboard, which may hold the start of a query, each leads to the claims that it counts.
    """
    counts = Counter(outcome_of(entry["kind"], entry["verdict"]) for entry in entries if entry["kind"] == kind)
    words = {
        outcome_of(entry["kind"], entry["verdict"]): entry["verdict"] for entry in entries if entry["kind"] == kind
    }
    shown = {outcome: f"{counts[outcome]} {badge(kind, words[outcome])}" for outcome in Outcome if counts[outcome]}
    if not address:
        return " ".join(f'<span class="tally">{words}</span>' for words in shown.values())
    start = f"{address}{'&' if '?' in address else '?'}kind={kind}&outcome="
    return " ".join(
        f'<a class="tally" href="{escape(start)}{outcome.name.lower()}#every-claim">{words}</a>'
        for outcome, words in shown.items()
    )
