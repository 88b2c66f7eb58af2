"""The scoreboard pages, drawn from the ledger; no verdict is typed by hand."""

from collections import Counter
from typing import Any

from learning_geometry.claims import Verdict, badge, table
from learning_geometry.studies import STUDIES


def page(ledger: dict[str, Any]) -> str:
    """The scoreboard page: all claims of all studies, in MyST."""
    lines = [
        "# Scoreboard",
        "",
        f"Every claim that this book tests, judged by machine at the **{ledger['scale']}** scale. "
        "[How to read a claim](../how_to_read_a_claim.md) explains the columns.",
        "",
        summary(ledger),
    ]
    for study, entry in ledger["studies"].items():
        lines += ["", f"## {_title(study)}", "", f"Chapter: {_link(study, '..')}", "", table(entry["claims"])]
    return "\n".join(lines) + "\n"


def small(ledger: dict[str, Any]) -> str:
    """The fragment that the landing page includes: verdicts counted by study."""
    return summary(ledger) + "\n"


def summary(ledger: dict[str, Any]) -> str:
    """Studies with their verdicts counted; controls apart, because they say whether the tests could have failed."""
    rows = []
    for study, entry in ledger["studies"].items():
        counts = Counter(claim["verdict"] for claim in entry["claims"] if not claim["control"])
        badges = " ".join(
            f'<span class="tally">{counts[verdict]} {badge(verdict)}</span>'
            for verdict in map(str, Verdict)
            if counts[verdict]
        )
        controls = [claim["verdict"] for claim in entry["claims"] if claim["control"]]
        held = f"{controls.count(str(Verdict.REPRODUCED))} of {len(controls)}"
        rows.append(f"<tr><td>{_title(study)}</td><td>{badges}</td><td>{held}</td></tr>")
    head = "<th>Study</th><th>Claims</th><th>Controls that held</th>"
    return f'<div class="scoreboard"><table><thead><tr>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _title(study: str) -> str:
    line = next(
        line for line in STUDIES[study].notebook.read_text(encoding="utf-8").splitlines() if line.startswith("# # ")
    )
    return line.removeprefix("# # ").strip()


def _link(study: str, up: str) -> str:
    return f"[{_title(study)}]({up}/studies/{STUDIES[study].notebook.stem}.ipynb)"
