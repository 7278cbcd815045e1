import { tracedToo, withoutJournal } from "./arm.ts";
import { clientNames, graphOf } from "./arms.ts";
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
  for (const added of [tracedToo, withoutJournal]) {
    if (arm.endsWith(added)) return arm.slice(0, -added.length);
  }
  const graph = graphOf(arm);
  if (graph === null) return arm === clientNames[0] ? null : clientNames[0];
  if (arm.startsWith("plain ")) return "ChatOpenAI";
  return graph === "single" ? "ChatOpenAI" : `plain ${graph}`;
}

/**
 * The median of the ratios of two arms, round by round: in a round both ran under about the same
 * load.
 */
function ratioOf(one: Measured, other: Measured, field: keyof Sample): number {
  const ratios = one.samples.map(
    (sample, round) => sample[field] / (other.samples[round]?.[field] ?? Number.NaN),
  );
  return median(ratios);
}

/**
 * Processor time for a call of a run, the range of the runs, and that of a further call, each with
 * the ratio to a rival arm.
 */
export function costTable(measured: readonly Measured[]): string {
  const rows = measured.map((one) => {
    const costs = one.samples.map(({ cpuMs }) => cpuMs);
    const rival = measured.find(({ arm }) => arm === rivalOf(one.arm));
    const ratio = (field: "cpuMs" | "furtherMs") =>
      rival === undefined ? "" : ratioOf(one, rival, field).toFixed(2);
    return [
      one.arm,
      medianOf(one, "cpuMs").toFixed(2),
      `${Math.min(...costs).toFixed(2)}–${Math.max(...costs).toFixed(2)}`,
      ratio("cpuMs"),
      medianOf(one, "furtherMs").toFixed(2),
      ratio("furtherMs"),
      rival?.arm ?? "",
      Math.round(medianOf(one, "rssMb")).toString(),
    ];
  });
  const headings = [
    "arm",
    "ms a call",
    "lowest–highest",
    "ratio",
    "ms a further call",
    "ratio",
    "of",
    "memory, MB",
  ];
  return table(headings, rows);
}

/** What the journal and the tracing of the loop cost, on beside off, as shares of a run without. */
export function switchLines(measured: readonly Measured[]): string {
  const loop = "ours feedback-loop";
  const switches = [
    { name: "The journal", on: loop, off: `${loop}${withoutJournal}` },
    { name: "Tracing", on: `${loop}${tracedToo}`, off: loop },
  ];
  const lines = switches.flatMap(({ name, on, off }) => {
    const [one, other] = [on, off].map((arm) => measured.find((each) => each.arm === arm));
    if (one === undefined || other === undefined) return [];
    const more = (field: "cpuMs" | "furtherMs") =>
      `${((ratioOf(one, other, field) - 1) * 100).toFixed(0)} %`;
    return [`${name}: ${more("cpuMs")} more for a run, ${more("furtherMs")} for a further call.\n`];
  });
  return lines.join("");
}

/** Calls in flight, and how long an answer takes. */
export type Shape = { readonly latencyMs: number; readonly inFlight: number };

/**
 * Calls a second of each arm, their shares of what the latency allows and of the first arm's, what
 * a call costs, and how busy the arm's own process was, of one core.
 */
export function rateTable(measured: readonly Measured[], { latencyMs, inFlight }: Shape): string {
  const ideal = (1_000 * inFlight) / latencyMs;
  const [first] = measured;
  const rows = measured.map((one) => {
    const rate = medianOf(one, "callsPerSecond");
    const cost = medianOf(one, "cpuMs");
    return [
      one.arm,
      Math.round(rate).toString(),
      latencyMs === 0 ? "" : (rate / ideal).toFixed(2),
      first === undefined ? "" : ratioOf(one, first, "callsPerSecond").toFixed(2),
      cost.toFixed(2),
      ((cost * rate) / 1_000).toFixed(2),
      Math.round(medianOf(one, "rssMb")).toString(),
    ];
  });
  const headings = [
    `${inFlight} × ${latencyMs} ms`,
    "calls a second",
    "of the ideal",
    `of ${first?.arm}`,
    "ms a call",
    "core of its process",
    "memory, MB",
  ];
  return table(headings, rows);
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
