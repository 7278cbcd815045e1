import type { CheckResponse, CheckResult } from "../nodes/checks/check.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { badNode, shownValue } from "./custom-node-failure.ts";
import type { CustomNode } from "./custom-node-factories.ts";
import { defaultPatienceMs, runUserCode } from "./run-user-code.ts";

/**
 * A check by custom code: `check(text, { row, prompt, reference })` returns true, false or a share
 * from 0 to 1, or a promise of one. Where it throws, does not return in time, or returns anything
 * else, its row fails.
 *
 * @throws FellowshipError `bad_usage` with the place where the export is no function.
 */
export function customCheck({ name, place, exported, patienceMs }: CustomNode): CheckResponse {
  if (typeof exported !== "function") {
    const message =
      `${place}: ${name} is no function (got ${shownValue(exported)}); expected one of a text ` +
      "and its row.";
    throw new FellowshipError("bad_usage", message, { facts: { place, name } });
  }
  const check = exported as (...given: Parameters<CheckResponse>) => unknown;
  return async (text, context) => {
    const scope = { name, row: context.row, part: "", wasAsked: () => false };
    const run = () => check(text, structuredClone(context));
    const { failure, ...ended } = await runUserCode(run, scope, patienceMs ?? defaultPatienceMs);
    const result = failure === null ? resultOf("value" in ended ? ended.value : null) : { failure };
    if (!("failure" in result)) return result;
    const { reason, detail } = result.failure;
    return { failure: { reason, detail: `${name}: ${detail}` } };
  };
}

function resultOf(value: unknown): CheckResult {
  if (typeof value === "boolean") return { share: value ? 1 : 0 };
  if (typeof value === "number" && value >= 0 && value <= 1) return { share: value };
  return badNode(`returned ${shownValue(value)}; expected true, false or a number from 0 to 1`);
}
