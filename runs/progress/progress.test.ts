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

/** The lines of each state that is written over, without what moves the cursor. */
const states = (written: readonly string[]) =>
  written
    .join("")
    .split("\r\u001B[J")
    .slice(1)
    .map((state) => state.replace(/\n?(?:\u001B\[\d+A)?$/, "").split("\n"));

const outlook: ProgressOutlook = { rows: 1_200, inFlight: 32, usd: 3.2, secondsLeft: 840 };

const followed: ProgressOutlook = {
  ...outlook,
  calls: 2_400.4,
  soFar: {
    failures: { timed_out: 1 },
    wins: { incumbent: 30, challenger: 81 },
    ties: 1,
    unreadable: 4,
    rateLimited: 7,
    slowest: { model: "openai:gpt-4o", seconds: 2.34 },
  },
};

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
    expect(written).toEqual(["rows 2 done, 1 failed · 1 call answered · 0.1 calls/s · 10 s\n"]);
    progress.end();
    progress.end();
    expect(written).toHaveLength(2);
    vi.useRealTimers();
  });

  it("rewrites its lines on a terminal, and makes room for messages", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: terminal } = stream(true);
    const progress = createProgress(terminal, "bar");
    vi.advanceTimersByTime(250);
    progress.rows(counts(1));
    progress.say("a notice");
    progress.end();
    expect(written.join("")).toMatch(
      /^\r\u001B\[Jrows 1 done.*\n0 calls.*\u001B\[1A\r\u001B\[Ja notice\n\r\u001B\[Jrows 1 done.*\n0 calls.*\n$/,
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

  it("shows calls against the forecast, results, failures by reason, 429s and the slowest model", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const [file, terminal, json] = [stream(false), stream(true, 80), stream(false)];
    const shown = [
      createProgress(file.stream, "lines"),
      createProgress(terminal.stream, "bar"),
      createProgress(json.stream, "json"),
    ];
    for (const progress of shown) {
      progress.follow(() => followed);
      progress.call({ usd: 0.41, unknownUsd: 0, unpriced: 0 }, { in: 1_200, out: 340 });
    }
    vi.advanceTimersByTime(10_000);
    for (const progress of shown) progress.rows(counts(120, 3));
    const results =
      "failed: 1 timed_out, 2 before this session · wins: challenger 81, incumbent 30 · 1 tie · 4 unreadable";
    expect(file.written).toEqual([
      `rows 120 of 1,200 done, 3 failed · 32 in flight · 1 of about 2,400 calls answered · 1.54k tokens · $0.4100 · about $3.20 in all · 0.1 calls/s · ${results} · 7 times 429 · slowest: openai:gpt-4o, 2.3 s a call · 10 s · about 14 min left\n`,
    ]);
    expect(states(terminal.written)).toEqual([
      [
        "rows 120 of 1,200 done, 3 failed · 32 in flight · 10 s · about 14 min left",
        "1 of about 2,400 calls answered · $0.4100 · about $3.20 in all · 0.1 calls/s",
        "failed: 1 timed_out, 2 before this session",
        "wins: challenger 81, incumbent 30 · 1 tie · 4 unreadable",
        "7 times 429 · slowest: openai:gpt-4o, 2.3 s a call",
      ],
    ]);
    expect(JSON.parse(json.written[0] ?? "")).toMatchObject({
      progress: {
        failures: { timed_out: 1 },
        calls: 1,
        forecastCalls: 2_400,
        wins: { challenger: 81, incumbent: 30 },
        ties: 1,
        unreadable: 4,
        rateLimited: 7,
        slowestModel: { model: "openai:gpt-4o", seconds: 2.34 },
      },
    });
    for (const progress of shown) progress.end();
    expect(file.written.at(-1)).toContain(
      `1 call answered · 1.54k tokens · $0.4100 · 0.1 calls/s · ${results} · `,
    );
    vi.useRealTimers();
  });

  it("fits each line to the terminal, however narrow, and leaves out what matters least", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    for (let columns = 1; columns <= 200; columns += 1) {
      const { written, stream: terminal } = stream(true, columns);
      const progress = createProgress(terminal, "bar");
      progress.follow(() => outlook);
      progress.call({ usd: 1.5, unknownUsd: 0.25, unpriced: 0 }, { in: 1_200, out: 340 });
      vi.advanceTimersByTime(250);
      progress.rows(counts(120, 2));
      const [lines = []] = states(written);
      for (const line of lines) expect(line.length).toBeLessThan(columns);
      if (columns === 40) {
        expect(lines).toEqual(["rows 120 of 1,200 done, 2 failed", "$1.50 and up to $0.2500 more"]);
      }
      if (columns === 80) {
        expect(lines).toEqual([
          "rows 120 of 1,200 done, 2 failed · 32 in flight · 0 s · about 14 min left",
          "1 call answered · $1.50 and up to $0.2500 more · about $3.20 in all",
        ]);
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
    const lengths = states(written).map(([line = ""]) => line.length);
    expect(lengths[0]).toBeGreaterThan(60);
    expect(lengths[1]).toBeLessThan(50);
    // The two lines of 72 and 29 characters take three lines of 50.
    expect(written[1]).toMatch(/^\u001B\[2A\r\u001B\[J/);
    progress.end();
    vi.useRealTimers();
  });

  it("keeps to one line where the terminal is low", () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { written, stream: terminal } = stream(true, 80);
    terminal.rows = 5;
    const progress = createProgress(terminal, "bar");
    progress.follow(() => followed);
    vi.advanceTimersByTime(250);
    progress.rows(counts(1));
    expect(states(written).map((lines) => lines.length)).toEqual([1]);
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

  it("says once which code runs, and again where its hash is another", () => {
    const { written, stream: file } = stream(false);
    const progress = createProgress(file, "quiet");
    const notices = ["Code: own.ts (SHA-256 1)", "Code: own.ts (SHA-256 2)"];
    for (const notice of [notices[0], notices[0], notices[1], notices[0]]) {
      progress.say(notice ?? "", "code");
    }
    expect(written).toEqual(notices.map((notice) => `${notice}\n`));
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
