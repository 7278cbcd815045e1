import { createHash } from "node:crypto";
import type { InputRecord } from "../../datasets/read/read-records.ts";
import type { ForecastCall, ForecastStep } from "../../topologies/session/forecast-calls.ts";

export type RepeatedRowsOptions = {
  readonly steps: readonly ForecastStep[];
  /** What models are shown of a row; no answers are shared where not given. */
  readonly questionOf?: ((record: InputRecord) => unknown) | undefined;
};

/** Finds rows that show the same as one before them, by 48 bits of a digest. */
export function countRepeats({ steps, questionOf }: RepeatedRowsOptions) {
  const asked = askedOfRepeats(steps);
  const seen = new Set<number>();
  let rows = 0;
  return {
    /** What is asked for a row. */
    stepsOf(record: InputRecord): readonly ForecastStep[] {
      if (questionOf === undefined || asked === null) return steps;
      const text = JSON.stringify(questionOf(record));
      const digest = createHash("sha256").update(text).digest().readUIntBE(0, 6);
      if (!seen.has(digest)) {
        seen.add(digest);
        return steps;
      }
      rows += 1;
      return asked;
    },
    get rows() {
      return rows;
    },
    /** The rows in words, for the assumptions of a forecast. */
    text(): string {
      const show = rows === 1 ? "1 row shows" : `${rows} rows show`;
      return `${show} the same as an earlier one: the same calls at temperature 0 are asked once`;
    },
  };
}

/**
 * The steps that are asked for a row that was there before: those from the first on whose answers
 * may differ. Null where that is all of them.
 */
function askedOfRepeats(steps: readonly ForecastStep[]): ForecastStep[] | null {
  const isOnce = ({ once }: ForecastCall) => once === true;
  const first = steps.findIndex(({ calls }) => !calls.every(isOnce));
  if (first === -1) return [];
  const rest = steps.slice(first).map((step, index) => {
    return index === 0 ? { ...step, calls: step.calls.filter((one) => !isOnce(one)) } : step;
  });
  const isSame = first === 0 && rest[0]?.calls.length === steps[0]?.calls.length;
  return isSame ? null : rest;
}
