import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { geminiSpeaker, openAiSpeaker } from "../loopback/speakers.ts";
import { scriptArguments } from "../script-arguments.ts";
import type { ServerReport } from "./server/administration.ts";
import type { FaultServerUrls } from "./server/create-fault-server.ts";
import type { RequestEntry } from "./server/request-log.ts";
import { defaultSettings, type ServerSettings } from "./server/server-settings.ts";

/** A fault server in a process of its own. */
export type FaultServer = {
  /** `http://127.0.0.1:PORT`, no slash at the end. */
  readonly url: string;
  /** Connections to this one are accepted and never read. */
  readonly unreadUrl: string;
  readonly pid: number;
  /** What its answers depend on, beside the questions. */
  readonly seed: number;
  /**
   * The environment in which our commands find all its models: `compatible:…`, `openai:…`,
   * `together:…` and `google:…`.
   */
  readonly environment: Readonly<Record<string, string>>;
  /** Every request to a model since the last reset, in the order of arrival. */
  readonly log: () => Promise<readonly RequestEntry[]>;
  /**
   * As `log`, once every exchange is over: a server hears of a closed connection a moment after the
   * client closed it.
   */
  readonly settledLog: () => Promise<readonly RequestEntry[]>;
  readonly report: () => Promise<ServerReport>;
  /** Forgets all requests; settings not given stay. */
  readonly reset: (settings?: Partial<ServerSettings>) => Promise<void>;
  /** Changes settings, and forgets nothing. */
  readonly set: (settings: Partial<ServerSettings>) => Promise<void>;
  /**
   * Has the server kill a process the moment the last byte of the n-th answer from now has left.
   */
  readonly killAfter: (pid: number, answers: number) => Promise<void>;
  /** Resolves once so many answers have left since the last reset. */
  readonly untilAnswers: (count: number) => Promise<void>;
  /** Ends the process. */
  readonly close: () => Promise<void>;
};

const entry = join(import.meta.dirname, "fault-server-process.ts");

/**
 * Starts a fault server. Its starter closes it; it ends by itself where its starter is killed.
 */
export async function startFaultServer(
  settings: Partial<ServerSettings> = {},
): Promise<FaultServer> {
  const argv = [...scriptArguments(entry), JSON.stringify(settings)];
  const child = spawn(process.execPath, argv, { stdio: ["pipe", "pipe", "inherit"] });
  const { url, unreadUrl } = await urlsOf(child);
  const admin = async (path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(`${url}/admin/${path}`, {
      method: body === undefined ? "GET" : "POST",
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return response.json();
  };
  const tell = async (path: string, body?: unknown) => void (await admin(path, body));
  const report = async () => (await admin("log")) as ServerReport;
  return {
    url,
    unreadUrl,
    pid: child.pid ?? 0,
    seed: settings.seed ?? defaultSettings.seed,
    environment: environmentOf(url),
    report,
    log: async () => (await report()).entries,
    settledLog: () => settled(async () => (await report()).entries),
    reset: (changes = {}) => tell("reset", changes),
    set: (changes) => tell("settings", changes),
    killAfter: (pid, afterAnswers) => tell("kill", { pid, afterAnswers }),
    untilAnswers: (count) => tell(`answers?count=${count}`),
    close: async () => {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** Runs something with a server of its own, and closes it whatever happens. */
export async function withFaultServer<Value>(
  settings: Partial<ServerSettings>,
  run: (server: FaultServer) => Promise<Value>,
): Promise<Value> {
  const server = await startFaultServer(settings);
  try {
    return await run(server);
  } finally {
    await server.close();
  }
}

async function settled(
  read: () => Promise<readonly RequestEntry[]>,
): Promise<readonly RequestEntry[]> {
  for (const until = performance.now() + 30_000; ;) {
    const log = await read();
    const isOver = log.every(({ endedAfterMs }) => endedAfterMs !== null);
    if (isOver || performance.now() > until) return log;
    await sleep(5);
  }
}

async function urlsOf(child: ChildProcess): Promise<FaultServerUrls> {
  if (child.stdout === null) throw new Error("expected a pipe");
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }).once(
      "line",
      resolve,
    );
    child.once("exit", (code) => reject(new Error(`the fault server ended with ${code}`)));
  });
  return JSON.parse(await line) as FaultServerUrls;
}

function environmentOf(url: string): Record<string, string> {
  return {
    ...openAiSpeaker.environment(url),
    ...geminiSpeaker.environment(url),
    OPENAI_BASE_URL: `${url}/v1`,
    OPENAI_API_KEY: "test-key-0123456789",
    TOGETHER_BASE_URL: `${url}/v1`,
    TOGETHER_API_KEY: "test-key-0123456789",
    LANGSMITH_TRACING: "false",
    LANGCHAIN_TRACING_V2: "false",
  };
}
