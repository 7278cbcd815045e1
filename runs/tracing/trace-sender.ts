import type { TraceParts } from "./trace-parts.ts";
import { usualLimits, type Delivery, type TraceServer } from "./trace-server.ts";

/** How many traces were sent and lost. */
export type TraceFigures = {
  readonly sent: number;
  readonly lost: number;
  /** The last thing that went wrong, in a few words; null where nothing did. */
  readonly trouble: string | null;
};

/** Sends traces beside the run, which never waits for it. */
export type TraceSender = {
  /** False where one more trace would be lost, so that it need not be written. */
  readonly hasRoom: () => boolean;
  /** Takes a trace, or counts it as lost where there is none or no room for it. */
  readonly add: (trace: TraceParts | null) => void;
  /** Sends what is left, and gives up what is not sent in time. */
  readonly flush: (withinMs: number) => Promise<TraceFigures>;
};

export type TraceSenderOptions = {
  readonly server: TraceServer;
  /** Told once, when traces can't be sent for the first time. */
  readonly onTrouble?: (trouble: string) => void;
  /** Bytes that may wait to be sent. Default 64 million. */
  readonly mostWaiting?: number;
  /** How long traces are gathered for one request, in milliseconds. Default 250. */
  readonly gatherMs?: number;
  /**
   * The first wait after a failure, in milliseconds; doubled each time, 30 seconds at most. Default
   * 1,000.
   */
  readonly retryMs?: number;
};

/** Requests side by side; one while the server fails or has not answered yet. */
const usualRequests = 6;
const longestRetryMs = 30_000;
/** A server that rejected this many traces in a row will accept none. */
const mostRejected = 20;

/** A trace that waits. */
type Waiting = TraceParts & { readonly size: number };

/** Opens a sender; nothing is sent before there is a trace. */
export function createTraceSender(options: TraceSenderOptions): TraceSender {
  const { server, onTrouble, mostWaiting = 64e6, gatherMs = 250, retryMs = 1_000 } = options;
  let queue: Waiting[] = [];
  let [waiting, requests, sent, lost] = [0, 0, 0, 0];
  let [failures, rejected, notBefore] = [0, 0, 0];
  let trouble: string | null = null;
  /** `ending`: what is left is sent, and nothing more taken · `over`: nothing is sent any more. */
  let phase: "open" | "ending" | "over" = "open";
  let timer: NodeJS.Timeout | undefined;
  let onIdle = () => {};

  function hasRoom(): boolean {
    return phase === "open" && waiting < mostWaiting;
  }

  function add(trace: TraceParts | null): void {
    if (trace === null || !hasRoom()) {
      lost += 1;
      return;
    }
    const size = trace.parts.reduce((sum, { json }) => sum + json.length, 0);
    queue.push({ ...trace, size });
    waiting += size;
    pump();
  }

  /** Sends full requests at once, and what else has gathered after a while. */
  function pump(gathered = phase === "ending"): void {
    const now = performance.now();
    const most = failures > 0 || server.limits === null ? 1 : usualRequests;
    while (requests < most && queue.length > 0 && now >= notBefore) {
      const { count, isFull } = firstRequest(queue, server.limits ?? usualLimits);
      if (!gathered && !isFull) break;
      void send(queue.slice(0, count));
      queue = queue.slice(count);
    }
    if (requests === 0 && queue.length === 0) onIdle();
    if (requests < most && queue.length > 0 && timer === undefined) {
      timer = setTimeout(pumpGathered, Math.max(gatherMs, notBefore - now));
      // No run stays for the sake of its traces, but as long as `flush` waits.
      timer.unref();
    }
  }

  function pumpGathered(): void {
    timer = undefined;
    pump(true);
  }

  async function send(batch: readonly Waiting[]): Promise<void> {
    requests += 1;
    await settle(batch, await server.deliver(batch.flatMap(({ parts }) => parts)));
    requests -= 1;
    pump();
  }

  async function settle(batch: readonly Waiting[], delivery: Delivery): Promise<void> {
    if (delivery.kind === "taken") {
      failures = 0;
      rejected = 0;
      sent += batch.length;
      release(batch);
      return;
    }
    // What was cut by giving up is no reason for it.
    if (!isOver() || trouble === null) tell(delivery.why);
    if (isOver()) lose(batch);
    else if (delivery.kind === "refused") giveUp(batch);
    else if (delivery.kind === "again") putBack(batch, delivery.waitMs);
    else await split(batch);
  }

  /** One trace that is too large, or that the server takes exception to, costs no other. */
  async function split(batch: readonly Waiting[]): Promise<void> {
    if (batch.length === 1) {
      rejected += 1;
      return rejected < mostRejected ? lose(batch) : giveUp(batch);
    }
    const middle = Math.ceil(batch.length / 2);
    for (const half of [batch.slice(0, middle), batch.slice(middle)]) {
      if (isOver()) lose(half);
      else await send(half);
    }
  }

  function isOver(): boolean {
    return phase === "over";
  }

  function putBack(batch: readonly Waiting[], askedMs: number | null): void {
    // At the end a server has one chance more, and is waited for no longer.
    if (phase === "ending" && failures > 0) return giveUp(batch);
    queue = [...batch, ...queue];
    failures += 1;
    const usualMs = Math.min(longestRetryMs, retryMs * 2 ** (failures - 1));
    notBefore = performance.now() + (phase === "ending" ? retryMs : (askedMs ?? usualMs));
  }

  function giveUp(batch: readonly Waiting[] = []): void {
    phase = "over";
    lose([...batch, ...queue]);
    queue = [];
    server.abort();
  }

  function lose(batch: readonly Waiting[]): void {
    lost += batch.length;
    release(batch);
  }

  function release(batch: readonly Waiting[]): void {
    for (const { size } of batch) waiting -= size;
  }

  function tell(why: string): void {
    if (trouble === null && phase === "open") onTrouble?.(why);
    trouble = why;
  }

  async function flush(withinMs: number): Promise<TraceFigures> {
    clearTimeout(timer);
    timer = undefined;
    notBefore = 0;
    failures = Math.min(failures, 1);
    if (phase === "open") phase = "ending";
    await new Promise<void>((resolve) => {
      const deadline = setTimeout(() => giveUp(), withinMs);
      onIdle = () => {
        clearTimeout(deadline);
        resolve();
      };
      pump();
    });
    clearTimeout(timer);
    return { sent, lost, trouble };
  }

  return { hasRoom, add, flush };
}

/** How many of the traces go into one request, one at least, and whether no more would. */
function firstRequest(
  queue: readonly Waiting[],
  { operations, bytes }: { readonly operations: number; readonly bytes: number },
): { count: number; isFull: boolean } {
  let [count, taken, size] = [0, 0, 0];
  for (const trace of queue) {
    taken += trace.operations;
    size += trace.size;
    if (count > 0 && (taken > operations || size > bytes)) return { count, isFull: true };
    count += 1;
  }
  return { count, isFull: taken >= operations || size >= bytes };
}
