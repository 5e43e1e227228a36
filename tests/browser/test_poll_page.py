"""Pages of polls in a browser, as wide as a desk and as a phone: nothing runs off, nothing is fetched, every chart has words."""

from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from withless import api
from withless.report.poll_html import render, render_published

pytestmark = pytest.mark.browser


def test_pages_of_polls_fit_desk_and_phone_and_fetch_nothing(tmp_path: Path) -> None:
    api.example("poll", tmp_path)
    tables = api.poll(tmp_path / "residents.csv", tmp_path / "poll.yaml", ["age", "region"])
    pages = {"poll": render(tables), "published": render_published(api.published("ipsos-2011"))}
    problems: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for name, text in pages.items():
            path = tmp_path / f"{name}.html"
            path.write_text(text, encoding="utf-8")
            for width in (1280, 390):
                page = browser.new_page(viewport={"width": width, "height": 900})
                page.on("console", lambda m: problems.append(m.text))
                page.on("request", lambda r: None if r.url.startswith("file:") else problems.append(r.url))
                page.goto(path.as_uri())
                assert page.evaluate("document.documentElement.scrollWidth") <= width
                charts = page.locator("figure svg")
                assert charts.count() >= 1
                assert all(charts.nth(i).get_attribute("aria-label") for i in range(charts.count()))
                page.close()
        browser.close()
    assert problems == []
