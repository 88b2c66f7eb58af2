"""Numbers as people and spreadsheets write them: what keeps one from being read, and how to write it instead."""

import re

_BLANKS = " \u00a0\u2009\u202f"
_APOSTROPHES = "'\u2019"
_GROUPED = re.compile(rf"[+-]?\d{{1,3}}(?:[,.{_BLANKS}{_APOSTROPHES}]\d{{3}})+(?:[.,]\d+)?")
_NUMBER = r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?"
_AMBIGUOUS = re.compile(r"[+-]?\d{1,3}[,]\d{3}")
_DATE = re.compile(r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}|\d{1,2}-[A-Za-z]{3}(-\d+)?|[A-Za-z]{3}-\d+|\d+:\d+(:\d+)?")


def remedy(text: str) -> str:
    """How a text that is no number should be written, beginning with a semicolon; empty where nothing can be guessed."""
    advice = _advice(text.strip())
    return f"; {advice}" if advice else ""


def _advice(text: str) -> str:
    if text.startswith("#"):
        return "a spreadsheet could not compute or show it: mend that cell and save the table again"
    if text.startswith("="):
        return "it is a formula: save the values that it gives"
    if "\u2212" in text:
        return "its minus is a printer's: write a hyphen"
    if _AMBIGUOUS.fullmatch(text):
        return f"a comma separates thousands or decimals: write {text.replace(',', '')} or {text.replace(',', '.')}"
    if _GROUPED.fullmatch(text):
        return f"leave out what separates thousands: write {_ungrouped(text)}"
    if re.fullmatch(_NUMBER, text):
        return f"write decimals with a point: {text.replace(',', '.')}"
    if re.fullmatch(rf"{_NUMBER}\s*[%\u2030]", text):
        return "leave out the percent sign, in the whole column"
    if text[:1] in "<>~\u2248\u2264\u2265":
        return "a bound or an estimate is no measurement: give the value, or remove that synapse"
    if "\u00b1" in text or "+/-" in text or "+-" in text:
        return "give the value alone, and its error in a column of its own"
    if _DATE.fullmatch(text):
        return "it is a date, or a spreadsheet made one of it: format the column as numbers"
    unit = re.fullmatch(rf"({_NUMBER})\s*([^\d\s.,+-].*)", text) or re.fullmatch(
        rf"()([$\u20ac\u00a3])\s*{_NUMBER}", text
    )
    if unit:
        return f"name the unit {unit[2].strip()!r} in the column's name, and leave it out here"
    return ""


def _ungrouped(text: str) -> str:
    marks = re.sub(r"[\d+-]", "", text)
    # The last mark is that of the decimals if it differs from those before it, or fewer or more than three digits follow.
    decimal = len(marks) > 1 and marks[-1] != marks[0] and marks[-1] in ".,"
    whole, _, rest = text.rpartition(marks[-1]) if decimal else (text, "", "")
    return re.sub(r"[^\d+-]", "", whole) + (f".{rest}" if rest else "")
