"""The scoreboard pages, drawn from the ledger; no verdict is typed by hand."""

from html import escape
from typing import Any

from learning_geometry.claims import Kind, Outcome, page
from learning_geometry.claims.vocabulary import outcome_of
from learning_geometry.studies import STUDIES

_ONE_SIDED = 0.025


def scoreboard(ledger: dict[str, Any]) -> str:
    """The scoreboard page: all claims of all studies, in MyST."""
    lines = [
        "# Scoreboard",
        "",
        f"Every claim that this book tests, judged by machine at the **{ledger['scale']}** scale. "
        "[How to read a claim](../how_to_read_a_claim.md) explains the columns.",
        "",
        expected_errors(ledger),
        "",
        summary(ledger),
    ]
    for study, entry in ledger["studies"].items():
        lines += [
            "",
            f"## {STUDIES[study].title}",
            "",
            f"Chapter: {_link(study, '..')}",
            "",
            _rows(study, entry["claims"]),
        ]
    return "\n".join(lines) + "\n"


def small(ledger: dict[str, Any]) -> str:
    """The fragment that the landing page includes: verdicts counted by study and kind."""
    return summary(ledger) + "\n"


def expected_errors(ledger: dict[str, Any]) -> str:
    """How many full verdicts would be wrong by chance, if every claim with an interval were just not true."""
    claims = [claim for entry in ledger["studies"].values() for claim in entry["claims"]]
    judged = [claim for claim in claims if claim["interval"] is not None]
    full = [claim for claim in judged if outcome_of(claim["kind"], claim["verdict"]) is Outcome.FULL]
    return (
        f"{len(judged)} of {len(claims)} claims are judged by a 95 % interval, and {len(full)} of them came out as declared. A "
        f"claim that is just not true passes with a probability of at most {100 * _ONE_SIDED:g} %, so at most "
        f"**{_ONE_SIDED * len(judged):.1f} of these verdicts** are expected to be wrong. Headline claims also say whether they "
        "survive Holm's procedure."
    )


def summary(ledger: dict[str, Any]) -> str:
    """Studies with their verdicts counted by kind: the paper's statements, ours, and the controls."""
    rows = []
    for study, entry in ledger["studies"].items():
        cells = "".join(f"<td>{page.tally(entry['claims'], kind) or '–'}</td>" for kind in Kind)
        rows.append(f'<tr><th scope="row">{escape(STUDIES[study].title)}</th>{cells}</tr>')
    titles = ("Study", "Statements of the paper", "Our own questions", "Controls")
    head = "".join(f'<th scope="col">{title}</th>' for title in titles)
    return f'<div class="scoreboard"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _rows(study: str, entries: list[dict[str, Any]]) -> str:
    chapter = f"../studies/{STUDIES[study].notebook.stem}.html"
    return page.panel(entries, chapter=chapter, prefix=study.replace("_", "-"))


def _link(study: str, up: str) -> str:
    return f"[{STUDIES[study].title}]({up}/studies/{STUDIES[study].notebook.stem}.ipynb)"
