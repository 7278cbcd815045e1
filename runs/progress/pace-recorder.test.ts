import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { paceFigure } from "../../report-page/figures/pace-figure.ts";
import { paceName, readPace } from "../../report-page/read/read-pace.ts";
import { openPaceRecorder } from "./pace-recorder.ts";

const directory = mkdtempSync(join(tmpdir(), "fellowship-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A session of 90 seconds: a row a second, every tenth fails, and a retry now and then. */
async function session(start: number): Promise<void> {
  let now = start;
  const pace = openPaceRecorder(directory, () => now);
  for (let row = 1; row <= 90; row += 1) {
    pace.sent({ outcome: "rate_limited", waitedSeconds: 0 });
    pace.sent({ outcome: "answered", waitedSeconds: 1.5 });
    if (row % 30 === 0) pace.sent({ outcome: "timed_out", waitedSeconds: 0 });
    pace.rowEnded(row % 10 === 0 ? "failed" : "done");
    pace.rowEnded("pending");
    now += 1000;
  }
  await pace.close();
}

it("notes the pace of every session, for one figure without the pauses", async () => {
  await session(Date.UTC(2026, 0, 1));
  await session(Date.UTC(2026, 0, 2));
  appendFileSync(join(directory, paceName), '{"session": "2026-0');
  const pace = await readPace(directory);
  expect(pace).toHaveLength(180);
  expect(pace[0]).toEqual({
    session: "2026-01-01T00:00:00.000Z",
    second: 0,
    rows: 1,
    failed: 0,
    requests: 2,
    rateLimited: 1,
    otherFailures: 0,
    waitedSeconds: 1.5,
  });
  const [figure] = paceFigure(pace);
  expect(figure?.explanation).toContain("in each 10 seconds");
  expect(figure?.explanation).toContain("2 sessions");
  expect(figure?.table.rows).toHaveLength(18);
  expect(figure?.table.rows[0]).toEqual(["0:00", "9", "1", "20", "10", "0", "15"]);
  expect(figure?.table.rows.at(-1)?.slice(0, 3)).toEqual(["2:50", "9", "1"]);
  const sum = (column: number) =>
    figure?.table.rows.reduce((all, row) => all + Number(row[column]), 0);
  expect([1, 2, 3, 4, 5, 6].map(sum)).toEqual([162, 18, 366, 180, 6, 270]);
});

it("has no figure of a run that was over at once, or before the pace was noted", async () => {
  expect(paceFigure([])).toEqual([]);
  expect(paceFigure((await readPace(directory)).slice(0, 1))).toEqual([]);
  expect(await readPace(join(directory, "nothing"))).toEqual([]);
});

it("lets a run go on where its file can't be written", async () => {
  const pace = openPaceRecorder(join(directory, "gone"));
  pace.rowEnded("done");
  await expect(pace.close()).resolves.toBeUndefined();
});
