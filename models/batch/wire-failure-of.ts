import { isFellowshipError } from "../../state/fellowship-error.ts";
import type { WireFailure } from "../wire/classify-failure.ts";

/** What to do about a failure that a batch service has thrown; undefined for any other error. */
export function wireFailureOf(error: unknown): WireFailure | undefined {
  if (!isFellowshipError(error) || error.code !== "service_failed") return undefined;
  return error.facts["failure"] as WireFailure | undefined;
}
