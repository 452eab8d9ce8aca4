"""The HTML report in a real browser: no overflow, no request, sane for keyboards and screen readers, light, dark and printed."""

import base64
import json
import re
import subprocess
import urllib.request
from pathlib import Path

import pytest
import rig
import websocket

ROOT = Path(__file__).resolve().parents[2]


class Browser:
    """Headless Chromium by its DevTools protocol."""

    def __init__(self, folder):
        self.process = subprocess.Popen(
            ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=9222", "--remote-allow-origins=*", f"--user-data-dir={folder}", "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        rig.wait_until(self._pages, "Chromium answers", 60)
        target = next(page for page in self._pages() if page["type"] == "page")
        self.socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=60)
        self.number, self.events = 0, []

    @staticmethod
    def _pages():
        try:
            return json.loads(urllib.request.urlopen("http://127.0.0.1:9222/json", timeout=2).read())
        except OSError:
            return []

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv())
            if message.get("id") == self.number:
                assert "error" not in message, message
                return message["result"]
            self.events.append(message)

    def evaluate(self, script):
        result = self.call("Runtime.evaluate", expression=script, returnByValue=True)
        assert "exceptionDetails" not in result, result
        return result["result"].get("value")

    def open(self, path):
        for domain in ("Page", "Network", "Log", "Runtime", "Accessibility"):
            self.call(f"{domain}.enable")
        self.call("Page.navigate", url=f"file://{path}")
        rig.wait_until(lambda: self.evaluate("document.readyState") == "complete" and self.evaluate("document.querySelector('h1') !== null"), "the page is there", 30)

    def width(self, pixels):
        self.call("Emulation.setDeviceMetricsOverride", width=pixels, height=900, deviceScaleFactor=1, mobile=pixels < 600)

    def scheme(self, name, media=""):
        self.call("Emulation.setEmulatedMedia", media=media, features=[{"name": "prefers-color-scheme", "value": name}])

    def close(self):
        self.socket.close()
        self.process.terminate()
        self.process.wait()


EVIL = "x<script>alert(1)</script>"


@pytest.fixture(scope="module")
def report(machine, tmp_path_factory):
    """A report on made-up logins and a log with hostile names, before and after."""
    folder = tmp_path_factory.mktemp("page")
    log, hostile, page = folder / "auth.log", folder / "hostile.log", folder / "report.html"
    log.write_text(rig.run("stepupctl", "generate", "--people", "15", "--days", "40").stdout)
    hostile.write_text("".join(
        f"2026-02-{day:02}T08:00:00Z h{EVIL} sshd[1]: Accepted password for {EVIL} from 192.0.2.{day} port 1 ssh2\n2026-02-{day:02}T08:00:00Z h app: {EVIL} {'w' * 300}\n"
        for day in range(1, 20)))
    policies = ROOT / "Packaging/policy"
    rig.run("stepupctl", "backtest", "--policy", policies / "back-office.toml", "--versus", policies / "strict.toml", "--zone", "Europe/Zurich", "--html", page, log, hostile)
    return page


@pytest.fixture(scope="module")
def browser(report, tmp_path_factory):
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    browser.open(report)
    yield browser
    browser.close()


def test_nothing_is_asked_of_anybody_and_nothing_is_wrong(browser, report):
    requests = [event["params"]["request"]["url"] for event in browser.events if event["method"] == "Network.requestWillBeSent"]
    assert set(requests) <= {f"file://{report}"}, requests
    wrong = [event for event in browser.events if event["method"] in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled")]
    assert not wrong, wrong
    assert browser.evaluate("document.scripts.length") == 0 and browser.evaluate("document.images.length") == 0


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_it_fits_every_width(browser, width):
    browser.width(width)
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    # What is wider scrolls within its own box; text is not broken into letters.
    narrow = browser.evaluate("[...document.querySelectorAll('th[scope=row]')].filter(c => c.offsetWidth && c.offsetWidth < 60).length")
    assert narrow == 0
    browser.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")


def test_a_screen_reader_finds_its_way(browser):
    browser.width(1280)
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    roles = [node["role"]["value"] for node in nodes if not node["ignored"]]
    assert roles.count("main") == 1 and browser.evaluate("document.querySelectorAll('h1').length") == 1 and browser.evaluate("document.documentElement.lang") == "en"
    images = [node for node in nodes if not node["ignored"] and node["role"]["value"] in ("image", "img")]
    assert len(images) == browser.evaluate("document.querySelectorAll('figure').length") == 4
    assert all(len(image["name"]["value"]) > 20 for image in images)
    levels = browser.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map(h => +h.tagName[1])")
    assert levels[0] == 1 and all(after - before <= 1 for before, after in zip(levels, levels[1:]))
    assert browser.evaluate("[...document.querySelectorAll('table')].every(t => t.caption && t.querySelectorAll('th[scope]').length)")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser):
    wanted = browser.evaluate("document.querySelectorAll('summary').length + [...document.querySelectorAll('[tabindex=\"0\"]')].filter(b => b.checkVisibility()).length")
    reached = set()
    browser.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    for _ in range(wanted + 5):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        browser.call("Input.dispatchKeyEvent", type="keyUp", key="Tab", code="Tab", windowsVirtualKeyCode=9)
        where = browser.evaluate("(e => e === document.body ? '' : [...document.querySelectorAll('*')].indexOf(e) + ' ' + getComputedStyle(e).outlineStyle)(document.activeElement)")
        if where:
            assert where.endswith(" solid") or where.endswith(" auto"), where
            reached.add(where)
    assert len(reached) >= wanted, (len(reached), wanted)


CONTRAST = """
(() => {
  const light = c => { const v = c.match(/[\\d.]+/g).map(Number).slice(0, 3).map(x => { x /= 255; return x <= .04045 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4 });
    return .2126 * v[0] + .7152 * v[1] + .0722 * v[2] };
  const ground = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (!/, 0\\)$/.test(c)) return c } return getComputedStyle(document.body).backgroundColor };
  return [...document.querySelectorAll('h1,h2,p,li,th,td,caption,figcaption,summary,.axis span,.heat span,.rows b,.banner,.faint')].filter(e => e.checkVisibility({visibilityProperty: true})).map(e => {
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))]; return [(Math.max(a, b) + .05) / (Math.min(a, b) + .05), e.tagName + '.' + e.className] }).sort((a, b) => a[0] - b[0])[0]
})()"""


def test_it_reads_well_in_the_light_in_the_dark_and_on_paper(browser):
    grounds = {}
    for name, media in (("light", ""), ("dark", ""), ("dark", "print")):
        browser.scheme(name, media)
        contrast, where = browser.evaluate(CONTRAST)
        assert contrast >= 4.5, (name, media, contrast, where)
        grounds[name + media] = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    browser.scheme("")
    assert grounds["light"] == grounds["darkprint"] == "rgb(255, 255, 255)" and grounds["dark"] != grounds["light"], grounds
    pdf = base64.b64decode(browser.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
    assert pdf.startswith(b"%PDF") and 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 20


def test_hostile_names_stay_text(browser):
    text = browser.evaluate("document.body.innerText")
    assert "synthetic" in text and EVIL in browser.evaluate("document.body.textContent")
