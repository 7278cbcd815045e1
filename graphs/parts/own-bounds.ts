import { FellowshipError } from "../../state/fellowship-error.ts";

/**
 * These graphs end by rules of their own; LangGraph's default of 25 steps is less than five rounds
 * of a loop take.
 */
export const ownBounds = { recursionLimit: 1_000 } as const;

/**
 * Makes sure of a number of rounds; one that depends on the row's state is not checked here.
 *
 * @throws FellowshipError `bad_usage` where it is no whole number from 1.
 */
export function refuseNoRounds(name: string, setting: unknown): void {
  if (typeof setting === "function" || (Number.isInteger(setting) && Number(setting) >= 1)) return;
  throw new FellowshipError(
    "bad_usage",
    `${name}: expected a whole number from 1, got ${String(setting)}.`,
    { facts: { name } },
  );
}
