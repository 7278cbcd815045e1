import { contamination } from "./contamination.ts";
import { duplicates } from "./duplicates.ts";
import { checkGates, gateNames, type GateName } from "./gate-names.ts";
import type { Check, OpenGate } from "./gate.ts";
import { agreement, consistent, lengthRatio, margin } from "./pair-gates.ts";
import { language, refusals, truncation } from "./text-gates.ts";

const gates: Readonly<Record<GateName, OpenGate>> = {
  margin,
  agreement,
  consistent,
  "length-ratio": lengthRatio,
  refusals,
  language,
  truncation,
  contamination,
  duplicates,
};

/** A gate by name, with the checks of one data file after another. */
export type NamedGate = { readonly name: GateName; readonly start: () => Check };

/**
 * Opens the gates of a command line, in the order of `gateNames`.
 *
 * @throws FellowshipError `bad_usage` for an unknown gate, a bad value or a gate given twice;
 *   `bad_input` for a file that can't be read
 */
export async function openGates(texts: readonly string[]): Promise<NamedGate[]> {
  const asked = checkGates(texts);
  const open: NamedGate[] = [];
  for (const name of gateNames) {
    for (const { value } of asked.filter((one) => one.name === name)) {
      open.push({ name, start: await gates[name](value) });
    }
  }
  return open;
}
