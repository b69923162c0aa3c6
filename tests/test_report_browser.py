"""The report in a real browser: every picture is there, every link leads somewhere, nothing is wrong."""

import shutil

import pytest

from tests.command_line import LINEAR, call, write_recipe

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="needs chromium and chromedriver (Debian: chromium, chromium-driver)"
)
WIDTHS = (1280, 390)  # px: a laptop, a telephone
ANALYSES = """
[analyses.subunits]
use = "subunits"
"""
FIGURE2 = """\
use = "simulated_retina"
layout = "fig2"
frames = 600
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """The address of a report with figures, of a simulated recording whose cells are named."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("report")
        patch.chdir(folder)
        more = f"[variants.cnn]\n{LINEAR.replace('window_px = 3', 'window_px = 8')}{ANALYSES}"
        assert call("run", write_recipe(FIGURE2, more)).code == 0
        return (folder / "runs" / "tiny" / "summary" / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def opened(browser, page, request):
    browser.set_window_size(request.param, 900)
    browser.get(page)
    return browser


at_both_widths = pytest.mark.parametrize("opened", WIDTHS, indirect=True)


@at_both_widths
def test_every_picture_is_there_and_says_what_it_shows(opened):
    pictures = opened.execute_script(
        "return [...document.images].map(i => [i.complete && i.naturalWidth > 0, i.alt])"
    )
    assert len(pictures) >= 2
    assert all(shown and alt for shown, alt in pictures)


@at_both_widths
def test_the_browser_has_nothing_to_complain_of(opened):
    assert opened.get_log("browser") == []


@at_both_widths
def test_every_link_within_the_page_leads_to_a_heading(opened):
    links = opened.execute_script("return [...document.links].map(a => a.getAttribute('href'))")
    assert len(links) >= 4
    for link in dict.fromkeys(links):
        assert link.startswith("#"), link  # the page is complete in itself
        opened.execute_script("document.querySelector(`a[href='${arguments[0]}']`).click()", link)
        assert opened.execute_script("return location.hash") == link
        target = opened.execute_script("return document.getElementById(arguments[0])?.tagName", link[1:])
        assert target in ("H2", "H3", "H4"), link


@at_both_widths
def test_the_page_is_no_wider_than_the_window(opened):
    width, window = opened.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width <= window


@at_both_widths
def test_the_first_screen_says_simulated_and_what_came_out(opened):
    top, bottom = opened.execute_script(
        "const box = document.querySelector('.simulated').getBoundingClientRect();"
        "return [box.top, box.bottom]"
    )
    assert 0 <= top < bottom < 200
    assert "predicts best" in opened.find_element("css selector", ".verdicts").text


def test_the_page_has_no_script(browser, page):
    browser.get(page)
    assert browser.execute_script("return document.scripts.length") == 0
