import { forecastRows, type Forecast, type ForecastOptions } from "./forecast.ts";
import type { RowJournal } from "../directory/row-journal.ts";

/** What a session has before it. */
export type SessionForecast = {
  /** Rows of the input as far as they are asked for. */
  readonly rows: number;
  /** What a forecast before the first call says of the rows that this session takes up. */
  readonly forecast: Forecast;
};

/**
 * Counts the rows of the input and forecasts those that no earlier session has finished, in one
 * reading of the file, which goes on beside the rows. Which rows are finished is looked up now: the
 * session itself finishes more while the file is read.
 */
export function sessionCounter(
  options: ForecastOptions,
  rows: Pick<RowJournal<unknown>, "lastRow" | "statusOf">,
): (signal: AbortSignal) => Promise<SessionForecast> {
  const isFinished = new Uint8Array(rows.lastRow + 1).map((_, row) => {
    const status = rows.statusOf(row);
    return status === "done" || status === "unusable" ? 1 : 0;
  });
  return async function count(signal) {
    let finished = 0;
    const skip = (row: number) => {
      if (isFinished[row] !== 1) return false;
      finished += 1;
      return true;
    };
    // The money is watched elsewhere.
    const forecast = await forecastRows({ ...options, budgetUsd: undefined, skip, signal });
    return { rows: forecast.rows + finished, forecast };
  };
}
