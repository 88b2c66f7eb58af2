"""The scoreboard pages, drawn from the ledger; no verdict is typed by hand."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from learning_geometry.claims import Kind, Outcome, page
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.publishing.claim_table import KINDS, Row, table
from learning_geometry.publishing.comparison import Change, compare
from learning_geometry.studies import STUDIES

Run = dict[str, Any]

_ONE_SIDED = 0.025
_FILES = "../_static"


def scoreboard(ledger: Run, runs: Sequence[Run] = ()) -> str:
    """The scoreboard page, in MyST: the whole at a glance, the headline claims, then every claim of every study.

    `runs` are replications of the ledger on fresh seeds.
    """
    lines = [
        "---",
        "html_theme.sidebar_secondary.remove: true",
        "---",
        "",
        "# Scoreboard",
        "",
        f'<link rel="stylesheet" href="{_FILES}/scoreboard.css">',
        "",
        f"Every claim that this book tests, judged by machine at the **{ledger['scale']}** scale. "
        "[How to read a claim](../how_to_read_a_claim.md) explains the words.",
        "",
        _glance(ledger, runs),
        "",
        "## What the papers say, and what we find",
        "",
        _headlines(ledger),
        "",
        "## Every claim",
        "",
        f'Download them as <a href="{_FILES}/claims.csv" download>CSV</a>, or with parameters, seconds and environments as the '
        f'<a href="{_FILES}/ledger.json" download>ledger in JSON</a>, whose format a <a href="{_FILES}/ledger.schema.json">JSON '
        "Schema</a> describes. A statement leads to its claim in the chapter, with the method of its interval, its code and notes.",
        "",
        table(list(_rows(ledger, runs))),
        "",
        f'<script src="{_FILES}/listjs/list.min.js"></script>',
        f'<script src="{_FILES}/scoreboard.js"></script>',
    ]
    return "\n".join(lines) + "\n"


def small(ledger: Run) -> str:
    """The fragment that the landing page includes: verdicts counted by study and kind."""
    return summary(ledger, "generated/scoreboard.html") + "\n"


def summary(ledger: Run, board: str) -> str:
    """Studies with their verdicts counted by kind, each count a link to the claims on the page `board`."""
    rows = []
    for study, entry in ledger["studies"].items():
        cells = (page.tally(entry["claims"], kind, f"{board}?chapter={study}") or "–" for kind in Kind)
        named = zip(KINDS.values(), cells, strict=True)
        counts = "".join(f'<td data-of="{escape(title)}">{cell}</td>' for title, cell in named)
        rows.append(f'<tr><th scope="row">{escape(STUDIES[study].title)}</th>{counts}</tr>')
    head = "".join(f'<th scope="col">{title}</th>' for title in ("Study", *KINDS.values()))
    return f'<div class="scoreboard"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _glance(ledger: Run, runs: Sequence[Run]) -> str:
    """The verdicts counted by kind, how many are wrong by chance, and how many stay on fresh seeds."""
    claims = _claims(ledger)
    parts = [(title, page.tally(claims, kind, "scoreboard.html") or "none") for kind, title in KINDS.items()]
    parts += [("Wrong by chance", _expected_errors(claims)), ("On fresh seeds", _stable(ledger, runs))]
    return (
        '<dl class="glance">'
        + "".join(f"<div><dt>{title}</dt><dd>{text}</dd></div>" for title, text in parts)
        + "</dl>"
    )


def _expected_errors(claims: Sequence[Run]) -> str:
    """How many full verdicts would be wrong by chance, if every claim with an interval were just not true."""
    judged = [claim for claim in claims if claim["interval"] is not None]
    full = [claim for claim in judged if outcome_of(claim["kind"], claim["verdict"]) is Outcome.FULL]
    return (
        f"At most <strong>{_ONE_SIDED * len(judged):.1f}</strong> wrong verdicts expected: {len(judged)} of {len(claims)} claims "
        f"are judged by a 95 % interval, and one that is just not true passes with a probability of at most {100 * _ONE_SIDED:g} %. "
        f"{len(full)} came out as declared."
    )


def _stable(ledger: Run, runs: Sequence[Run]) -> str:
    tested = [change for run in runs for change in compare(ledger, run) if change.judged]
    if not tested:
        return "No replication is recorded at this scale."
    same, opposite = sum(change.same_verdict for change in tested), sum(change.opposite for change in tested)
    return (
        f"<strong>{100 * same / len(tested):.1f} %</strong> of {len(tested)} verdicts stay on fresh seeds, in the replications of all studies together; "
        f'{opposite or "none"} turned into the opposite. <a href="stability.html">Which changed</a>'
    )


def _headlines(ledger: Run) -> str:
    parts = []
    for study, entry in ledger["studies"].items():
        headlines = [claim for claim in entry["claims"] if claim["headline"]]
        if headlines:
            title = f'<a href="{_chapter(study)}">{escape(STUDIES[study].title)}</a>'
            items = "".join(_headline(study, claim) for claim in headlines)
            parts.append(f'<section><p class="rubric">{title}</p><ul>{items}</ul></section>')
    return f'<div class="headlines">{"".join(parts)}</div>'


def _headline(study: str, claim: Run) -> str:
    there = escape(f"{_chapter(study)}#claim-{claim['id']}")
    statistic = f" · {escape(claim['statistic'])}" if claim["value"] is not None else ""
    return (
        f'<li><a href="{there}">{escape(claim["statement"])}</a> {page.badge(claim["kind"], claim["verdict"])}'
        f'<p class="found">{page.value(claim)}<small>{statistic}</small></p></li>'
    )


def _rows(ledger: Run, runs: Sequence[Run]) -> Iterator[Row]:
    changes: dict[tuple[str, str], list[Change]] = {}
    for run in runs:
        for change in compare(ledger, run):
            if change.judged:
                changes.setdefault((change.study, change.id), []).append(change)
    for study, entry in ledger["studies"].items():
        for claim in entry["claims"]:
            again = changes.get((study, claim["id"]), [])
            kept = sum(change.same_verdict for change in again)
            yield Row(claim, study, STUDIES[study].title, _chapter(study), kept, len(again))


def _claims(ledger: Run) -> list[Run]:
    return [claim for entry in ledger["studies"].values() for claim in entry["claims"]]


def _chapter(study: str) -> str:
    return f"../studies/{STUDIES[study].notebook.stem}.html"
