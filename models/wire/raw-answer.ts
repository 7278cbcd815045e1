import * as z from "zod";
import { TokenUsage } from "../../state/calls/call-record.ts";
import { Outcome } from "../../state/calls/outcome.ts";

/**
 * An answer before any code read it: a server's response as received, or the answer of a model that
 * runs in this process. The journal keeps it, so that a better reader can read it without a new
 * call.
 */
export const RawAnswer = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("http"),
    /** The protocol of the body (`Protocol.name`). */
    dialect: z.string(),
    status: z.number().int(),
    body: z.string(),
    /** Why the body can't be an answer, where its bytes show it: too long, or not in UTF-8. */
    flaw: z.string().optional(),
  }),
  z.object({
    kind: z.literal("in-process"),
    content: z.string(),
    finish: z.string().nullable(),
    tokens: TokenUsage.nullable(),
    /** Where the recorded or simulated call did not come to an answer. */
    failure: z.object({ outcome: Outcome, detail: z.string() }).optional(),
  }),
]);
export type RawAnswer = z.infer<typeof RawAnswer>;
