import textwrap

import pytest

from learning_geometry import sources

FILES = {
    "__init__.py": "",
    "tools/__init__.py": "from .spectra import slope\n",
    "tools/spectra.py": '"""Spectra."""\nimport numpy\n\nA = 1  # one\n\n\ndef slope():\n    """Slope."""\n    return A\n',
    "tools/maps.py": "from __future__ import annotations\n",
    "rooms/__init__.py": "import json\n",
    "rooms/alpha.py": "",
}
FORMS = {
    "absolute": "import toybox.tools.spectra",
    "absolute from": "from toybox.tools.spectra import slope",
    "submodule": "from toybox.tools import spectra",
    "relative": "from ..tools.spectra import slope",
    "relative submodule": "from ..tools import spectra as s",
    "inside a function": "def f():\n    from toybox.tools import spectra\n    return spectra",
    "through a package": "from toybox.tools import slope",
}


@pytest.fixture
def toybox(tmp_path, monkeypatch):
    package = tmp_path / "toybox"
    for name, text in FILES.items():
        file = package / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    monkeypatch.setattr(sources, "PACKAGE", package)
    monkeypatch.setattr(sources, "_ROOT", tmp_path)
    return package


def names(toybox, root):
    return {file.relative_to(toybox).as_posix() for file in sources.imported_files(root)}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_import_is_followed(toybox, form):
    root = toybox / "rooms" / "alpha.py"
    root.write_text(FORMS[form])
    assert "tools/spectra.py" in names(toybox, root)
    assert "tools/maps.py" not in names(toybox, root)  # control: a neighbour that nobody imports
    assert sources.imported_libraries(root).keys() == {"numpy"}


def test_a_package_counts_only_where_something_is_imported_from_it(toybox):
    root = toybox / "rooms" / "alpha.py"
    root.write_text("import toybox.tools.maps")
    assert names(toybox, root) == {"rooms/alpha.py", "tools/maps.py"}
    root.write_text("from toybox.tools import slope")
    assert "tools/__init__.py" in names(toybox, root)


def test_circular_imports_end(toybox):
    root = toybox / "rooms" / "alpha.py"
    root.write_text("from toybox.rooms import beta")
    (toybox / "rooms" / "beta.py").write_text("from toybox.rooms import alpha")
    assert names(toybox, root) == {"rooms/alpha.py", "rooms/beta.py"}


EDITS = {
    "comment": ("# one", "# eins", False),
    "layout": ("A = 1", "A   =   1\n\n", False),
    "docstring": ('"""Slope."""', '"""The slope."""', False),
    "value": ("A = 1", "A = 2", True),
    "code": ("return A", "return -A", True),
    "library": ("import numpy", "import scipy", True),
}


@pytest.mark.parametrize("edit", EDITS)
def test_the_fingerprint_sees_code_and_nothing_else(toybox, edit):
    root, spectra = toybox / "rooms" / "alpha.py", toybox / "tools" / "spectra.py"
    root.write_text("from ..tools import spectra")
    before = sources.fingerprint(root)
    old, new, matters = EDITS[edit]
    text = spectra.read_text()
    assert old in text
    spectra.write_text(text.replace(old, new))
    assert (sources.fingerprint(root) != before) is matters


def test_a_new_version_of_a_library_in_use_is_seen(toybox, monkeypatch):
    root = toybox / "tools" / "spectra.py"
    before = sources.fingerprint(root)
    monkeypatch.setattr(sources, "_version", lambda name: "0.0.1+cpu")
    assert sources.imported_libraries(root) == {"numpy": "0.0.1"}  # the local version says where, not what
    assert sources.fingerprint(root) != before


def test_a_missing_module_is_named(toybox):
    with pytest.raises(ModuleNotFoundError, match=r"toybox\.nothing"):
        sources.module_file("toybox.nothing")


def test_notebooks_are_read_as_roots(toybox, tmp_path):
    notebook = tmp_path / "01_alpha.py"
    notebook.write_text(textwrap.dedent("# %% [markdown]\n# # Title\n\n# %%\nfrom toybox.tools.spectra import slope\n"))
    assert toybox / "tools/spectra.py" in sources.imported_files(notebook)
