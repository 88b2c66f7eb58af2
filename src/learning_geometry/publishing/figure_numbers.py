"""A Sphinx extension: figures, tables and listings of a chapter are numbered within it, as in Figure 3.2."""

import re
from typing import Any

_CHAPTER = re.compile(r"studies/(\d+)_")
Numbers = dict[str, dict[str, dict[str, tuple[int, ...]]]]
_NUMBERED = ("figure", "table", "code-block")


def setup(app: Any) -> dict[str, Any]:
    """Let Sphinx number by chapter."""
    # Sphinx numbers at the same event; no page has to be read again.
    app.connect("env-get-updated", lambda app, env: renumber(env.toc_fignumbers), priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def renumber(numbers: Numbers) -> list[str]:
    """Change the numbers that Sphinx has given, by page, kind and id, and return the pages to read again: none.

    Chapters have the number of their notebook; two notebooks of one number are counted through, and so is all that stands
    in no chapter.
    """
    for kind in _NUMBERED:
        counts: dict[str, int] = {}
        places = [
            (_chapter(page), page, number, id)
            for page, kinds in numbers.items()
            for id, number in kinds.get(kind, {}).items()
        ]
        # In a chapter by page, then as Sphinx counts; elsewhere as Sphinx counts.
        for chapter, page, _, id in sorted(places, key=lambda it: (it[0], it[1] if it[0] else "", it[2])):
            counts[chapter] = counts.get(chapter, 0) + 1
            numbers[page][kind][id] = (*([int(chapter)] if chapter else []), counts[chapter])
    return []


def _chapter(page: str) -> str:
    match = _CHAPTER.match(page)
    return match[1] if match else ""
