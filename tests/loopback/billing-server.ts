import { createHash } from "node:crypto";
import { review, scores } from "../written-answers.ts";
import type { ReceivedRequest, Script } from "./loopback-server.ts";
import type { Reply } from "./reply.ts";
import { openAiSpeaker } from "./speakers.ts";

/** What happens to the first request of a question; later ones of the same are answered. */
export type BillingFault = "none" | "no-count" | "hang" | "cut" | "error";

export type BillingOptions = {
  /** Dollars per million tokens, as in the price table. */
  readonly price: { readonly in: number; readonly out: number };
  /**
   * Tokens of the answer to a question, at most those it is asked for; default all of them, 300
   * where it is asked for none.
   */
  readonly answerTokens?: (hash: number) => number;
  readonly faultOf?: (hash: number) => BillingFault;
  readonly delayMs?: number;
};

/**
 * A provider that keeps its own bill: every request it has read, but those it answers with an
 * error.
 */
export type BillingServer = {
  readonly script: Script;
  /** Dollars, by what the provider counted, whether or not it said so or the answer arrived. */
  readonly billUsd: () => number;
};

/** Speaks as OpenAI does; what it says is a function of what it was asked, never of when. */
export function createBillingServer(options: BillingOptions): BillingServer {
  const { price, faultOf = () => "none", delayMs = 0 } = options;
  const asked = new Set<number>();
  let micros = 0;

  function script({ body }: ReceivedRequest): Reply {
    const { messages, max_tokens: longest = 300 } = body as Question;
    const text = messages.map(({ content }) => content).join("\n");
    const hash = createHash("sha256").update(text).digest().readUInt32BE(0);
    const fault = asked.has(hash) ? "none" : faultOf(hash);
    asked.add(hash);
    if (fault === "error") return openAiSpeaker.refusal(500, "Oh no.");
    // The marks of a chat template count too.
    const input = Buffer.byteLength(text) + 4 * messages.length + 20;
    const out = Math.min(longest, options.answerTokens?.(hash) ?? longest);
    micros += input * price.in + out * price.out;
    const usage = fault === "no-count" ? null : { in: input, out };
    const answer = { ...openAiSpeaker.answer({ content: said(text, hash), usage }), delayMs };
    if (fault === "hang") return { ...answer, fault: { kind: "hang", where: "before-headers" } };
    if (fault === "cut") return { ...answer, fault: { kind: "cut", by: "rst", afterBytes: 20 } };
    return answer;
  }

  return { script, billUsd: () => micros / 1e6 };
}

type Question = {
  readonly messages: readonly { readonly content: string }[];
  readonly max_tokens?: number;
};

function said(text: string, hash: number): string {
  if (text.includes("Score Assistant A")) return scores(1 + (hash % 9), 1 + ((hash >>> 8) % 9));
  if (text.includes("Overall Score")) return review(`Change number ${hash}.`, 1 + (hash % 9));
  return `Answer number ${hash}.`;
}
