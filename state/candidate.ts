import * as z from "zod";
import { Message } from "./message.ts";

/** A response to be judged. An empty text is a valid response. */
export const Candidate = z.object({
  /** The response; of a multi-turn candidate its last assistant message. */
  text: z.string(),
  /** The whole conversation, where the candidate is one (multi-turn). */
  messages: z.array(Message).optional(),
  model: z.string().nullable().optional(),
});
export type Candidate = z.infer<typeof Candidate>;

/** Two candidates for one prompt. */
export const CandidatePair = z.object({ a: Candidate, b: Candidate });
export type CandidatePair = z.infer<typeof CandidatePair>;
