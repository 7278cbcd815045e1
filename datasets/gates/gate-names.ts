import { FellowshipError } from "../../state/fellowship-error.ts";

/** The gates, in the order in which they are asked: what one drops, no later one sees. */
export const gateNames = [
  "margin",
  "agreement",
  "consistent",
  "length-ratio",
  "refusals",
  "language",
  "truncation",
  "contamination",
  "duplicates",
] as const;
export type GateName = (typeof gateNames)[number];

/** A gate as the command line names it: `margin=1`, `refusals`. */
export type AskedGate = { readonly name: GateName; readonly value: string | undefined };

/** The one that may be given several times, each with a file. */
const repeated: GateName = "contamination";

/**
 * Reads the gates of a command line.
 *
 * @throws FellowshipError `bad_usage` for an unknown gate, or one that is given twice
 */
export function checkGates(texts: readonly string[]): AskedGate[] {
  const asked: AskedGate[] = [];
  for (const text of texts) {
    const [, word = text, value] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    const name = gateNames.find((one) => one === word);
    if (name === undefined) {
      const known = gateNames.join(", ");
      throw new FellowshipError("bad_usage", `--gate: expected one of ${known}, got "${word}".`);
    }
    if (name !== repeated && asked.some((one) => one.name === name)) {
      throw new FellowshipError("bad_usage", `--gate ${name}: expected it once, found it twice.`);
    }
    asked.push({ name, value });
  }
  return asked;
}
