"""Times the questions that the dashboard is for, on the sample: `python -m tests.browser.questions`."""

import re
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from tests.browser.conftest import SIZES, settle
from tests.browser.pictures import CHROMIUM
from tests.web.served import serving

PHONE = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"
)
Step = Callable[[Page], Locator]


def link(name: str) -> Step:
    """The link of that name on the page, or among the pages at the top or at the bottom."""
    return lambda page: page.get_by_role("link", name=re.compile(name)).locator("visible=true").first


def button(name: str) -> Step:
    return lambda page: page.get_by_role("button", name=name)


@dataclass(frozen=True)
class Question:
    """A question, the clicks on the overview and after it, and words of the answer (a regular expression)."""

    asked: str
    clicks: tuple[Step, ...]
    answer: str


QUESTIONS = (
    Question(
        "Which positions are open next month?",
        (link("^Events short$"), lambda page: page.get_by_label("Open positions by month").get_by_role("link").last),
        r"[A-Z][a-z]+ 20\d\d: \d+ positions are open",
    ),
    Question("Which officers are in two places?", (link("^Conflicts$"),), r"B\. Demo"),
    Question("Who owes people?", (link("^Staffing$"),), r"owes \d+ officers at \d+ events"),
    Question("This quarter against last?", (link("^Guests$"),), r"Q\d 20\d\d \(\w+–\w+\) so far"),
    Question("Which rows are wrong, and whose?", (link("cells to fix"),), "Community services sergeant"),
    Question("What changed since yesterday?", (), r"Since yesterday: "),
    Question(
        "Where must A. Sample be? Put it on their phone",
        (link("^My shifts$"), link(r"^A\. Sample$"), button("Add my shifts to my phone")),
        "This link is shown only now",
    ),
)


def seconds(page: Page, question: Question) -> float:
    """From the first click on the overview until the answer is in sight, or in the page if that takes scrolling."""
    start = time.perf_counter()
    for step in question.clicks:
        step(page).click()
    expect(page.get_by_text(re.compile(question.answer)).locator("visible=true").first).to_be_visible()
    return time.perf_counter() - start


def play(browser: Browser, url: str, size: str, question: Question) -> float:
    width, height = SIZES[size]
    agent = PHONE if size == "phone" else None
    context = browser.new_context(viewport={"width": width, "height": height}, user_agent=agent)
    page = context.new_page()
    page.goto(url)
    settle(page)
    taken = seconds(page, question)
    context.close()
    return taken


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--disable-gpu", "--disable-dev-shm-usage"]
        )
        print(f"{'':48}  clicks" + "".join(f"  {size + ', s':>8}" for size in SIZES))
        for question in QUESTIONS:
            taken = "".join(f"  {play(browser, server.url, size, question):8.1f}" for size in SIZES)
            print(f"{question.asked:48}  {len(question.clicks):6}{taken}", flush=True)
        browser.close()


if __name__ == "__main__":
    main()
