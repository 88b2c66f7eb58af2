"""Every claim of a ledger as one CSV file, a row each, for a spreadsheet or a data frame."""

import csv
import io
from typing import Any

COLUMNS = (
    "study", "id", "kind", "headline", "verdict", "statement", "source", "statistic", "value", "low", "high", "unit",
    "rule", "met_from", "met_to", "method", "n_seeds", "p", "holm", "paper_value", "paper_value_known", "of",
    "hindsight", "note", "section", "matrix", "rule_at",
)  # fmt: skip
"""The columns: the fields of a claim in the ledger, with the ends of its interval and of its rule apart."""


def claims_csv(ledger: dict[str, Any]) -> str:
    """The claims in the order of the book; an empty cell is what the ledger calls null."""
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for study, entry in ledger["studies"].items():
        for claim in entry["claims"]:
            low, high = claim["interval"] or (None, None)
            met_from, met_to = claim["region"]
            ends = {"low": low, "high": high, "met_from": met_from, "met_to": met_to}
            writer.writerow({"study": study, **claim, **ends})
    return out.getvalue()
