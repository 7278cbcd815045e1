import { describe, expect, it, vi } from "vitest";
import { createProgress, printable, type ProgressOutlook } from "./progress.ts";

/** A stream that keeps what it is told, as a terminal or as a file. */
function stream(isTTY: boolean, columns?: number) {
  const written: string[] = [];
  const write = (text: string) => {
    written.push(text);
    return true;
  };
  return { written, stream: { isTTY, columns, write } as unknown as NodeJS.WriteStream };
}

/** The states of a line that is written over. */
const states = (written: readonly string[]) => written.join("").split("\r\u001B[K").slice(1);

const outlook: ProgressOutlook = { rows: 1_200, inFlight: 32, usd: 3.2, secondsLeft: 840 };

const counts = (done: number, failed = 0) => ({ rows: 9, done, failed, pending: 0 });

describe("createProgress", () => {
  it("shows what was spent so far, and what that may come to more, of this run alone", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    const show = (usd: number, unknownUsd: number) => {
      progress.call({ usd, unknownUsd, unpriced: 0 });
      progress.rows(counts(1));
      progress.end();
    };
    show(1.5, 0);
    show(1.5, 0.25);
    progress.call();
    progress.rows(counts(2));
    progress.end();
    expect(written.map((line) => / answered (.*?)· [\d.]+ calls/.exec(line)?.[1])).toEqual([
      "· $1.50 ",
      "· $1.50 and up to $0.2500 more ",
      "",
    ]);
  });

  it("writes a JSON object a line where that is asked for, notices too", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "json");
    progress.call({ usd: 0.5, unknownUsd: 0, unpriced: 0 }, { in: 10, out: 5 });
    progress.say('a "notice"\n\u001B[31m');
    progress.rows(counts(2, 1));
    progress.end();
    expect(written.every((line) => /^[^\n]*\n$/.test(line))).toBe(true);
    const [said, last] = written.map((line): unknown => JSON.parse(line));
    expect(said).toEqual({ notice: 'a "notice"\n\uFFFD[31m' });
    expect(last).toMatchObject({
      progress: { rows: null, done: 2, failed: 1, calls: 1, tokens: 15, usd: 0.5 },
    });
  });

  it("counts no call that was not answered", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    progress.call(undefined, null, false);
    progress.rows(counts(0, 1));
    progress.end();
    expect(written[0]).toContain("1 failed · 0 calls answered");
  });

  it("writes a plain line at the end, and now and then before", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    progress.call();
    progress.rows(counts(1));
    expect(written).toEqual([]);
    vi.advanceTimersByTime(10_000);
    progress.rows(counts(2, 1));
    expect(written).toEqual(["rows 2 done, 1 failed · 1 calls answered · 0.1 calls/s · 10 s\n"]);
    progress.end();
    progress.end();
    expect(written).toHaveLength(2);
    vi.useRealTimers();
  });

  it("rewrites one line on a terminal, and makes room for what is said", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: terminal } = stream(true);
    const progress = createProgress(terminal, "bar");
    vi.advanceTimersByTime(250);
    progress.rows(counts(1));
    progress.say("a notice");
    progress.end();
    expect(written.join("")).toMatch(
      /^\r\u001B\[Krows 1 done.*\r\u001B\[Ka notice\n\r\u001B\[Krows 1 done.*\n$/,
    );
    vi.useRealTimers();
  });

  it("tells what is done, what it took, and what is before it", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    progress.follow(() => outlook);
    progress.call({ usd: 0.41, unknownUsd: 0, unpriced: 0 }, { in: 1_200, out: 340 });
    progress.call({ usd: 0.82, unknownUsd: 0, unpriced: 0 }, null);
    vi.advanceTimersByTime(10_000);
    progress.rows(counts(120, 2));
    expect(written).toEqual([
      "rows 120 of 1,200 done, 2 failed · 32 in flight · 2 calls answered · 1.54k tokens · $0.8200 · about $3.20 in all · 0.2 calls/s · 10 s · about 14 min left\n",
    ]);
    progress.end();
    expect(written[1]).toBe(
      "rows 120 done, 2 failed · 2 calls answered · 1.54k tokens · $0.8200 · 0.2 calls/s · 10 s\n",
    );
    vi.useRealTimers();
  });

  it("fits the line to the terminal, however narrow, and leaves out what matters least", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    for (let columns = 1; columns <= 200; columns += 1) {
      const { written, stream: terminal } = stream(true, columns);
      const progress = createProgress(terminal, "bar");
      progress.follow(() => outlook);
      progress.call({ usd: 1.5, unknownUsd: 0.25, unpriced: 0 }, { in: 1_200, out: 340 });
      vi.advanceTimersByTime(250);
      progress.rows(counts(120, 2));
      const [line = ""] = states(written);
      expect(line.length).toBeLessThan(columns);
      if (columns === 60) expect(line).toBe("rows 120 of 1,200 done, 2 failed");
      if (columns === 100) {
        expect(line).toBe(
          "rows 120 of 1,200 done, 2 failed · $1.50 and up to $0.2500 more · about 14 min left",
        );
      }
      progress.end();
    }
    vi.useRealTimers();
  });

  it("follows a terminal that is made narrower", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: terminal } = stream(true, 200);
    const progress = createProgress(terminal, "bar");
    progress.follow(() => outlook);
    for (const columns of [200, 50]) {
      terminal.columns = columns;
      vi.advanceTimersByTime(250);
      progress.rows(counts(1));
    }
    const lengths = states(written).map((line) => line.length);
    expect(lengths[0]).toBeGreaterThan(60);
    expect(lengths[1]).toBeLessThan(50);
    progress.end();
    vi.useRealTimers();
  });

  it("goes on while all calls wait, and no longer than the run", () => {
    vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    progress.follow(() => ({ rows: null, inFlight: 4, usd: null, secondsLeft: null }));
    vi.advanceTimersByTime(30_000);
    expect(written).toEqual([
      "rows 0 done, 0 failed · 4 in flight · 0 calls answered · 0.0 calls/s · 10 s\n",
      "rows 0 done, 0 failed · 4 in flight · 0 calls answered · 0.0 calls/s · 20 s\n",
      "rows 0 done, 0 failed · 4 in flight · 0 calls answered · 0.0 calls/s · 30 s\n",
    ]);
    progress.end();
    vi.advanceTimersByTime(60_000);
    expect(written).toHaveLength(3);
    vi.useRealTimers();
  });

  it("keeps quiet but for notices", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "quiet");
    progress.rows(counts(1));
    progress.say("judge:", "news");
    progress.say("Ctrl-C: waiting");
    progress.end();
    expect(written).toEqual(["Ctrl-C: waiting\n"]);
  });

  it("counts anew for the next of several runs", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "lines");
    for (const calls of [3, 2]) {
      for (let call = 0; call < calls; call += 1) progress.call();
      progress.rows(counts(1));
      progress.end();
    }
    expect(written.map((line) => /(\d+) calls answered ·/.exec(line)?.[1])).toEqual(["3", "2"]);
  });
});

describe("printable", () => {
  it("lets no control character of others reach the terminal", () => {
    expect(printable("a\u001B[31mb\u0007\u009B\u202Ec\r\n\td")).toBe(
      "a\uFFFD[31mb\uFFFD\uFFFD\uFFFDc\uFFFD\n\td",
    );
  });
});
