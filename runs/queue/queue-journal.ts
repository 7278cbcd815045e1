import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Redis } from "ioredis";
import type { CallAddress } from "../../models/call.ts";
import type { Attempt, CallJournal } from "../../models/gate/journal.ts";
import { RawAnswer } from "../../models/wire/raw-answer.ts";
import { recordOf } from "../directory/call-journal.ts";
import { callJournalRecord, type CallJournalRecord } from "../journal/call-journal-record.ts";
import type { QueueEvent } from "./queued-run.ts";
import { workerKey, type RunKeys } from "./run-keys.ts";
import type { RunScript } from "./scripts.ts";
import type { SharedLimits } from "./shared-limits.ts";

/** The field of an answer in the hash of its row. */
export function answerField({
  agent,
  part,
  turn,
}: Pick<CallJournalRecord, "agent" | "part" | "turn">): string {
  return `answer:${JSON.stringify([agent, part, turn])}`;
}

/** A journal of calls in Redis, where every worker can read it. */
export type QueueJournal = CallJournal & {
  /** Takes a row up; false where it has ended. */
  readonly take: (row: number) => Promise<boolean>;
  /** Lets other workers ask what this one has not asked. */
  readonly leave: (row: number) => Promise<void>;
};

export type QueueJournalParts = {
  readonly redis: Redis;
  readonly script: RunScript;
  readonly keys: RunKeys;
  readonly limits: SharedLimits;
  /** Names this process. */
  readonly worker: string;
  /** How long another worker may be seen to give no sign of life before it is lost. */
  readonly silentMs: number;
};

/** How often a worker looks whether another one has its answer. */
const againMs = 50;
/** Looks for a sign of life that are further apart have seen nothing of the time between. */
const unwatchedMs = 1_000;

/**
 * Keeps the calls of a worker in Redis: an answer counts once Redis has it. A worker claims a call
 * before it asks, and awaits the answer of a living one that has claimed it: one that was slow to
 * give a sign of life is at its row still when another has taken that over. Requests wait here for
 * the limits that all workers share, just before their intent is written.
 */
export function createQueueJournal({
  redis,
  script,
  keys,
  limits,
  worker,
  silentMs,
}: QueueJournalParts): QueueJournal {
  const claims = new Map<number, string[]>();
  const silent = new Map<string, { readonly since: number; readonly lookedAt: number }>();

  async function report(record: CallJournalRecord): Promise<void> {
    const event: QueueEvent = { kind: "call", record };
    const { row } = record;
    const field = record.kind === "answer" ? answerField(record) : "";
    const answer = field === "" ? "" : JSON.stringify(record);
    await script(
      "fellowshipReport",
      [keys.row(row), keys.events, keys.ended],
      [randomUUID(), field, JSON.stringify(event), row, answer],
    );
  }

  /**
   * Whether another worker has given no sign of life for so long. While Redis is away none can give
   * one, and none is lost for it: only time in which this worker has looked counts.
   */
  async function isLost(other: string): Promise<boolean> {
    if ((await redis.exists(workerKey(other))) === 1) {
      silent.delete(other);
      return false;
    }
    const now = performance.now();
    const last = silent.get(other);
    const since = last !== undefined && now - last.lookedAt < unwatchedMs ? last.since : now;
    silent.set(other, { since, lookedAt: now });
    return now - since >= silentMs;
  }

  return {
    async take(row) {
      const sums = [keys.budget, keys.reserved(row)];
      const isOpen = await script("fellowshipTake", [keys.row(row), keys.ended, ...sums], [row]);
      claims.set(row, []);
      return isOpen === 1;
    },
    async leave(row) {
      const own = claims.get(row) ?? [];
      claims.delete(row);
      if (own.length > 0) await script("fellowshipLeave", [keys.row(row)], [worker, ...own]);
    },
    async find(address: CallAddress, requestHash: string) {
      const row = address.row.number;
      const field = answerField(address);
      const claim = `claim:${field}`;
      for (; ; await sleep(againMs)) {
        const found = await script("fellowshipFind", [keys.row(row)], [field, claim, worker]);
        const [answer, other] = found as readonly (string | null)[];
        if (typeof answer === "string") {
          const known = callJournalRecord.parse(JSON.parse(answer));
          return known.hash === requestHash ? RawAnswer.parse(known.answer) : undefined;
        }
        if (typeof other !== "string") {
          claims.get(row)?.push(claim);
          return undefined;
        }
        if (!(await isLost(other))) continue;
        // What a lost worker had on the wire is asked again.
        await script("fellowshipLeave", [keys.row(row)], [other, claim]);
      }
    },
    async intend(attempt: Attempt) {
      await limits.pass(attempt);
      await report(recordOf("intent", attempt));
    },
    async keep(attempt, answer, usd) {
      await report({ ...recordOf("answer", attempt), answer, usd });
      limits.ended(attempt);
    },
    async giveUp(attempt, outcome, cost) {
      await report({ ...recordOf("gave-up", attempt), outcome, cost });
      limits.ended(attempt);
    },
  };
}
