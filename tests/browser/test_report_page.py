"""The report in a browser, as wide as a desk and as a phone: nothing runs off the page, nothing is fetched."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from withless.report.html import render

pytestmark = pytest.mark.browser
WIDTHS = (1280, 390)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium without a window."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, northshire_content: dict[str, Any]) -> Path:
    """The built-in plan's report on disk."""
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(render(northshire_content), encoding="utf-8")
    return path


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Page]:
    """The report opened from disk at one width."""
    opened = browser.new_page(viewport={"width": request.param, "height": 900})
    opened.problems = []  # type: ignore[attr-defined]
    opened.on("console", lambda m: opened.problems.append(m.text))  # type: ignore[attr-defined]
    opened.on("request", lambda r: opened.problems.append(r.url) if not r.url.startswith("file:") else None)  # type: ignore[attr-defined]
    opened.goto(report.as_uri())
    yield opened
    opened.close()


def test_nothing_is_fetched_and_nothing_complains(page: Page) -> None:
    assert page.problems == []  # type: ignore[attr-defined]


def test_the_page_is_no_wider_than_the_screen(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]


def test_text_in_charts_stays_inside_and_readable(page: Page) -> None:
    worst = page.evaluate("""() => {
        const faults = [];
        for (const text of document.querySelectorAll('figure svg text')) {
            const t = text.getBoundingClientRect(), s = text.ownerSVGElement.getBoundingClientRect();
            if (t.left < s.left - 1 || t.right > s.right + 1 || t.bottom > s.bottom + 1) faults.push(text.textContent);
            const size = 14 * s.width / text.ownerSVGElement.viewBox.baseVal.width;
            if (size < 10) faults.push(size + ' ' + text.textContent);
        }
        return faults;
    }""")
    assert worst == []


def test_words_at_the_ends_of_a_bar_do_not_run_into_each_other(page: Page) -> None:
    touching = page.evaluate("""() => {
        const faults = [];
        for (const svg of document.querySelectorAll('figure svg')) {
            const boxes = [...svg.querySelectorAll('text')].map(t => [t.getBoundingClientRect(), t.textContent]);
            for (let i = 0; i < boxes.length; i++) for (let j = i + 1; j < boxes.length; j++) {
                const [a, s] = boxes[i], [b, t] = boxes[j];
                const across = a.left < b.right && b.left < a.right;
                if (across && a.top < b.bottom - 2 && b.top < a.bottom - 2) faults.push(s + ' | ' + t);
            }
        }
        return faults;
    }""")
    assert touching == []


def test_every_picture_has_words_for_those_who_cannot_see_it(page: Page) -> None:
    labels = page.eval_on_selector_all("figure svg", "all => all.map(s => s.getAttribute('aria-label') || '')")
    assert labels
    assert all(len(label) > 20 for label in labels)


def test_headings_and_tables_are_marked_as_such(page: Page) -> None:
    assert page.locator("h1").count() == 1
    levels = page.eval_on_selector_all("h1, h2, h3", "all => all.map(h => +h.tagName[1])")
    assert all(b - a <= 1 for a, b in pairwise(levels))
    assert page.locator("table").count() == page.locator("table:has(th[scope])").count()


def test_details_open_by_keyboard(page: Page) -> None:
    summary = page.locator("details summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
