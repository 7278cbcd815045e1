import { setTimeout as sleep } from "node:timers/promises";
import type { Environment } from "../../models/providers/create-endpoint.ts";
import type { Progress } from "../progress/progress.ts";
import { createGate } from "../../models/gate/gate.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { RowResult } from "../../state/row-result.ts";
import type { RunPlan } from "../directory/run-plan.ts";
import { settled } from "../engine/run-rows.ts";
import { createQueueBudget } from "../queue/queue-budget.ts";
import { createQueueJournal } from "../queue/queue-journal.ts";
import type { QueuedRow, QueuedRun, QueueEvent } from "../queue/queued-run.ts";
import { parting, reconnectRedis, shownQueue } from "../queue/redis-connection.ts";
import { removeRun } from "../queue/remove-run.ts";
import { runKeys } from "../queue/run-keys.ts";
import { withScripts } from "../queue/scripts.ts";
import { shareLimits } from "../queue/shared-limits.ts";
import { openRecordedJob, type RecordedJob } from "../replay/recorded-job.ts";
import { skipRunTrees, untraced } from "../tracing/skip-run-trees.ts";
import { sentError } from "../workers/messages.ts";
import { refuseChanged } from "./refuse-changed.ts";

export type ServeQueueOptions = {
  readonly url: string;
  /** Whether topologies with code of the user's own may be run. */
  readonly allowCode: boolean;
  readonly environment: Environment;
  readonly progress: Pick<Progress, "say">;
  /** Ends the work: calls under way are awaited, their rows go to other workers. */
  readonly signal: AbortSignal;
  /** How long a worker may be silent before its rows are taken over, in milliseconds. */
  readonly lockMs?: number | undefined;
};

/** A run whose rows this process takes. */
export type ServedRun = {
  /** For people: the run's directory, where it was started. */
  readonly place: string;
  /** Whether a call ended it. */
  readonly isOver: boolean;
  /** `gone`: rows under way come to their end; `interrupted`: calls under way do. */
  readonly close: (why: "gone" | "interrupted") => Promise<void>;
};

export type QueuedRunOptions = ServeQueueOptions & {
  readonly lockMs: number;
  readonly name: string;
  readonly definition: QueuedRun;
  /** Names this process. */
  readonly worker: string;
};

/**
 * Builds the graph of a run on the queue, and takes its rows.
 *
 * @throws FellowshipError as `openRecordedJob` does, such as for a key that is missing here
 */
export async function openQueuedRun(options: QueuedRunOptions): Promise<ServedRun> {
  const { url, name, definition, allowCode, environment, progress, lockMs, worker } = options;
  const { plan, place, concurrency, agents, limits, session } = definition;
  const redis = await reconnectRedis(url);
  const script = withScripts(redis);
  const keys = runKeys(name);
  const models = new Map<string, string>();
  const shared = shareLimits({ redis, script, keys }, limits, (agent) => models.get(agent) ?? "");
  const journal = createQueueJournal({
    redis,
    script,
    keys,
    limits: shared,
    worker,
    silentMs: lockMs,
  });
  const budget = createQueueBudget(script, keys, definition);
  const gate = createGate({
    journal: () => journal,
    budget: () => budget,
    onNotice: (message) => progress.say(message, "news"),
  });
  const job = await openRecordedJob(plan, {
    place,
    gate,
    allowCode,
    onCode: (notice) => progress.say(notice, "notice"),
    asking: { environment, longestAnswerOf: (_model, agent) => agents[agent]?.longest },
  })
    .then((opened) => {
      refuseChanged(plan, opened);
      refuseOtherServers(plan, opened);
      return opened;
    })
    .catch((error: unknown) => {
      redis.disconnect();
      throw error;
    });
  for (const { name: agent, model } of job.agents) models.set(agent, model);
  // A run with traces is in no queue.
  skipRunTrees();
  const hasCode = Object.keys(job.code).length > 0;
  const work = untraced(job.work, { hasCode });
  const active = new Set<number>();
  const refusals = new Set<string>();
  const taking = await takeRows();
  let isOver = false;

  async function takeRows() {
    const { Worker } = await import("bullmq");
    const blocking = await reconnectRedis(url);
    const rows = new Worker<QueuedRow>(keys.queue, ({ data }) => workOn(data), {
      connection: blocking,
      prefix: "fellowship",
      concurrency,
      lockDuration: lockMs,
      // Redis takes whole milliseconds only.
      stalledInterval: Math.max(250, Math.round(lockMs / 3)),
      maxStalledCount: 1_000_000,
    });
    rows.on("error", sayRefusal);
    return { rows, blocking };
  }

  /** What Redis refuses may keep rows from being taken over; a lost connection comes back. */
  function sayRefusal({ name, message }: Error): void {
    if (name !== "ReplyError" || /^(LOADING|NOSCRIPT)/.test(message) || refusals.has(message))
      return;
    refusals.add(message);
    progress.say(`The Redis at ${shownQueue(url)} refuses a command: ${message}`, "notice");
  }

  async function workOn({ address, row }: QueuedRow): Promise<void> {
    const { number } = address;
    // It was taken over from this very process, which was slow to give a sign of life.
    while (active.has(number)) await sleep(100);
    active.add(number);
    try {
      if (!(await journal.take(number))) return;
      const result = await settled(() => work(address, row), { hasCode });
      if (result === "pending") await leavePending();
      else await endRow(number, result);
    } catch (error) {
      if (error instanceof RowLeft) throw error;
      await report({ kind: "broken", row: number, error: sentError(error) });
    } finally {
      await journal.leave(number);
      active.delete(number);
    }
  }

  async function endRow(row: number, result: RowResult): Promise<void> {
    const event: QueueEvent = { kind: "row", row, result };
    await script("fellowshipEnd", [keys.events, keys.ended], [row, JSON.stringify(event)]);
  }

  function report(event: QueueEvent): Promise<unknown> {
    return redis.xadd(keys.events, "*", "event", JSON.stringify(event));
  }

  /** The row goes back to the queue. */
  async function leavePending(): Promise<never> {
    const { halted } = gate;
    if (!isOver && halted !== null && halted.outcome !== "interrupted") {
      isOver = true;
      await report({ kind: "halt", session, halt: halted });
    }
    // Others shall not get it back at once, nor this worker itself.
    await sleep(100);
    throw new RowLeft("the run was halted");
  }

  /** BullMQ writes down anew that a queue is there, where its run has just been removed. */
  async function removeLeftovers(): Promise<void> {
    if ((await redis.exists(keys.definition)) === 0) await removeRun(redis, name);
  }

  return {
    place,
    get isOver() {
      return isOver;
    },
    async close(why) {
      if (why === "interrupted") {
        gate.halt({ outcome: "interrupted", detail: "this worker was stopped" });
      }
      // Rows under way are awaited, and so is the Redis that takes their answers.
      const closed = taking.rows.close();
      await (active.size > 0 ? closed : parting(closed));
      await parting(removeLeftovers());
      taking.blocking.disconnect();
      redis.disconnect();
    },
  };
}

/**
 * The models of a run are asked at one address by all of its workers.
 *
 * @throws FellowshipError `bad_usage`
 */
function refuseOtherServers(
  { servers = {} }: Pick<RunPlan, "servers">,
  { agents }: Pick<RecordedJob, "agents">,
): void {
  const other = agents.find(({ model, server }) => server !== servers[model]);
  if (other === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `${other.model} is at ${servers[other.model] ?? "its usual address"} for the run, and ` +
      `at ${other.server ?? "its usual address"} for this worker. Set the same base URL here.`,
    { facts: { model: other.model } },
  );
}

/** A row that this worker does not bring to its end. */
class RowLeft extends Error {}
