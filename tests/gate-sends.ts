import type { Send, Answer } from "../models/gate/step.ts";
import type { WireFailure } from "../models/wire/classify-failure.ts";
import { parseAnswer } from "../models/providers/read-answer.ts";
import { createEndpoint } from "../models/providers/create-endpoint.ts";

/** A send to a model over the wire, for tests of single steps; nothing is sent. */
export async function someSend(): Promise<Send> {
  const spec = "openai:gpt-4o";
  const endpoint = await createEndpoint(spec, { maxTokens: 100 }, { OPENAI_API_KEY: "a-test-key" });
  const address = { row: { number: 1, id: "row-1" }, agent: "judge", part: "", turn: 0 };
  const messages = [{ role: "user" as const, content: "A question?" }];
  return {
    call: { address, role: "judge", expects: { kind: "text" }, messages },
    endpoint,
    requestHash: "a hash",
    bound: { in: 1_000, out: 100 },
    price: { in: 1, out: 10 },
    attempt: 1,
    followedBy: null,
    heard: () => undefined,
    keep: async () => null,
  };
}

/** An answer of a model, of so many tokens. */
export function someAnswer(
  tokens: { in: number; out: number } | null = { in: 10, out: 5 },
): Answer {
  const usage = tokens && { prompt_tokens: tokens.in, completion_tokens: tokens.out };
  const choices = [{ message: { content: "An answer." }, finish_reason: "stop" }];
  const body = JSON.stringify({ choices, usage });
  const raw = { kind: "http", dialect: "openai", status: 200, body } as const;
  return { ...parseAnswer(raw), source: "model" };
}

/** A failure that a send may end in. */
export function someFailure(parts: Partial<WireFailure> = {}): WireFailure {
  const plain = { detail: "HTTP 500: Oh no.", waitMs: null, cost: "none" } as const;
  return { outcome: "provider_error", remedy: "transient", ...plain, ...parts };
}
