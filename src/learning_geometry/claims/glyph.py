"""A claim as a small picture: the region of its rule, the interval, the value, and the paper's value where it is known."""

from html import escape
from typing import Any

_WIDTH, _HEIGHT, _MIDDLE, _EDGE = 128.0, 27.0, 9.0, 8.0  # pixels on the page


def glyph(entry: dict[str, Any]) -> str:
    """Inline SVG of a ledger entry, with a text alternative; empty where nothing was measured.

    The region in which the rule is met is shaded, the interval is a line, the value a dot, the paper's value a diamond.
    """
    if entry["value"] is None:
        return ""
    value, region = entry["value"], entry["region"]
    ends = entry["interval"] or (value, value)
    low, high = (value if end is None else end for end in ends)
    points = [number for number in (value, low, high, entry["paper_value"], *region) if number is not None]
    first, last = min(points), max(points)
    margin = 0.18 * (last - first) or abs(last) * 0.2 or 1.0
    first, last = first - margin, last + margin

    def x(number: float) -> float:
        return round(_EDGE + (number - first) / (last - first) * (_WIDTH - 2 * _EDGE), 1)

    left = 0.0 if region[0] is None else x(region[0])
    right = _WIDTH if region[1] is None else x(region[1])
    thresholds = [number for number in dict.fromkeys(region) if number is not None]
    marks = "".join(
        f'<line class="threshold" x1="{x(number)}" x2="{x(number)}" y1="0" y2="18"/>'
        f'<text x="{x(number)}" y="26" text-anchor="{_anchor(x(number))}">{number:.3g}</text>'
        for number in thresholds
    )
    if len(thresholds) == 2 and x(thresholds[1]) - x(thresholds[0]) < 44:
        marks = marks.replace(f"{thresholds[0]:.3g}</text>", "</text>", 1)  # two labels would overlap
    paper = ""
    if entry["paper_value"] is not None:
        centre = x(entry["paper_value"])
        paper = f'<path class="paper" d="M{centre} {_MIDDLE - 6}l5 6l-5 6l-5-6z"/>'
    return (
        f'<svg class="glyph" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="img" aria-label="{escape(_words(entry))}">'
        f'<rect class="met" x="{left}" y="2" width="{max(right - left, 1.0):.1f}" height="14"/>{marks}'
        f'<line class="reach" x1="{x(low)}" x2="{x(high)}" y1="{_MIDDLE}" y2="{_MIDDLE}"/>'
        f'<circle class="dot" cx="{x(value)}" cy="{_MIDDLE}" r="3.6"/>{paper}</svg>'
    )


def _anchor(x: float) -> str:
    return "start" if x < 20 else "end" if x > _WIDTH - 20 else "middle"


def _words(entry: dict[str, Any]) -> str:
    words = f"value {entry['value']:.3g}"
    if entry["interval"]:
        low, high = ("unbounded" if end is None else f"{end:.3g}" for end in entry["interval"])
        words += f", interval {low} to {high}"
    words += f"; rule: {entry['rule']}"
    return words + (f"; the paper's value is {entry['paper_value']:g}" if entry["paper_value"] is not None else "")
