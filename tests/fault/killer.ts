import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { commandArguments } from "../script-arguments.ts";
import type { FaultServer } from "./start-fault-server.ts";

/** A command, as `npm run NAME -- …` starts it. */
export type FaultCommand = {
  readonly script: string;
  readonly argv: readonly string[];
  /** Where it is started. */
  readonly directory: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules loaded before it, by path: what breaks its disk. */
  readonly preload?: readonly string[];
};

/** How one process of a run ended. Times are those of the system's clock, in milliseconds. */
export type SessionEnd = {
  /** Null where a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly startedAt: number;
  /**
   * How long after its start it has sent nothing for sure, in milliseconds: what arrives by then
   * was sent by the session before.
   */
  readonly silentMs: number;
  /** When SIGKILL was sent, or at the latest was; null where it ended by itself. */
  readonly killedAt: number | null;
  readonly endedAt: number;
};

/** A process of a run, while it lives. */
export type Session = {
  readonly process: ChildProcess;
  readonly pid: number;
  readonly printed: { stdout: string; stderr: string };
  readonly signal: (signal: NodeJS.Signals) => void;
  /** SIGKILL to it and all that it started. */
  readonly kill: () => void;
  /** Settles when it is gone and all it printed was read. */
  readonly ended: Promise<SessionEnd>;
};

/** A process takes longer to load. */
const silentMs = 100;

/** Groups of processes that are there; none of them outlives this process. */
const living = new Set<number>();
process.on("exit", () => {
  for (const pid of living) signalGroup(pid, "SIGKILL");
});

/** Starts a command in a process group of its own. */
export function startSession(command: FaultCommand): Session {
  const startedAt = now();
  const child = spawnCommand(command);
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.script} could not be started`);
  living.add(pid);
  const printed = { stdout: "", stderr: "" };
  for (const stream of ["stdout", "stderr"] as const) {
    child[stream].setEncoding("utf8").on("data", (text: string) => {
      printed[stream] += text;
    });
  }
  let killedAt: number | null = null;
  const ended = new Promise<SessionEnd>((resolve) => {
    child.on("close", (code, signal) => {
      living.delete(pid);
      const endedAt = now();
      // Another process may have sent it: the server, or the session itself.
      if (signal === "SIGKILL") killedAt ??= endedAt;
      resolve({ code, signal, ...printed, startedAt, silentMs, killedAt, endedAt });
    });
  });
  return {
    process: child,
    pid,
    printed,
    signal: (signal) => void child.kill(signal),
    kill() {
      if (!living.has(pid)) return;
      killedAt ??= now();
      signalGroup(pid, "SIGKILL");
    },
    ended,
  };
}

function spawnCommand({ script, argv, directory, environment, preload = [] }: FaultCommand) {
  return spawn(process.execPath, [...commandArguments(script, preload), ...argv], {
    cwd: directory,
    env: { ...process.env, ...quiet, ...environment },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
}

/** The system's clock, with fractions, as the fault server reads it. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

/** No trace goes anywhere, whatever the shell has set. */
const quiet = { LANGSMITH_TRACING: "false", LANGCHAIN_TRACING_V2: "false" };

type Run = (command: FaultCommand) => Promise<SessionEnd>;

const runInOwnProcess: Run = (command) => startSession(command).ended;
let runUndisturbed = runInOwnProcess;

/** Has commands that nothing disturbs run otherwise from now on; as at first where none is given. */
export function runUndisturbedWith(run: Run = runInOwnProcess): void {
  runUndisturbed = run;
}

/** Runs a command to its end. What breaks its disk is in a process of its own in any case. */
export function runToEnd(command: FaultCommand): Promise<SessionEnd> {
  const run = command.preload === undefined ? runUndisturbed : runInOwnProcess;
  return run(command);
}

/**
 * Runs a command, kills it, and gives it again until it ends by itself.
 *
 * @param killers One a session, in order: each is given the session and kills it at its time. A
 *   session that is done before ends the run; after the last one it runs to its end.
 */
export async function runThroughKills(
  command: FaultCommand,
  killers: readonly ((session: Session) => Promise<void> | void)[],
): Promise<SessionEnd[]> {
  const sessions: SessionEnd[] = [];
  for (const killer of killers) {
    const session = startSession(command);
    const killing = Promise.resolve(killer(session));
    const end = await session.ended;
    sessions.push(end);
    await killing;
    if (end.killedAt === null) return sessions;
    // What was done when the blow fell has nothing to go on with.
    if (end.signal === null) return sessions;
  }
  sessions.push(await runToEnd(command));
  return sessions;
}

/** A killer at a moment after the start of the session, in milliseconds. */
export function killAfter(delayMs: number): (session: Session) => Promise<void> {
  return async (session) => {
    const timer = setTimeout(session.kill, delayMs);
    await session.ended;
    clearTimeout(timer);
  };
}

/**
 * A killer at the n-th answer since the last reset of the server, or some time after it, in
 * milliseconds. It falls out where the session is done before.
 */
export function killAtAnswer(
  server: Pick<FaultServer, "untilAnswers">,
  answers: number,
  laterMs = 0,
): (session: Session) => Promise<void> {
  return async (session) => {
    const answered = server.untilAnswers(answers).then(
      () => true,
      () => false, // the server was closed first
    );
    if (!(await Promise.race([answered, session.ended.then(() => false)]))) return;
    if (laterMs > 0) await sleep(laterMs);
    session.kill();
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
