/** A whole number with thousands apart: 12,345. */
export function wholeText(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Dollars with as many digits as tell something: $0, $0.0042, $12.34. */
export function usdText(usd: number): string {
  if (usd === 0) return "$0";
  return `$${usd >= 1 ? usd.toFixed(2) : usd.toPrecision(2)}`;
}

/** At most three digits after the point, without zeros at the end. */
export function shortText(value: number, digits = 2): string {
  return String(Number(value.toFixed(digits)));
}

export { counted } from "../../state/counted.ts";
