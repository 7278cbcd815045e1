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

/** A call that a worker is about to ask. */
type Claim = {
  /** Of the hash in which the answer will be. */
  readonly key: string;
  /** The field of the claim. */
  readonly claim: string;
};

const sharedClaim = "claim";
/** How long identical calls share an answer: Redis holds those of a large run in memory. */
const sharedSeconds = 3_600;

/** How often a worker looks whether another one has its answer. */
const againMs = 50;
/** Looks for a sign of life that are further apart have seen nothing of the time between. */
const unwatchedMs = 1_000;

/**
 * Keeps the calls of a worker in Redis: an answer counts once Redis has it. A worker claims a call
 * before it asks, and awaits the answer of a living one that has claimed it: one that was slow to
 * give a sign of life is at its row still when another has taken that over. So it is with identical
 * calls at temperature 0, of any row. Requests wait here for the limits that all workers share,
 * just before their intent is written.
 */
export function createQueueJournal({
  redis,
  script,
  keys,
  limits,
  worker,
  silentMs,
}: QueueJournalParts): QueueJournal {
  /** By row, until another worker may ask what this one has not asked. */
  const claims = new Map<number, Claim[]>();
  const silent = new Map<string, { readonly since: number; readonly lookedAt: number }>();

  async function report(record: CallJournalRecord): Promise<void> {
    const event: QueueEvent = { kind: "call", record };
    const { row, hash, turn } = record;
    const isAnswer = record.kind === "answer";
    const field = isAnswer ? answerField(record) : "";
    const answer = isAnswer ? JSON.stringify(record) : "";
    const isShareable = isAnswer && record.once === true && record.shared !== true;
    await script(
      "fellowshipReport",
      [keys.row(row), keys.events, keys.ended, keys.same(hash, turn)],
      [randomUUID(), field, JSON.stringify(event), row, answer, isShareable ? sharedSeconds : 0],
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

  async function release({ key, claim }: Claim): Promise<void> {
    await script("fellowshipLeave", [key], [worker, claim]);
  }

  /** The record of an answer that is there; undefined where this worker is to ask. */
  async function findOrClaim(
    row: number,
    { key, field, claim }: Claim & { readonly field: string },
  ): Promise<CallJournalRecord | undefined> {
    for (; ; await sleep(againMs)) {
      const found = await script("fellowshipFind", [key], [field, claim, worker]);
      const [answer, other] = found as readonly (string | null)[];
      if (typeof answer === "string") return callJournalRecord.parse(JSON.parse(answer));
      if (typeof other !== "string") {
        const own = claims.get(row);
        // A row that has been left meanwhile holds no claim, or others would wait for it.
        if (own === undefined) await release({ key, claim });
        else own.push({ key, claim });
        return undefined;
      }
      if (!(await isLost(other))) continue;
      // What a lost worker had on the wire is asked again.
      await script("fellowshipLeave", [key], [other, claim]);
    }
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
      await Promise.all(own.map(release));
    },
    async find(address: CallAddress, requestHash: string) {
      const { number } = address.row;
      const field = answerField(address);
      const claim = `claim:${field}`;
      const known = await findOrClaim(number, { key: keys.row(number), field, claim });
      return known?.hash === requestHash ? RawAnswer.parse(known.answer) : undefined;
    },
    async findSame(requestHash, turn, row) {
      const key = keys.same(requestHash, turn);
      const known = await findOrClaim(row, { key, field: "answer", claim: sharedClaim });
      return known === undefined ? undefined : RawAnswer.parse(known.answer);
    },
    async intend(attempt: Attempt) {
      await limits.pass(attempt);
      await report(recordOf("intent", attempt));
    },
    async keep(attempt, answer, usd) {
      const { once, shared } = attempt;
      const facts = { ...(once ? { once } : {}), ...(shared ? { shared } : {}) };
      await report({ ...recordOf("answer", attempt), ...facts, answer, usd });
      limits.ended(attempt);
    },
    async giveUp(attempt, outcome, cost) {
      await report({ ...recordOf("gave-up", attempt), outcome, cost });
      limits.ended(attempt);
      if (attempt.once !== true) return;
      // Where one fails, the others ask for themselves.
      const key = keys.same(attempt.requestHash, attempt.address.turn);
      await release({ key, claim: sharedClaim });
    },
  };
}
