import { counted, usdText, wholeText } from "../report-page/figures/number-text.ts";
import type { RunState } from "../runs/look/run-state.ts";

/** A running run in one line, the most important figures first. */
export function watchLine({ rows, failures, calls, spent }: RunState): string {
  const reasons = failures.map(({ reason, rows: failed }) => `${wholeText(failed)} ${reason}`);
  const failed = `${wholeText(rows.failed)} failed`;
  const { usd, unknownUsd } = spent;
  const unknown = unknownUsd === 0 ? "" : ` and up to ${usdText(unknownUsd)} more`;
  const { done, pending } = rows;
  const all = pending === null ? null : done + rows.failed + pending;
  return [
    all === null
      ? `${counted(done, "row")} done`
      : `${wholeText(done)} of ${counted(all, "row")} done`,
    reasons.length === 0 ? failed : `${failed} (${reasons.join(", ")})`,
    `${counted(calls, "call")} answered`,
    ...(usd + unknownUsd === 0 ? [] : [`${usdText(usd)}${unknown}`]),
  ].join(" · ");
}
