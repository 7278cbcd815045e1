import { FellowshipError } from "../../state/fellowship-error.ts";

/**
 * The value of a gate as a number.
 *
 * @throws FellowshipError `bad_usage` for anything else, or a number out of range
 */
export function numberIn(
  gate: string,
  value: string | undefined,
  { least, most = Number.MAX_VALUE }: { readonly least: number; readonly most?: number },
): number {
  const number = value !== undefined && /^\d*\.?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  const range = most === Number.MAX_VALUE ? `of ${least} or more` : `from ${least} to ${most}`;
  throw badValue(gate, `a number ${range}`, value);
}

/** @throws FellowshipError `bad_usage` where there is a value */
export function refuseValue(gate: string, value: string | undefined): void {
  if (value !== undefined) throw badValue(gate, "no value", value);
}

export function badValue(gate: string, expected: string, value: string | undefined) {
  return new FellowshipError(
    "bad_usage",
    `--gate ${gate}: expected ${expected}, got ${value ?? "nothing"}.`,
    { facts: { gate } },
  );
}
