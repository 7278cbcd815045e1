import type { Forecast } from "../../runs/forecast/forecast.ts";
import type { RunOptions } from "./run-options.ts";

/**
 * What a run would come to: alone, by no name, or with each time that its judge is watched
 * (`--sentinel`).
 */
export async function forecastWatched(
  topology: string,
  options: RunOptions,
  forecast: (topology: string, options: RunOptions) => Promise<Forecast>,
): Promise<(readonly [name: string, forecast: Forecast])[]> {
  const { sentinel } = options;
  const ofRows = await forecast(topology, options);
  if (sentinel === undefined) return [["", ofRows]];
  const { forecastSentinel } = await import("../../runs/sentinel/run-with-sentinel.ts");
  return [["rows", ofRows], ...(await forecastSentinel(topology, { ...options, sentinel }))];
}
