"""The rendered book in a real browser, without a network: it opens, reads well and can be searched."""

import re
from pathlib import Path

import pytest
from browser import CONTRASTS, Reader, served
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

PICTURES = """
return [...document.querySelectorAll("article img")].map(img => [img.alt, img.classList.contains("on-dark") ? "dark" :
  img.classList.contains("on-light") ? "light" : "", getComputedStyle(img).display !== "none",
  getComputedStyle(img).backgroundColor]);
"""


def test_every_page_opens_in_silence_and_without_a_network(reader: Reader) -> None:
    for page in reader.pages:
        reader.open(page)
        assert reader.errors() == [], page
        assert reader.foreign_requests() == [], page


def test_a_first_visit_takes_the_reader_s_own_theme_in_silence(reader: Reader) -> None:
    reader.open("intro.html")
    reader.driver.execute_script("localStorage.clear()")
    reader.errors()
    reader.driver.get(reader.base + "intro.html")
    assert reader.driver.execute_script("return document.documentElement.dataset.theme") in {"light", "dark"}
    assert reader.errors() == []


def test_mathematics_is_typeset(reader: Reader) -> None:
    count = "return document.querySelectorAll(arguments[0]).length"
    pages_with_mathematics = 0
    for page in reader.pages:
        reader.open(page)
        formulas = reader.driver.execute_script(count, "span.math, div.math")
        assert reader.driver.execute_script(count, "mjx-container") >= formulas, f"{page}: some of {formulas} are left"
        assert reader.driver.execute_script(count, "mjx-merror, [data-mjx-error]") == 0, (
            f"{page}: a formula is in error"
        )
        pages_with_mathematics += formulas > 0
    assert pages_with_mathematics >= 2


def test_no_page_is_wider_than_a_phone(reader: Reader) -> None:
    for page in reader.pages:
        reader.open(page, width=390)
        assert reader.overflow() <= 0, page


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(reader: Reader, theme: str) -> None:
    style = "return [...document.querySelectorAll('article img')].map(i => [i.alt, getComputedStyle(i)[arguments[0]]])"
    verdicts = 0
    for page in reader.pages:
        reader.open(page, theme=theme)
        shown = reader.driver.execute_script("return document.documentElement.dataset.theme")
        if shown is None:  # the page that only leads on to the landing page
            continue
        assert shown == theme, page
        for text, contrast in reader.driver.execute_script(
            CONTRASTS, "article p, article td, article dd, .verdict, .behind *"
        ):
            assert contrast >= 4.5, f"{page}: {text!r} has a contrast of {contrast:.1f} in the {theme} theme"
        verdicts += reader.driver.execute_script("return document.querySelectorAll('.verdict').length")
        # a picture keeps its colours in both themes: colour maps are data
        for alt, effect in reader.driver.execute_script(style, "filter"):
            assert effect == "none", f"{page}: {alt} is recoloured by {effect}"
        # of a figure drawn for both themes one picture is shown; any other stands on white in the dark
        for alt, kind, shown, ground in reader.driver.execute_script(PICTURES):
            if kind:
                assert shown == (kind == theme), f"{page}: {alt}"
            elif theme == "dark":
                assert ground == "rgb(255, 255, 255)", f"{page}: {alt} stands on {ground}"
    assert verdicts >= 5


def test_the_search_box_finds_a_word(reader: Reader) -> None:
    reader.open("intro.html")
    wait = WebDriverWait(reader.driver, 30)
    reader.driver.find_element(By.CSS_SELECTOR, ".search-button-field, .search-button").click()
    box = wait.until(lambda driver: next((b for b in driver.find_elements(By.NAME, "q") if b.is_displayed()), None))
    box.send_keys("participation ratio", Keys.ENTER)
    wait.until(lambda driver: "search.html" in driver.current_url)
    found = wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li a"))
    assert any("glossary" in link.get_attribute("href") for link in found)
    assert reader.errors() == []


def test_the_search_knows_the_words_that_readers_type(reader: Reader) -> None:
    for words in ("warmup", "TriviaQA", "primacy", "win rate", "fMRI", "spurious rewards", "edge of chaos"):
        reader.open(f"search.html?q={words.replace(' ', '+')}")
        wait = WebDriverWait(reader.driver, 30)
        found = wait.until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "ul.search li a"), f"{words}: nothing")
        wait.until(
            lambda driver: "glossary" in driver.find_element(By.CSS_SELECTOR, "ul.search").get_attribute("innerHTML"),
            words,
        )
        assert found
    reader.open("search.html?q=xylophone")
    summary = WebDriverWait(reader.driver, 30).until(
        lambda driver: next((p for p in driver.find_elements(By.CSS_SELECTOR, ".search-summary") if p.text), None)
    )
    assert "did not match" in summary.text


def test_a_link_to_a_term_says_what_it_means(reader: Reader) -> None:
    page = (reader.root / "glossary.html").read_text(encoding="utf-8")
    titles = re.findall(r'<a class="reference internal" href="#term-[^"]*" title="([^"]+)"', page)
    assert len(titles) > 20
    assert not [title for title in titles if "\\" in title or "{" in title], "a title holds LaTeX"


def test_controls_a_bad_page_is_noticed(driver: webdriver.Chrome, tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(
        '<html lang="en" data-theme="light"><meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,"><article><p style="color: #999">pale</p><p>plain</p>'
        '<img src="http://example.org/x.png" alt="nothing"><div style="width: 600px">wide</div></article>'
        "<script>undefinedName()</script></html>",
        encoding="utf-8",
    )
    with served(tmp_path, driver) as reader:
        reader.open("bad.html", width=390)
        assert any("undefinedName" in message for message in reader.errors())
        assert reader.foreign_requests() == ["http://example.org/x.png"]
        assert reader.overflow() > 0
        assert [contrast < 4.5 for _, contrast in driver.execute_script(CONTRASTS, "p")] == [True, False]
