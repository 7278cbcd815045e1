import type { RunnableConfig } from "@langchain/core/runnables";

/** More than there are runs in flight on one machine. */
const errorsKept = 200;
const errors = new Map<string, Error>();

/**
 * The error to throw in a node: that of another node of the same run where it says the same. Of
 * nodes side by side that throw several errors LangGraph only tells how many there are; a single
 * one that all of them throw it passes on.
 */
export function oneError(error: unknown, config: RunnableConfig): unknown {
  if (!(error instanceof Error)) return error;
  const key = JSON.stringify([config.configurable?.["run_id"], error.message]);
  const known = errors.get(key);
  if (known !== undefined) return known;
  errors.set(key, error);
  const [oldest] = errors.keys();
  if (errors.size > errorsKept && oldest !== undefined) errors.delete(oldest);
  return error;
}
