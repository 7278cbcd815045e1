import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship worker --queue URL [options]";
export const help = `${usage}

Takes rows of every run on a Redis, and makes their calls, until Ctrl-C. A run gets there by
--queue URL of its command; as many workers as you like may take its rows, on any machine. Each has
the run's --concurrency of rows in flight. Budget and limits hold for all workers of a run together.
The rows of a worker that is killed go on in another, and no answer it got is bought again.

A worker needs the keys of the models, the prompts and the version of Fellowship that the run has.

Start Redis so that no answer is lost with it: redis-server --appendonly yes --appendfsync always

Examples:
  fellowship worker --queue redis://127.0.0.1:6379
  fellowship generate feedback-loop --input prompts.jsonl --out out/a --queue redis://127.0.0.1:6379

Options:
  --queue URL          the Redis: redis://HOST[:PORT][/DATABASE], or rediss:// with TLS
  --allow-code         take runs with nodes of your own, whose code then runs here with all your
                       rights
  --of-run             talk to the run that started this process (--workers does that)
  --quiet              no progress
  --help               this text

Environment: FELLOWSHIP_QUEUE_LOCK_MS, after how many milliseconds without a sign of life a worker's
rows are taken over (15000).

Exit codes: 2 bad usage, or no Redis there · 129, 130, 143 ended by a signal.
`;

const options = {
  queue: { type: "string" },
  "allow-code": { type: "boolean" },
  "of-run": { type: "boolean" },
  quiet: { type: "boolean" },
} as const;

export async function run(argv: readonly string[]): Promise<number> {
  const { values } = parseOptions(argv, usage, options);
  if (values["of-run"] === true) return workForParent();
  if (values.queue === undefined) {
    throw new FellowshipError("bad_usage", `--queue URL is missing.\n${usage}`);
  }
  const { serveQueue } = await import("../../runs/worker-process/serve-queue.ts");
  const { createProgress } = await import("../../runs/progress/progress.ts");
  const { listenForStop } = await import("../../runs/engine/stop-signals.ts");
  const lockMs = Math.round(Number(process.env["FELLOWSHIP_QUEUE_LOCK_MS"]));
  const stopping = new AbortController();
  const progress = createProgress(process.stderr, values.quiet === true ? "quiet" : "lines");
  const signals = listenForStop({
    drain: (signal) => {
      progress.say(
        `${signal}: waiting for the calls under way; others take the rows over`,
        "notice",
      );
      stopping.abort();
    },
    // What was on its way is asked again by the worker that takes the row over.
    stopNow: () => process.exit(130),
  });
  try {
    await serveQueue({
      url: values.queue,
      allowCode: values["allow-code"] === true,
      environment: process.env,
      progress,
      signal: stopping.signal,
      ...(lockMs > 0 ? { lockMs } : {}),
    });
  } finally {
    signals.release();
  }
  return signals.exitCode ?? 0;
}

async function workForParent(): Promise<number> {
  if (process.send === undefined) {
    throw new FellowshipError("bad_usage", `--of-run is for runs with --workers.\n${usage}`);
  }
  const { serveRows } = await import("../../runs/worker-process/serve-rows.ts");
  await serveRows();
  // Rows that are under way have no run left to report to.
  setImmediate(() => process.exit());
  return 0;
}
