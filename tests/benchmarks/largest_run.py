"""How long the page takes for the largest run of probes, and the longest task that keeps it from reacting meanwhile.

    docker compose run --rm --no-deps --entrypoint python browser -m tests.benchmarks.largest_run

The page gets the events from a function instead of the records: what is measured is reading and drawing them.
"""

import json
import sys

from playwright.sync_api import sync_playwright

from tests.browser.chromium import page_of, started
from tests.browser.recorded import Recorded, probe

PROBES = 240_000  # what slow-clients and victim leave behind at most
RUN = Recorded("victim", {"workload": "block", "ms": 300}, [probe("sync", 0, 2, "during")])

# Most are quick, one of a hundred is slow, and one of a thousand is lost.
SERVE = """([run, row, count]) => {
  const usual = window.fetch;
  function* pieces() {
    for (let at = 0; at < count; at += 250) {
      const rows = Array.from({length: 250}, (_, place) => {
        const due = row.due + (at + place) / 1000;
        const lost = (at + place) % 1000 === 0;
        const took = (at + place) % 100 === 0 ? 0.8 : 0.002 + (at + place) % 7 / 1000;
        const answer = lost ? {received: null, status: null} : {received: due + took};
        return `id: ${at + place}\\nevent: sample\\ndata: ${JSON.stringify({...row, due, ...answer})}\\n\\n`;
      });
      yield new TextEncoder().encode(rows.join(''));
    }
    yield new TextEncoder().encode('id: 999999\\nevent: state\\ndata: {"state": "done"}\\n\\n');
  }
  const made = [...pieces()];
  window.fetch = (path, options) => {
    if (path.endsWith(`/runs/${run.id}`)) return Promise.resolve(new Response(JSON.stringify(run)));
    if (!path.endsWith(`/runs/${run.id}/events`)) return usual(path, options);
    if (options.headers['Last-Event-ID']) return Promise.resolve(new Response(null, {status: 204}));
    const next = made.values();
    const pull = (stream) => {
      const {value, done} = next.next();
      if (done) stream.close(); else stream.enqueue(value);
    };
    return Promise.resolve(new Response(new ReadableStream({pull})));
  };
}"""
MEASURE = """async id => {
  const longest = [];
  new PerformanceObserver(list => longest.push(...list.getEntries().map(({duration}) => Math.round(duration))))
    .observe({entryTypes: ['longtask']});
  const begin = performance.now();
  location.hash = `#/runs/${id}`;
  const done = () => document.querySelector('.state')?.textContent === 'done';
  const drawn = () => done() && document.querySelector('.chart canvas');
  while (!drawn() && performance.now() - begin < 90_000) await new Promise(done => setTimeout(done, 20));
  await new Promise(done => requestAnimationFrame(() => setTimeout(done, 100)));
  const ms = Math.round(performance.now() - begin);
  return {drawn: Boolean(drawn()), ms, longest_task_ms: Math.max(0, ...longest), long_tasks: longest.length};
}"""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else PROBES
    with sync_playwright() as playwright:
        browser = started(playwright)
        with page_of(browser) as page:
            page.goto("/#/")
            page.locator(".card").first.wait_for()
            page.evaluate(SERVE, [RUN.run, RUN.rows[0], count])
            json.dump({"probes": count} | page.evaluate(MEASURE, RUN.id), sys.stdout)
            print()
        browser.close()


if __name__ == "__main__":
    main()
