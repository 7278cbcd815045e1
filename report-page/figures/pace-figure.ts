import type { PaceLine } from "../read/read-pace.ts";
import type { Figure } from "./figure.ts";
import { shortText, wholeText } from "./number-text.ts";
import { timePlot } from "./plot-specs.ts";

/** Widths of the columns, in seconds: the first with which few enough are needed. */
const widths = [1, 2, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21_600, 86_400];
const mostColumns = 30;

type Sums = Omit<PaceLine, "session" | "second">;

/** Rows over time, with requests that were sent again and the time that calls waited for it. */
export function paceFigure(pace: readonly PaceLine[]): Figure[] {
  const seconds = withoutPauses(pace);
  const last = seconds.at(-1)?.at ?? 0;
  const width = widths.find((one) => last / one < mostColumns) ?? Math.ceil(last / mostColumns);
  const columns = columnsOf(seconds, width);
  if (columns.length < 2) return [];
  const sessions = new Set(pace.map(({ session }) => session)).size;
  const waits = columns.some(({ sums }) => sums.waitedSeconds > 0);
  return [
    {
      id: "pace",
      title: "Rows over time",
      explanation:
        `Rows that ended in each ${durationText(width)}` +
        (waits
          ? ", and the seconds that calls waited before they were sent again (line). "
          : ". ") +
        "Code 429 is a provider's refusal to take more requests for now. " +
        (sessions > 1 ? `The ${sessions} sessions follow one another without the pauses.` : ""),
      spec: timePlot(
        columns.map(({ name, sums }) => ({
          name,
          done: sums.rows,
          failed: sums.failed,
          waited: sums.waitedSeconds,
        })),
        { hasFailures: columns.some(({ sums }) => sums.failed > 0), hasWaits: waits },
      ),
      table: {
        head: ["From", "Done", "Failed", "Requests", "429", "Other errors", "Seconds waited"],
        rows: columns.map(({ name, sums }) => [
          name,
          wholeText(sums.rows),
          wholeText(sums.failed),
          wholeText(sums.requests),
          wholeText(sums.rateLimited),
          wholeText(sums.otherFailures),
          shortText(sums.waitedSeconds),
        ]),
      },
    },
  ];
}

/** The seconds of all sessions as one time, each session behind the one before. */
function withoutPauses(pace: readonly PaceLine[]): { readonly at: number; readonly sums: Sums }[] {
  let [session, start, end] = ["", 0, 0];
  return pace.map(({ session: own, second, ...sums }) => {
    if (own !== session) [session, start] = [own, end];
    end = Math.max(end, start + second + 1);
    return { at: start + second, sums };
  });
}

function columnsOf(
  seconds: readonly { readonly at: number; readonly sums: Sums }[],
  width: number,
) {
  const count = seconds.reduce((most, { at }) => Math.max(most, Math.floor(at / width) + 1), 0);
  const columns = Array.from({ length: count }, (_, place) => ({
    name: clockText(place * width),
    sums: {
      rows: 0,
      failed: 0,
      requests: 0,
      rateLimited: 0,
      otherFailures: 0,
      waitedSeconds: 0,
    },
  }));
  for (const { at, sums } of seconds) {
    const own = columns[Math.floor(at / width)]?.sums;
    if (own === undefined) continue;
    for (const name of Object.keys(own) as (keyof Sums)[]) own[name] += sums[name];
  }
  return columns;
}

/** Such as `1:05` for minutes and seconds, `2:00:00` with hours. */
function clockText(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const [hours = 0, minutes = 0, rest = 0] = parts;
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

function durationText(seconds: number): string {
  const [value, unit] =
    seconds < 60
      ? [seconds, "second"]
      : seconds < 3600
        ? [seconds / 60, "minute"]
        : [seconds / 3600, "hour"];
  return value === 1 ? unit : `${shortText(value)} ${unit}s`;
}
