import { clientNames, graphOf, tracedToo } from "./arms.ts";
import { median, type Measured, type Sample } from "./measure.ts";

/** A Markdown table. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return line(headings) + line(headings.map(() => "---")) + rows.map(line).join("");
}

/** The median of one field of an arm's runs. */
export function medianOf({ samples }: Measured, field: keyof Sample): number {
  return median(samples.map((sample) => sample[field]));
}

/** The arm that another is held against: the plain twin, or the client that a lone call needs. */
function rivalOf(arm: string): string | null {
  if (arm.endsWith(tracedToo)) return arm.slice(0, -tracedToo.length);
  const graph = graphOf(arm);
  if (graph === null) return arm === clientNames[0] ? null : clientNames[0];
  if (arm.startsWith("plain ")) return "ChatOpenAI";
  return graph === "single" ? "ChatOpenAI" : `plain ${graph}`;
}

/** Processor time for a call, the range of the runs, and the ratio to a rival arm. */
export function costTable(measured: readonly Measured[]): string {
  const byName = new Map(measured.map((one) => [one.arm, one]));
  const rows = measured.map((one) => {
    const cost = medianOf(one, "cpuMs");
    const costs = one.samples.map(({ cpuMs }) => cpuMs);
    const rivalName = rivalOf(one.arm);
    const rival = rivalName === null ? undefined : byName.get(rivalName);
    const ratio =
      rival === undefined ? "" : `${(cost / medianOf(rival, "cpuMs")).toFixed(2)} of ${rivalName}`;
    return [
      one.arm,
      cost.toFixed(2),
      `${Math.min(...costs).toFixed(2)}–${Math.max(...costs).toFixed(2)}`,
      ratio,
      Math.round(medianOf(one, "rssMb")).toString(),
    ];
  });
  return table(["arm", "ms a call", "lowest–highest", "ratio", "memory, MB"], rows);
}

/**
 * Calls a second of each arm, their shares of what the latency allows and of the first arm's, and
 * how busy the arm's own process was, of one core.
 */
export function rateTable(
  measured: readonly Measured[],
  { latencyMs, inFlight }: { readonly latencyMs: number; readonly inFlight: number },
): string {
  const ideal = (1_000 * inFlight) / latencyMs;
  const first = measured[0]?.arm ?? "";
  const firstRate =
    measured[0] === undefined ? Number.NaN : medianOf(measured[0], "callsPerSecond");
  const rows = measured.map((one) => {
    const rate = medianOf(one, "callsPerSecond");
    return [
      one.arm,
      Math.round(rate).toString(),
      (rate / ideal).toFixed(2),
      (rate / firstRate).toFixed(2),
      ((medianOf(one, "cpuMs") * rate) / 1_000).toFixed(2),
    ];
  });
  const shape = `${inFlight} × ${latencyMs} ms`;
  return table(
    [shape, "calls a second", "of the ideal", `of ${first}`, "core of its process"],
    rows,
  );
}

/** Processor time of whole processes, start-up included, and the ratio to the first. */
export function wholeTable(measured: readonly Measured[], calls: number): string {
  const [first] = measured;
  const rows = measured.map((one) => {
    const whole = medianOf(one, "wholeCpuMs");
    const base = first === undefined ? whole : medianOf(first, "wholeCpuMs");
    return [one.arm, (whole / 1_000).toFixed(2), (whole / base).toFixed(2)];
  });
  return table([`process, ${calls} calls`, "processor s", `of ${first?.arm}`], rows);
}
