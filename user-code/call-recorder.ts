import { AsyncLocalStorage } from "node:async_hooks";
import * as z from "zod";
import type { Agent, Question } from "../models/gate/agent.ts";
import { oneLine } from "../models/wire/one-line.ts";
import type { CallRecord } from "../state/call-record.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { Message } from "../state/message.ts";
import type { RowAddress } from "../state/row-address.ts";
import { currentLateErrors } from "./late-errors.ts";
import { badNode, uncaughtIn, type UserCodeFailure } from "./user-code-failure.ts";

/** Where the user's own code runs, as far as its calls are concerned. */
export type CodeScope = {
  /** What its failures call the code. */
  readonly name: string;
  readonly row: RowAddress;
  /** What every part must begin with (contract section 6); empty where any will do. */
  readonly part: string;
  /** Whether an agent was asked at this address before this code ran. */
  readonly wasAsked: (agent: string, part: string, turn: number) => boolean;
};

/** What was seen of the calls of the user's own code while it ran. */
export type CallRecorder = {
  /** In the order in which they were asked; complete once nothing is pending. */
  readonly records: () => CallRecord[];
  /** How many calls are under way. */
  readonly pending: () => number;
  /** Lets no call begin any more, and waits for those under way. */
  readonly close: () => Promise<void>;
  /** How the agent was asked as it can't be, the first time; null where it was not. */
  readonly misuse: () => string | null;
  /** What the code threw or rejected where nobody waited for it, the first time; null where it did not. */
  readonly stray: () => { readonly error: unknown } | null;
  /** Its node has its outcome: what comes now is late, and fails the row where that is still under way. */
  readonly end: () => void;
  /** Rethrows what a gate threw: that is a bug of ours, whatever the code made of it. */
  readonly rethrowBug: () => void;
  /** Runs code under this witness; it alone may ask here. */
  readonly run: <Result>(code: () => Result) => Result;
  /** Has someone told whenever a call begins or ends, with the number of those under way. */
  readonly onCalls: (listener: ((pending: number) => void) | null) => void;
};

type OpenCallRecorder = CallRecorder & {
  readonly ask: (agent: Agent, question: Question) => Promise<CallRecord>;
  /** Takes an error that came out of the code where nobody waited for it; false where it is too late. */
  readonly takeStray: (error: unknown) => boolean;
};

const current = new AsyncLocalStorage<OpenCallRecorder>();

/**
 * Blames the user's own code that runs here for an error that reached the process, as it does in a listener for
 * `unhandledRejection` or `uncaughtException`. False where no such code is known, or its row has come to its end.
 */
export function attributeToUserCode(error: unknown): boolean {
  return current.getStore()?.takeStray(error) ?? false;
}

/**
 * An agent for the user's own code. It can be asked only while that code runs, at addresses of its own, and every call is
 * written down, so that no cost and no outcome that ends the run is lost with what the code forgets or throws.
 */
export function recordCalls(agent: Agent): Agent {
  return {
    ...agent,
    ask: (question) => {
      const witness = current.getStore();
      if (witness === undefined) {
        throw misused(`the agent "${agent.name}" can be asked only while its node runs`);
      }
      const asking = witness.ask(agent, question);
      // One that nobody waits for is told of by the witness; it must not end the process.
      asking.catch(() => undefined);
      return asking;
    },
  };
}

export function openCallRecorder({ name, row, part: opening, wasAsked }: CodeScope): CallRecorder {
  const asked = new Map<string, { readonly turn: number; record?: CallRecord }>();
  const pending = new Set<Promise<unknown>>();
  let misuse: string | null = null;
  let bug: { readonly error: unknown } | null = null;
  let stray: { readonly error: unknown } | null = null;
  let closed = false;
  let ended = false;
  const refused = new WeakMap<object, string>();
  const late = currentLateErrors();
  let listener: ((pending: number) => void) | null = null;

  function misuseOf({ name: agent }: Agent, question: Question): string | null {
    if (closed) return `"${agent}" was asked after its node had returned`;
    const read = questionShape.safeParse(question);
    if (!read.success) {
      const { path, message } = read.error.issues[0] ?? { path: [], message: "" };
      return `"${agent}" was asked with ${path.join(".") || "no question"}: ${message}`;
    }
    const { part, turn } = question;
    if (opening !== "" && part !== opening && !part.startsWith(`${opening}.`)) {
      return `"${agent}" was asked in part "${part}"; expected "${opening}", or a part that begins with "${opening}."`;
    }
    const isKnown = asked.has(keyOf(agent, part, turn)) || wasAsked(agent, part, turn);
    return isKnown
      ? `"${agent}" was asked twice in part "${part}", turn ${turn}; every call needs a turn of its own`
      : null;
  }

  async function ask(agent: Agent, question: Question): Promise<CallRecord> {
    const problem = misuseOf(agent, question);
    if (problem !== null) {
      misuse ??= problem;
      if (ended) failLate(badNode(problem).failure);
      const error = misused(problem);
      refused.set(error, problem);
      throw error;
    }
    const { part, turn } = question;
    const entry: { readonly turn: number; record?: CallRecord } = { turn };
    asked.set(keyOf(agent.name, part, turn), entry);
    const messages = question.messages.map(({ role, content }) => ({ role, content }));
    // Whatever goes wrong in there is no mistake of the code that asks.
    const asking = current.exit(() =>
      agent.ask({ row, part, turn, messages, expects: question.expects }),
    );
    pending.add(asking);
    listener?.(pending.size);
    try {
      entry.record = await asking;
      return { ...entry.record };
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

  function failLate({ reason, detail }: UserCodeFailure): boolean {
    return late?.add({ reason, detail: `${name}: ${detail}` }) ?? false;
  }

  function takeStray(error: unknown): boolean {
    const problem = typeof error === "object" && error !== null ? refused.get(error) : undefined;
    if (ended)
      return failLate((problem === undefined ? uncaughtIn(error) : badNode(problem)).failure);
    if (problem === undefined) stray ??= { error };
    return true;
  }

  const witness: OpenCallRecorder = {
    records: () => [...asked.values()].flatMap(({ record }) => (record ? [record] : [])),
    pending: () => pending.size,
    close: async () => {
      closed = true;
      await Promise.allSettled(pending);
    },
    misuse: () => misuse,
    stray: () => stray,
    end: () => {
      ended = true;
    },
    takeStray,
    rethrowBug: () => {
      if (bug !== null) throw bug.error;
    },
    run: (code) => current.run(witness, code),
    onCalls: (told) => {
      listener = told;
    },
    ask,
  };
  return witness;
}

const questionShape = z.looseObject({
  part: z.string().regex(/^[A-Za-z0-9._-]*$/, "expected letters, digits and . _ - in a part"),
  turn: z.int().nonnegative(),
  messages: z.array(Message).min(1),
  expects: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal(["text", "review", "choice", "compare"]) }),
    z.object({ kind: z.literal(["scores", "score"]), scale: z.number().positive() }),
  ]),
});

function keyOf(agent: string, part: string, turn: number): string {
  return JSON.stringify([agent, part, turn]);
}

function misused(message: string): FellowshipError {
  return new FellowshipError("bad_usage", oneLine(message, 300));
}
