"""A Sphinx extension: buttons that open a chapter on Binder and Colab, where the book knows the address of its repository."""

import re
from pathlib import Path
from typing import Any

import yaml

from learning_geometry import paths

COLAB = ".binder/colab.ipynb"
"""The notebook that Colab opens: it fetches the repository, and runs the chapter that is chosen in it."""

_PAGE = re.compile(r"studies/(\w+)\.ipynb$")


def setup(app: Any) -> dict[str, bool]:
    """Attach the extension to Sphinx."""
    app.connect("config-inited", _without_repository, priority=900)
    app.connect("html-page-context", _to_sources, priority=900)  # the theme has made its buttons by then
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def repository() -> str:
    """The address of the repository, of which `_config.yml` is the only place; empty as long as nobody has given it."""
    config = yaml.safe_load((paths.checkout() / "_config.yml").read_text(encoding="utf-8"))
    return str(config.get("repository", {}).get("url") or "").rstrip("/")


def to_source(address: str) -> str:
    """The address of a launch button, led from a page of the book to the file of the repository that makes it."""
    if "/github/" in address and "urlpath=" not in address:
        return _PAGE.sub(COLAB, address)
    return _PAGE.sub(r"notebooks/\1.py", address)


def _without_repository(app: Any, config: Any) -> None:
    if not config.html_theme_options.get("repository_url"):
        config.html_theme_options.pop("launch_buttons", None)


def _to_sources(app: Any, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    chapter = (paths.checkout() / "notebooks" / f"{Path(pagename).name}.py").is_file()
    for group in list(context.get("header_buttons", [])):
        if group.get("label") != "launch-buttons":
            continue
        if not chapter:
            context["header_buttons"].remove(group)
        for button in group["buttons"]:
            if "url" in button:
                button |= {"url": to_source(button["url"]), "icon": "fas fa-play"}
