import { AsyncLocalStorage } from "node:async_hooks";
import { setImmediate as nextTurn } from "node:timers/promises";
import * as z from "zod";
import type { Agent, Question } from "../models/gate/agent.ts";
import { oneLine } from "../models/wire/one-line.ts";
import type { CustomNodeFailure } from "../nodes/role.ts";
import type { CallRecord } from "../state/calls/call-record.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { Message } from "../state/message.ts";
import type { RowAddress } from "../state/calls/row-address.ts";
import { badNode, uncaughtIn, type UserCodeOutcome } from "./custom-node-failure.ts";
import { currentLateErrors } from "./late-errors.ts";

/** The place of custom code in a run, as far as its calls are concerned. */
export type CodeScope = {
  /** Its name in the details of its failures. */
  readonly name: string;
  readonly row: RowAddress;
  /** The beginning of every part (contract section 6); empty where any will do. */
  readonly part: string;
  /** Whether an agent was asked at this address before this code ran. */
  readonly wasAsked: (agent: string, part: string, turn: number) => boolean;
};

/** The calls of custom code while it runs. */
export type CallRecorder = {
  /** In the order in which they were asked; complete once nothing is pending. */
  readonly records: () => CallRecord[];
  /** How many calls are under way. */
  readonly pending: () => number;
  /** Runs code; it alone may ask here. */
  readonly run: <Result>(code: () => Result) => Result;
  /** The listener is called whenever a call begins or ends, with the number of those under way. */
  readonly onCalls: (listener: ((pending: number) => void) | null) => void;
  /**
   * Allows no further call, waits for those under way, and gives the outcome: a broken rule comes
   * first, then the outcome of the code, then an error that nothing waited for. Later errors fail
   * the row while that is under way (`collectLateErrors`).
   *
   * @throws the error of a gate that threw, which is a bug of ours.
   */
  readonly finish: (outcome: UserCodeOutcome) => Promise<UserCodeOutcome>;
};

type OpenCallRecorder = CallRecorder & {
  readonly ask: (agent: Agent, question: Question) => Promise<CallRecord>;
  /** Takes an error that nothing waited for; false where it is too late. */
  readonly takeUnhandled: (error: unknown) => boolean;
};

const current = new AsyncLocalStorage<OpenCallRecorder>();

/**
 * Attributes an error that reached the process to the custom code that runs here, as in a listener
 * for `unhandledRejection` or `uncaughtException`. False where no such code is known, or its row
 * has ended.
 */
export function attributeToUserCode(error: unknown): boolean {
  return current.getStore()?.takeUnhandled(error) ?? false;
}

/**
 * An agent for custom code. It can be asked only while that code runs, at addresses that were not
 * asked before, and every call is recorded, so that no cost and no outcome that ends the run is
 * lost with a forgotten record or a throw.
 */
export function recordCalls(agent: Agent): Agent {
  return {
    ...agent,
    ask: (question) => {
      const recorder = current.getStore();
      if (recorder === undefined) {
        throw misused(`the agent "${agent.name}" can be asked only while its node runs`);
      }
      const asking = recorder.ask(agent, question);
      // The recorder reports a call that nothing waits for; it must not end the process.
      asking.catch(() => undefined);
      return asking;
    },
  };
}

export function openCallRecorder(scope: CodeScope): CallRecorder {
  const asked = new Map<string, CallRecord | null>();
  const pending = new Set<Promise<CallRecord>>();
  const refusals = new WeakSet<object>();
  const late = currentLateErrors();
  let misuse: string | null = null;
  let bug: { readonly error: unknown } | null = null;
  let unhandled: { readonly error: unknown } | null = null;
  let phase: "open" | "closed" | "ended" = "open";
  let listener: ((pending: number) => void) | null = null;

  function refuse(problem: string): FellowshipError {
    misuse ??= problem;
    if (phase === "ended") failLate(badNode(problem).failure);
    const error = misused(problem);
    refusals.add(error);
    return error;
  }

  async function ask(agent: Agent, question: Question): Promise<CallRecord> {
    const problem =
      phase === "open"
        ? misuseOf(agent.name, question, scope, asked)
        : `"${agent.name}" was asked after its node had returned`;
    if (problem !== null) throw refuse(problem);
    const key = keyOf(agent.name, question);
    asked.set(key, null);
    // An error in there is no mistake of the code that asks.
    const asking = current.exit(() => agent.ask({ ...question, row: scope.row }));
    pending.add(asking);
    listener?.(pending.size);
    try {
      const record = await asking;
      asked.set(key, record);
      return { ...record };
    } catch (error) {
      // An agent without a model says so; a gate never rejects but for a bug.
      if (error instanceof FellowshipError) misuse ??= error.message;
      else bug ??= { error };
      throw error;
    } finally {
      pending.delete(asking);
      listener?.(pending.size);
    }
  }

  function failLate({ reason, detail }: CustomNodeFailure): boolean {
    return late?.add({ reason, detail: `${scope.name}: ${detail}` }) ?? false;
  }

  function takeUnhandled(error: unknown): boolean {
    // A refused question is known as a misuse already.
    const isRefusal = typeof error === "object" && error !== null && refusals.has(error);
    if (phase === "ended") {
      return failLate((isRefusal ? badNode(misuse ?? "") : uncaughtIn(error)).failure);
    }
    if (isRefusal) return true;
    unhandled ??= { error };
    return true;
  }

  async function finish(outcome: UserCodeOutcome): Promise<UserCodeOutcome> {
    phase = "closed";
    await Promise.allSettled(pending);
    // Rejections that nothing handles are reported after the current turn.
    await nextTurn();
    phase = "ended";
    if (bug !== null) throw bug.error;
    if (misuse !== null) return badNode(misuse);
    return unhandled === null || outcome.failure !== null ? outcome : uncaughtIn(unhandled.error);
  }

  const recorder: OpenCallRecorder = {
    records: () => [...asked.values()].flatMap((record) => record ?? []),
    pending: () => pending.size,
    run: (code) => current.run(recorder, code),
    onCalls: (called) => {
      listener = called;
    },
    finish,
    takeUnhandled,
    ask,
  };
  return recorder;
}

/** Why a question can't be asked, in words; null where it can. */
function misuseOf(
  agent: string,
  question: Question,
  { part: opening, wasAsked }: CodeScope,
  asked: ReadonlyMap<string, unknown>,
): string | null {
  const read = questionShape.safeParse(question);
  if (!read.success) {
    const { path, message } = read.error.issues[0] ?? { path: [], message: "" };
    return `"${agent}" was asked with ${path.join(".") || "no question"}: ${message}`;
  }
  const { part, turn } = question;
  if (opening !== "" && part !== opening && !part.startsWith(`${opening}.`)) {
    return (
      `"${agent}" was asked in part "${part}"; expected "${opening}", or a part that begins ` +
      `with "${opening}."`
    );
  }
  return asked.has(keyOf(agent, question)) || wasAsked(agent, part, turn)
    ? `"${agent}" was asked twice in part "${part}", turn ${turn}; every call needs a turn of ` +
        "its own"
    : null;
}

const questionShape = z.looseObject({
  part: z.string().regex(/^[A-Za-z0-9._-]*$/, "expected letters, digits and . _ - in a part"),
  turn: z.int().nonnegative(),
  messages: z.array(Message).min(1),
  expects: z.discriminatedUnion("kind", [
    z.object({
      kind: z.literal("text"),
      form: z.enum(["response", "rewrite", "suggestions", "argument"]).optional(),
    }),
    z.object({ kind: z.literal(["review", "choice", "compare"]) }),
    z.object({ kind: z.literal(["scores", "score"]), scale: z.number().positive() }),
  ]),
});

function keyOf(agent: string, { part, turn }: Question): string {
  return JSON.stringify([agent, part, turn]);
}

function misused(message: string): FellowshipError {
  return new FellowshipError("bad_usage", oneLine(message, 300));
}
