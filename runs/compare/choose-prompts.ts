import { FellowshipError } from "../../state/fellowship-error.ts";
import { createDraw, hasValues, type InputReading } from "../input/read-input.ts";
import type { RunResponses } from "./read-responses.ts";

/**
 * The responses to the prompts that `where` and `sample` choose, by the fields that the first run
 * has of them.
 *
 * @throws FellowshipError `bad_input` where no prompt is left
 */
export function choosePrompts(
  runs: readonly RunResponses[],
  { where = [], sample }: InputReading = {},
): readonly RunResponses[] {
  if (where.length === 0 && sample === undefined) return runs;
  const fitting = (runs[0]?.responses ?? []).filter(({ prompt }) =>
    hasValues([prompt.input], where),
  );
  let keys = [...new Set(fitting.map(({ key }) => key))];
  if (sample !== undefined) {
    const isDrawn = createDraw(keys.length, sample);
    keys = keys.filter(() => isDrawn());
  }
  const chosen = new Set(keys);
  if (chosen.size > 0) {
    return runs.map((run) => ({
      ...run,
      responses: run.responses.filter(({ key }) => chosen.has(key)),
    }));
  }
  const asked = where.map(({ field, value }) => `--where ${field}=${value}`).join(" ");
  const path = runs[0]?.path ?? "";
  throw new FellowshipError("bad_input", `${path} holds no prompts that fit ${asked}.`, {
    facts: { path },
  });
}
