import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createRandom } from "../../../statistics/estimates/seeded-random.ts";
import type { FaultCase } from "../fault-case.ts";
import {
  askedPrice,
  callsAtOnce,
  commandOver,
  describeEnd,
  prepareRun,
  runKinds,
  shortRows,
  type InterruptibleRun,
} from "../interruptible-run.ts";
import { runToEnd, startSession, type Session, type SessionEnd } from "../killer.ts";
import { withFaultServer, type FaultServer } from "../start-fault-server.ts";
import { verifyRun } from "../verify-run.ts";

const latencyMs = [2, 40] as const;
const rowsInFlight = 8;
/** Within which a run must be gone after the second Ctrl-C. */
/** Far below what the calls under way would take. */
const atOnceMs = 300_000;

/** Row 22 of the plan, and the stopped process of row 35. */
export const signals: FaultCase = {
  name: "signals",
  fault:
    "Ctrl-C once and twice, SIGTERM, SIGHUP, closed pipes for its output, a process stopped " +
    "and continued",
  promise:
    "what is under way comes home and nothing is bought again (130, 143); out within 1 s at " +
    "the second Ctrl-C",
  run: async ({ seed, size, directory }) =>
    withFaultServer({ seed, latencyMs }, async (server) => {
      const random = createRandom(`signals ${seed}`);
      const violations: string[] = [];
      const longest = { ms: 0 };
      let rounds = 0;
      const kinds = size === "full" ? runKinds : (["loop"] as const);
      const often =
        size === "full" ? { drain: 3, twice: 3, others: 2 } : { drain: 1, twice: 1, others: 0 };
      for (const kind of kinds) {
        const run = await prepareRun(server, directory, {
          kind,
          rows: size === "full" ? 20 : shortRows,
        });
        const tell = (name: string, problems: readonly string[]) => {
          rounds += 1;
          violations.push(...problems.map((what) => `${name} (${kind}): ${what}`));
        };
        const out = () => join(directory, `round-${kind}-${rounds}`);
        for (const [signal, code] of size === "full" ? drains : drains.slice(0, 1)) {
          for (let index = 0; index < often.drain; index += 1) {
            tell(signal, await drained(server, run, out(), { signal, code, at: random() }));
          }
        }
        for (let index = 0; index < often.twice; index += 1) {
          tell("Ctrl-C twice", await stoppedTwice(server, run, out(), longest));
        }
        for (let index = 0; index < often.others; index += 1) {
          tell("closed pipes", await withClosedPipes(server, run, out()));
          tell("stopped and continued", await stoppedAndContinued(server, run, out(), random()));
        }
      }
      return {
        rounds,
        violations,
        figures: { "longest end after a second Ctrl-C, ms": longest.ms },
      };
    }),
};

const drains = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 143],
] as const;

type Drain = {
  readonly signal: NodeJS.Signals;
  readonly code: number;
  /** Where in the run, from 0 to 1. */
  readonly at: number;
};

/**
 * One signal in the middle of a run: it ends with its code, and the next session asks only what was
 * never asked.
 */
async function drained(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  { signal, code, at }: Drain,
): Promise<string[]> {
  await server.reset();
  const command = commandOver(run, directory, server, ["--concurrency", String(rowsInFlight)]);
  const session = startSession(command);
  const needed = run.undisturbed.log.length;
  await untilAnswers(server, session, Math.ceil(at * 0.8 * needed));
  session.signal(signal);
  const heardAt = await hears(session);
  const first = await session.ended;
  const asked = await server.log();
  const problems: string[] = [];
  if (first.code !== code) problems.push(`expected exit ${code}, got ${describeEnd(first)}`);
  // What had left by then may have come to the server later.
  const late = asked.filter(({ time }) => time > heardAt).length;
  const onTheWay = rowsInFlight * callsAtOnce[run.kind];
  if (late > onTheWay) problems.push(`${late} requests were sent after it had heard the signal`);
  if (asked.some(({ lastByteFlushed }) => !lastByteFlushed)) problems.push("a call was cut");
  const sessions = [first, await runToEnd(command)];
  return [...problems, ...(await verified(server, run, directory, sessions, 0))];
}

/** When it has said that it drains, by the system's clock. */
async function hears(session: Session): Promise<number> {
  let isOver = false;
  void session.ended.then(() => {
    isOver = true;
  });
  while (!isOver && !session.printed.stderr.includes("waiting for the calls")) await sleep(5);
  return performance.timeOrigin + performance.now();
}

/** Two signals while calls are under way that take long. */
async function stoppedTwice(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  longest: { ms: number },
): Promise<string[]> {
  await server.reset({ latencyMs: [600_000, 600_000] });
  const command = commandOver(run, directory, server, ["--concurrency", String(rowsInFlight)]);
  const session = startSession(command);
  while ((await server.log()).length === 0) await sleep(20);
  session.signal("SIGINT");
  await hears(session);
  const began = performance.now();
  session.signal("SIGINT");
  const first = await session.ended;
  const tookMs = Math.round(performance.now() - began);
  longest.ms = Math.max(longest.ms, tookMs);
  const problems: string[] = [];
  if (first.code !== 130) problems.push(`expected exit 130, got ${describeEnd(first)}`);
  if (tookMs > atOnceMs) problems.push(`it took ${tookMs} ms`);
  await server.set({ latencyMs });
  const cut = (await server.log()).length;
  const sessions = [{ ...first, killedAt: first.endedAt }, await runToEnd(command)];
  return [...problems, ...(await verified(server, run, directory, sessions, cut))];
}

/** Its output is not read, from the start. */
async function withClosedPipes(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
): Promise<string[]> {
  await server.reset();
  const session = startSession(
    commandOver(run, directory, server, ["--json", "--concurrency", String(rowsInFlight)]),
  );
  session.process.stdout?.destroy();
  session.process.stderr?.destroy();
  return verified(server, run, directory, [await session.ended], 0);
}

/** A laptop that is closed for a while. */
async function stoppedAndContinued(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  at: number,
): Promise<string[]> {
  await server.reset();
  const session = startSession(
    commandOver(run, directory, server, ["--concurrency", String(rowsInFlight)]),
  );
  await untilAnswers(server, session, Math.ceil(at * 0.8 * run.undisturbed.log.length));
  session.signal("SIGSTOP");
  await sleep(3_000);
  session.signal("SIGCONT");
  return verified(server, run, directory, [await session.ended], 0);
}

async function untilAnswers(server: FaultServer, session: Session, count: number): Promise<void> {
  const answered = server.untilAnswers(Math.max(1, count)).catch(() => undefined);
  await Promise.race([answered, session.ended]);
}

/** @param mostRepeats Calls that may be asked twice. */
async function verified(
  server: FaultServer,
  run: InterruptibleRun,
  directory: string,
  sessions: readonly SessionEnd[],
  mostRepeats: number,
): Promise<string[]> {
  const { input, undisturbed } = run;
  const log = await server.log();
  const mostInFlight = rowsInFlight * callsAtOnce[run.kind];
  const found = verifyRun({
    input,
    directory,
    log,
    sessions,
    undisturbed,
    price: askedPrice,
    mostInFlight,
  });
  const again =
    found.repeats > mostRepeats
      ? [`${found.repeats} answers were bought again, expected at most ${mostRepeats}`]
      : [];
  return [...found.violations, ...again];
}
