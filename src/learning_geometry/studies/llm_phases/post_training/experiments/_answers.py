"""The number that a worked solution comes to."""

import re
from fractions import Fraction

_BOX = r"\boxed{"
_FRACTION = re.compile(r"\\[dt]?frac\{([^{}]*)\}\{([^{}]*)\}")
_NUMBER = re.compile(
    r"((?:(?<![\w)\]}])-)?"  # a minus after a number, a letter or a bracket is an operation
    r"(?:(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|\.\d+))"
    r"(?:\s*/\s*([1-9]\d*))?"
)


def last_number(text: str) -> Fraction | None:
    r"""The last number of a text, exactly; where the text has a `\boxed{...}`, the last number in the last of them.

    Digits, a minus that stands directly before them, a decimal point, commas between thousands, and fractions, "3/4" or
    `\frac{3}{4}`, make a number. None where there is no number, or one of thousands of digits. A number word, a power
    or a root is not understood.

    Source: our operationalisation.
    """
    found = _NUMBER.findall(_FRACTION.sub(r"\1/\2", _boxed(_plain(text))))
    if not found:
        return None
    number, divisor = found[-1]
    try:
        return Fraction(number.replace(",", "")) / int(divisor or 1)
    except ValueError:  # Python reads no integer of more than 4,300 digits, which a sampled text may well hold
        return None


def _plain(text: str) -> str:
    # LaTeX writes thousands as "1{,}234" or "1,\!234", and texts often have a typographic minus.
    return text.replace("{,}", ",").replace(r"\!", "").replace("\N{MINUS SIGN}", "-")


def _boxed(text: str) -> str:
    start = text.rfind(_BOX)
    if start < 0:
        return text
    inside, depth = text[start + len(_BOX) :], 1
    for end, letter in enumerate(inside):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return inside[:end]
    return inside  # the text was cut in the box
