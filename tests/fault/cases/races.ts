import { spawn, type ChildProcessByStdio } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { identifyThisProcess } from "../../../storage/process-identity.ts";
import { startLoopbackServer, type LoopbackServer } from "../../loopback/loopback-server.ts";
import { openAiSpeaker } from "../../loopback/speakers.ts";
import { scriptArguments } from "../../script-arguments.ts";
import type { FaultCase } from "../fault-case.ts";
import { describeEnd } from "../interruptible-run.ts";
import { startSession } from "../killer.ts";
import type { RaceEnd, RaceStart } from "../racer-process.ts";
import { filesIn } from "../run-evidence.ts";

const topology = join(import.meta.dirname, "..", "..", "..", "topologies", "single.yaml");
const rows = 2;
const patienceMs = 120_000;

/** Row 10 of the plan. */
export const races: FaultCase = {
  name: "races",
  fault:
    "20 processes begin a run in one directory at once; in every second race a killed " +
    "process has left its lock there",
  promise: "one runs, the others end with exit 5 and 0 requests",
  run: async ({ size, directory }) => {
    const [raceCount, commandRaces, racers] = size === "full" ? [90, 10, 20] : [2, 0, 3];
    const server = await startHeldServer();
    const runners = await Promise.all(
      Array.from({ length: racers }, () => startRacer(server.environment)),
    );
    const violations: string[] = [];
    let soleRunners = 0;
    try {
      for (let index = 0; index < raceCount + commandRaces; index += 1) {
        const isByCommand = index >= raceCount;
        const space = join(directory, `race-${index}`);
        mkdirSync(join(space, "out"), { recursive: true });
        if (index % 2 === 1) await leaveStaleLock(join(space, "out"));
        const problems = isByCommand
          ? await raceCommands(server, space, racers)
          : await raceWaiting(server, space, runners);
        if (problems.length === 0) soleRunners += 1;
        violations.push(...problems.map((what) => `race ${index + 1}: ${what}`));
      }
    } finally {
      for (const { process } of runners) process.stdin.end();
      await server.close();
    }
    const figures = {
      "races with one runner": soleRunners,
      processes: racers,
      "races of processes that had waited": raceCount,
      "races of commands started anew": commandRaces,
    };
    return { rounds: raceCount + commandRaces, violations, figures };
  },
};

/**
 * A server that answers only when it is released, so that the first process still runs when the
 * last one comes.
 */
type HeldServer = {
  readonly environment: Record<string, string>;
  readonly requests: LoopbackServer["requests"];
  readonly hold: () => void;
  readonly release: () => void;
  readonly close: () => Promise<void>;
};

async function startHeldServer(): Promise<HeldServer> {
  let release = () => undefined as void;
  let held = Promise.resolve();
  const server = await startLoopbackServer(async () => {
    await held;
    return openAiSpeaker.answer();
  });
  return {
    environment: openAiSpeaker.environment(server.url),
    requests: server.requests,
    hold() {
      held = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    close: () => server.close(),
  };
}

type Racer = {
  readonly process: ChildProcessByStdio<Writable, Readable, null>;
  readonly race: (start: RaceStart) => Promise<RaceEnd>;
};

async function startRacer(environment: Readonly<Record<string, string>>): Promise<Racer> {
  const script = join(import.meta.dirname, "..", "racer-process.ts");
  const racer = spawn(process.execPath, scriptArguments(script), {
    env: { ...process.env, ...environment, LANGSMITH_TRACING: "false" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: racer.stdout });
  await nextLine(lines);
  return {
    process: racer,
    race: async (start) => {
      racer.stdin.write(`${JSON.stringify(start)}\n`);
      return JSON.parse(await nextLine(lines)) as RaceEnd;
    },
  };
}

async function nextLine(lines: Interface): Promise<string> {
  const [line] = (await once(lines, "line")) as [string];
  return line;
}

/** A race of processes that have loaded everything. */
async function raceWaiting(
  server: HeldServer,
  space: string,
  runners: readonly Racer[],
): Promise<string[]> {
  const input = writeRows(space);
  const directory = join(space, "out");
  const before = server.requests.length;
  server.hold();
  const at = Date.now() + 100;
  const models = [openAiSpeaker.spec];
  const ends = runners.map(({ race }) => race({ topology, input, directory, models, at }));
  await untilAllButOne(ends);
  server.release();
  const ended = await Promise.all(ends);
  const codes = ended.map(({ exitCode, error }) => error ?? `exit ${exitCode}`);
  return judge(codes, "directory_in_use", server.requests.length - before, directory);
}

/** A race of whole commands, for their exit codes. */
async function raceCommands(server: HeldServer, space: string, count: number): Promise<string[]> {
  const input = writeRows(space);
  const directory = join(space, "out");
  const before = server.requests.length;
  server.hold();
  const argv = [topology, "--input", input, "--out", directory, "--model", openAiSpeaker.spec];
  const { environment } = server;
  const command = { script: "generate", argv: [...argv, "--quiet"], directory: space, environment };
  const ends = Array.from({ length: count }, () => startSession(command).ended);
  await untilAllButOne(ends);
  server.release();
  const ended = await Promise.all(ends);
  const codes = ended.map((end) =>
    end.code === 5 || end.code === 0 ? `exit ${end.code}` : describeEnd(end),
  );
  return judge(codes, "exit 5", server.requests.length - before, directory);
}

/** Waits until one only is still at it; not for ever, since two might be. */
async function untilAllButOne(ends: readonly Promise<unknown>[]): Promise<void> {
  let open = ends.length;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    for (const end of ends) {
      void end.then(() => {
        open -= 1;
        if (open > 1) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

function judge(
  codes: readonly string[],
  refused: string,
  requests: number,
  directory: string,
): string[] {
  const problems: string[] = [];
  const ran = codes.filter((code) => code === "exit 0").length;
  if (ran !== 1) problems.push(`${ran} ran to the end, expected one`);
  const others = codes.filter((code) => code !== "exit 0" && code !== refused);
  for (const other of others) problems.push(`expected ${refused}, got ${other}`);
  if (requests !== rows) problems.push(`${requests} requests were sent, the rows need ${rows}`);
  const left = filesIn(directory).filter((name) => name.startsWith("lock."));
  if (left.length > 0) problems.push(`${left.join(", ")} left behind`);
  return problems;
}

function writeRows(space: string): string {
  const input = join(space, "prompts.jsonl");
  const lines = Array.from({ length: rows }, (_, index) => `{"prompt":"Question ${index}?"}\n`);
  writeFileSync(input, lines.join(""));
  return input;
}

/** The lock of a process that was killed. */
async function leaveStaleLock(directory: string): Promise<void> {
  const gone = spawn(process.execPath, ["--version"], { stdio: "ignore" });
  const { pid } = gone;
  await once(gone, "exit");
  const owner = { ...(await identifyThisProcess()), pid, host: hostname(), startTime: "1" };
  writeFileSync(
    join(directory, "lock.1"),
    `${JSON.stringify({ ...owner, token: randomUUID() })}\n`,
  );
}
