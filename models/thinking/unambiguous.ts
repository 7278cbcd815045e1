import type { Outcome } from "../../state/calls/outcome.ts";
import { splitThinking } from "./split-thinking.ts";

type Read = { readonly outcome: Outcome; readonly content: string; readonly detail?: string };

/**
 * An answer whose text becomes training data: one that holds only the end of thinking is a bad
 * response. What precedes the mark may be thinking (its template opened it) or the answer's own
 * words (a request can ask any model for the mark), and guessing wrong either trains thoughts or
 * loses half an answer.
 */
export function unambiguous<R extends Read>(read: R): R {
  if (read.outcome !== "answered" || splitThinking(read.content).marks !== "end-only") return read;
  const detail =
    "expected an answer with its thinking marked at both ends or not at all, got only an end " +
    "mark. Have the server part thinking from the answer (vLLM: --reasoning-parser)";
  return { ...read, outcome: "bad_response", detail };
}
