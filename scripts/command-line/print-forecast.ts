import { sumForecasts, type Forecast } from "../../runs/forecast/forecast.ts";
import { inputText } from "../../runs/input/input-text.ts";
import { printable } from "../../runs/progress/progress.ts";
import { roughUsd, formatDuration } from "../../runs/progress/format-figures.ts";
import { counted, nounFor } from "../../state/counted.ts";

/** Prints what runs would come to, one after another: as JSON on standard output, or for people. */
export function printForecast(
  forecasts: readonly (readonly [name: string, forecast: Forecast])[],
  { json }: { readonly json: boolean },
): void {
  const isOne = forecasts.length === 1;
  const total = sumForecasts(forecasts.map(([, forecast]) => forecast));
  if (json) {
    const shown = isOne ? forecasts[0]?.[1] : { ...Object.fromEntries(forecasts), total };
    process.stdout.write(`${JSON.stringify({ dryRun: shown })}\n`);
    return;
  }
  // Several runs are over one input.
  const input = forecasts[0]?.[1].input;
  if (input !== undefined) process.stdout.write(`${printable(inputText(input))}\n`);
  for (const [name, forecast] of forecasts) {
    process.stdout.write(`${name === "" ? "" : `${printable(name)}\n`}${forecastText(forecast)}\n`);
  }
  if (!isOne) {
    process.stdout.write(
      `all of them\nabout ${callsText(total)} ${nounFor(total.calls, "call")} to ` +
        `ask\n${figuresText(total)}\n`,
    );
  }
  process.stdout.write("Dry run: everything was checked, nothing was sent or written.\n");
}

function forecastText(forecast: Forecast): string {
  const { rows, unusable, budget, assumptions } = forecast;
  return [
    `${rows} ${nounFor(rows, "row")} (${unusable} can't be used), about ` +
      `${callsText(forecast)} ${nounFor(forecast.calls, "call")} to ask`,
    figuresText(forecast),
    ...(forecast.batches === undefined ? [] : batchLines(forecast.batches)),
    ...(budget === undefined ? [] : [budgetText(budget)]),
    ...assumptions.map((assumption) => `  assumed: ${printable(assumption)}`),
  ].join("\n");
}

/** So many waves are shown each by itself. */
const mostWaves = 12;

/** What a run in batches sends, wave by wave. */
function batchLines({ waves, hoursAWave }: NonNullable<Forecast["batches"]>): string[] {
  if (waves.length === 0) return ["no call goes into a batch: the models are asked live"];
  const sum = (of: (wave: (typeof waves)[number]) => number) =>
    waves.reduce((total, wave) => total + of(wave), 0);
  const usd = sum((wave) => wave.usd).toFixed(2);
  const time =
    hoursAWave === null
      ? "as fast as their files are answered"
      : `each within ${hoursAWave} hours, most of them far sooner`;
  const live = `, ${sum((wave) => wave.liveUsd).toFixed(2)} live`;
  const sums = `${usd} dollars${hoursAWave === null ? "" : live}`;
  return [
    `${counted(waves.length, "wave")} of batches, ${time}: ${sums}`,
    ...waves.slice(0, mostWaves).map(({ wave, calls, tokens, ...cost }) => {
      const ofLive = hoursAWave === null ? "" : ` (${cost.liveUsd.toFixed(2)} live)`;
      const price = `${cost.usd.toFixed(2)} dollars${ofLive}`;
      const figures = `${tokens.in} tokens in, ${tokens.out} out, ${price}`;
      return `  wave ${wave}: ${counted(calls, "call")}, ${figures}`;
    }),
    ...(waves.length > mostWaves ? [`  and ${waves.length - mostWaves} more`] : []),
  ];
}

type Figures = ReturnType<typeof sumForecasts>;

/** `48`, or `24 to 48` where a cascade may take fewer. */
function callsText({ calls, least }: Pick<Figures, "calls" | "least">): string {
  return least === undefined ? String(calls) : `${least.calls} to ${calls}`;
}

function figuresText(figures: Figures & Pick<Forecast, "batches">): string {
  const { tokens, least, seconds, batches } = figures;
  const about = batches === undefined ? "about" : "at most";
  const time = seconds === 0 ? "" : `\n${about} ${formatDuration(seconds)}`;
  return (
    `about ${tokens.in} tokens in and ${tokens.out} ` +
    `out${least === undefined ? "" : " at most"}, ${costText(figures)}${time}`
  );
}

/** Calls of unknown cost are never shown as 0.00 dollars. */
function costText({ calls, cost, least }: Figures): string {
  const unknown = `${counted(cost.unknown, "call")} whose cost is unknown`;
  if (cost.unknown > 0 && cost.unknown === calls) return unknown;
  const usd = cost.usd.toFixed(2);
  const dollars = least === undefined ? usd : `${least.usd.toFixed(2)} to ${usd}`;
  return `${dollars} dollars${cost.unknown === 0 ? "" : `, and ${unknown}`}`;
}

function budgetText(budget: NonNullable<Forecast["budget"]>): string {
  const { usd, reachedAtRow, spentUsd, largestCallUsd } = budget;
  const left = spentUsd === 0 ? "" : ` (${roughUsd(spentUsd)} of it spent before)`;
  if (reachedAtRow === null) return `the budget of ${roughUsd(usd)}${left} is enough`;
  const aside = `before a call its worst case is set aside, up to ${roughUsd(largestCallUsd)}`;
  return (
    `the budget of ${roughUsd(usd)}${left} would be reached at about row ${reachedAtRow}: ` +
    `${aside}`
  );
}
