import type { Socket } from "node:net";
import { bucket, fixedWindow, slidingWindow, type Provider } from "../../simulated-provider.ts";
import type { RequestEntry } from "./request-log.ts";
import type { ServedLimit, ServerSettings } from "./server-settings.ts";

/** A process to be killed once so many answers more have left. */
export type Kill = { readonly pid: number; readonly afterAnswers: number };

/** Everything that a fault server holds between two requests. */
export type ServerState = {
  settings: ServerSettings;
  readonly entries: RequestEntry[];
  /** Connections that were accepted and never read. */
  readonly unread: Set<Socket>;
  /** Connections that carried a request to a model, and are open. */
  readonly used: ReadonlySet<Socket>;
  use(socket: Socket): void;
  countAttempt(key: string): number;
  /** Null where the limit lets a request through, else how long until it would, in milliseconds. */
  limited(now: number): number | null;
  /** Notes that at this time all calls to a model were told to wait until that one. */
  hold(model: string, toldAt: number, until: number): void;
  /** Whether a request comes while its sender knows it should not. */
  isHeld(model: string, now: number): boolean;
  /** Notes that the last byte of an answer has left. */
  answerFlushed(): void;
  killAfter(kill: Kill): void;
  /** Resolves once so many answers have left since the last reset. */
  untilAnswers(count: number): Promise<void>;
  reset(settings: ServerSettings): void;
};

/**
 * What is on its way when a client is told to wait still comes, and a busy machine takes its time
 * to hear.
 */
const knownAfterMs = 1_000;
const timerSlackMs = 5;

type Hold = { readonly model: string; readonly from: number; readonly until: number };

export function createServerState(first: ServerSettings): ServerState {
  const attempts = new Map<string, number>();
  const used = new Set<Socket>();
  let holds: Hold[] = [];
  let waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  let kill: Kill | null = null;
  let answers = 0;
  let provider = providerOf(first.limit);

  const state: ServerState = {
    settings: first,
    entries: [],
    unread: new Set(),
    used,
    use(socket) {
      if (used.has(socket)) return;
      used.add(socket);
      socket.on("close", () => used.delete(socket));
    },
    countAttempt(key) {
      const attempt = (attempts.get(key) ?? 0) + 1;
      attempts.set(key, attempt);
      return attempt;
    },
    limited: (now) => provider(now, 0),
    hold(model, toldAt, until) {
      holds = holds.filter((hold) => hold.until > toldAt);
      holds.push({ model, from: toldAt + knownAfterMs, until: until - timerSlackMs });
    },
    isHeld: (model, now) =>
      holds.some((hold) => hold.model === model && now > hold.from && now < hold.until),
    answerFlushed() {
      answers += 1;
      if (kill !== null && answers >= kill.afterAnswers) killNow(kill.pid);
      for (const { count, resolve } of waiting) if (count <= answers) resolve();
      waiting = waiting.filter(({ count }) => count > answers);
    },
    killAfter({ pid, afterAnswers }) {
      kill = { pid, afterAnswers: answers + afterAnswers };
    },
    untilAnswers(count) {
      if (count <= answers) return Promise.resolve();
      return new Promise((resolve) => {
        waiting.push({ count, resolve });
      });
    },
    reset(settings) {
      state.settings = settings;
      state.entries.length = 0;
      attempts.clear();
      holds = [];
      answers = 0;
      kill = null;
      provider = providerOf(settings.limit);
      for (const socket of state.unread) socket.destroy();
      state.unread.clear();
    },
  };

  function killNow(pid: number): void {
    kill = null;
    try {
      process.kill(pid, "SIGKILL");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
    }
  }

  return state;
}

function providerOf(limit: ServedLimit | null): Provider {
  if (limit === null) return () => null;
  const { kind, perSecond } = limit;
  if (kind === "bucket") return bucket(perSecond, perSecond);
  return kind === "sliding" ? slidingWindow(perSecond, 1_000) : fixedWindow(perSecond, 1_000);
}
