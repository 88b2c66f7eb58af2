"""The scoreboard in a real browser, from the disk: filters, search, sorting, links both ways, and plain rows without a script."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Reader
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

PAGE = "generated/scoreboard.html"

Claim = dict[str, Any]


@pytest.fixture(scope="module")
def claims(html: Path) -> list[Claim]:
    """The claims of the ledger that the page hands out, each with the name of its study."""
    ledger = json.loads((html / "_static" / "ledger.json").read_text(encoding="utf-8"))
    return [{**claim, "study": study} for study, entry in ledger["studies"].items() for claim in entry["claims"]]


@pytest.fixture
def disk(driver: webdriver.Chrome, html: Path) -> Iterator[Reader]:
    """The book as a folder on a disk."""
    reader = Reader(driver, html, f"{html.resolve().as_uri()}/")
    for forget_what_earlier_pages_did in (reader.errors, reader.foreign_requests):
        forget_what_earlier_pages_did()
    yield reader
    assert reader.errors() == []
    assert reader.foreign_requests() == []
    driver.get("about:blank")


def shown(reader: Reader) -> list[str]:
    """The ids of the rows that the filters leave, all of them unfolded."""
    more = reader.driver.find_element(By.ID, "claims-more")
    if more.is_displayed():
        reader.driver.execute_script("arguments[0].click()", more)
    return list(
        reader.driver.execute_script("return [...document.querySelectorAll('.claims tbody tr')].map(r => r.id)")
    )


def ids(claims: list[Claim], wanted: Callable[[Claim], bool]) -> list[str]:
    return [f"{claim['study'].replace('_', '-')}-{claim['id']}" for claim in claims if wanted(claim)]


def choose(reader: Reader, name: str, value: str) -> None:
    Select(reader.driver.find_element(By.NAME, name)).select_by_value(value)


def test_filters_search_and_clear(disk: Reader, claims: list[Claim]) -> None:
    disk.open(PAGE)
    assert shown(disk) == ids(claims, lambda claim: True)
    choose(disk, "kind", "control")
    assert shown(disk) == ids(claims, lambda claim: claim["kind"] == "control")
    choose(disk, "chapter", claims[0]["study"])
    both = ids(claims, lambda claim: claim["kind"] == "control" and claim["study"] == claims[0]["study"])
    assert shown(disk) == both != []
    assert f"{len(both)} of {len(claims)}" in disk.driver.find_element(By.CSS_SELECTOR, "#claims output").text
    assert "kind=control" in disk.driver.current_url, "the view can be sent to somebody else"
    disk.driver.find_element(By.CSS_SELECTOR, "#claims [type=reset]").send_keys(Keys.ENTER)
    disk.driver.find_element(By.CSS_SELECTOR, "#claims [name=q]").send_keys("RankMe 0.")
    found = shown(disk)
    assert 0 < len(found) < len(claims)
    for row in found:
        assert (
            "rankme"
            in disk.driver.execute_script("return document.getElementById(arguments[0]).textContent", row).lower()
        )


@pytest.mark.parametrize(("box", "field"), [("headline", "headline"), ("hindsight", "hindsight")])
def test_a_view_is_opened_by_its_address_and_a_box_by_the_keyboard(
    disk: Reader, claims: list[Claim], box: str, field: str
) -> None:
    disk.open(f"{PAGE}?kind=paper&outcome=nonsense")
    disk.driver.find_element(By.NAME, box).send_keys(Keys.SPACE)
    assert shown(disk) == ids(claims, lambda claim: claim["kind"] == "paper" and bool(claim[field])) != []


def test_rows_are_sorted(disk: Reader, claims: list[Claim]) -> None:
    disk.open(PAGE)
    choose(disk, "sort", "close")
    script = (
        "return [...document.querySelectorAll('.claims tbody tr')].map(r => parseFloat(r.dataset.close ?? Infinity))"
    )
    assert len(shown(disk)) == len(claims)
    close = [float("inf") if x is None else x for x in disk.driver.execute_script(script)]
    assert close == sorted(close)
    assert len(set(close)) > 2
    choose(disk, "sort", "order")
    assert shown(disk) == ids(claims, lambda claim: True)


def test_a_claim_and_its_row_lead_to_each_other(disk: Reader, claims: list[Claim]) -> None:
    last = ids(claims, lambda claim: True)[-1]
    disk.open(f"{PAGE}?kind=nonsense&q=nosuchword#{last}")
    row = disk.driver.find_element(By.ID, last)  # neither filtered out nor folded away
    assert row.is_displayed()
    disk.driver.execute_script("arguments[0].click()", row.find_element(By.CSS_SELECTOR, "a.claim-statement"))
    assert disk.driver.current_url.endswith(f"#claim-{claims[-1]['id']}")
    target = disk.driver.find_element(By.ID, f"claim-{claims[-1]['id']}")
    back = target.find_element(By.XPATH, "ancestor-or-self::details").find_element(By.LINK_TEXT, "on the scoreboard")
    assert back.is_displayed(), "the claim is unfolded"
    disk.driver.execute_script("arguments[0].click()", back)
    assert PAGE in disk.driver.current_url


def test_without_a_script_there_is_a_plain_table(disk: Reader, claims: list[Claim]) -> None:
    disk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        disk.driver.get(disk.base + PAGE)
        rows = disk.driver.find_elements(By.CSS_SELECTOR, ".claims tbody tr")
        assert len(rows) == len(claims)
        assert rows[-1].is_displayed()
        assert not disk.driver.find_element(By.CSS_SELECTOR, "#claims form").is_displayed()
    finally:
        disk.driver.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


def test_verdicts_are_in_view_on_a_phone(disk: Reader) -> None:
    disk.open(PAGE, width=390)
    script = (
        "return [...document.querySelectorAll('.claims .verdict, .headlines .verdict')].map(v => v.getBoundingClientRect())"
        ".filter(r => r.width == 0 || r.left < 0 || r.right > 390).length"
    )
    assert disk.driver.execute_script(script) == 0
    assert disk.overflow() <= 0
