import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import type { WireFailure } from "../wire/classify-failure.ts";

/** The error of a request to a batch service that was not answered, however often it was sent. */
export function serviceFailure(
  name: string,
  purpose: string,
  failed: WireFailure,
  status?: number,
): FellowshipError {
  // What is wrong with a batch as a whole is no row's fault.
  const failure: WireFailure =
    failed.remedy === "row" ? { ...failed, outcome: "provider_refused", remedy: "run" } : failed;
  const hint = failure.addressHint === undefined ? "" : ` (${failure.addressHint})`;
  return new FellowshipError(
    "service_failed",
    `${name}'s batches: can't ${purpose}: ${failure.detail}${hint}`,
    { facts: { provider: name, purpose, failure, status } },
  );
}

/** What to do about an error that a batch service has thrown; undefined for any other error. */
export function wireFailureOf(error: unknown): WireFailure | undefined {
  if (!isFellowshipError(error) || error.code !== "service_failed") return undefined;
  return error.facts["failure"] as WireFailure | undefined;
}

/** Whether a batch service said that it does not know what it was asked for. */
export function isUnknownToService(error: unknown): boolean {
  return (
    wireFailureOf(error) !== undefined && isFellowshipError(error) && error.facts["status"] === 404
  );
}
