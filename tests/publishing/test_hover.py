"""Links to the glossary say what a term means when one points at them."""

from types import SimpleNamespace

from docutils import nodes

from learning_geometry.publishing import hover


def test_a_definition_is_its_first_sentence_and_a_long_one_is_cut_between_words():
    assert (
        hover.first_sentence("Large where a few\ndirections carry all. Small elsewhere.")
        == "Large where a few directions carry all."
    )
    assert hover.first_sentence("By Li et al. it is called so. More.") == "By Li et al. it is called so."
    assert hover.first_sentence("word " * 90).endswith("word …")


def test_formulas_are_written_in_signs():
    assert hover.plain_mathematics(r"\lambda_i \propto i^{-\alpha}") == "λ_i ∝ i^-α"


def test_a_link_to_a_term_gets_its_meaning_and_other_links_stay_as_they_are():
    glossary = nodes.document(None, None)
    meaning = nodes.paragraph(
        "", "", nodes.Text("A cosine of "), nodes.math("", r"\alpha"), nodes.Text(". More of it.")
    )
    glossary += nodes.definition_list(
        "", nodes.definition_list_item("", nodes.term(ids=["term-CKA"]), nodes.definition("", meaning))
    )
    domain = SimpleNamespace(objects={("term", "CKA"): ("glossary", "term-CKA"), ("label", "x"): ("other", "x")})
    env = SimpleNamespace(get_domain=lambda name: domain, get_doctree=lambda page: glossary)
    term, cited, other = (
        nodes.reference(internal=True, refuri="../glossary.html#term-CKA"),
        nodes.reference(internal=True, refuri="../references.html#id1", reftitle="A paper"),
        nodes.reference(internal=True, refuri="../intro.html"),
    )
    page = nodes.document(None, None)
    page += nodes.paragraph("", "", term, cited, other)
    hover._add_titles(SimpleNamespace(env=env), page, "studies/x")
    assert term["reftitle"] == "A cosine of α."
    assert cited["reftitle"] == "A paper"
    assert "reftitle" not in other
