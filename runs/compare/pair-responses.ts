import { FellowshipError } from "../../state/fellowship-error.ts";
import { pairsOf } from "../../statistics/compare-runs.ts";
import type { RunResponse, RunResponses } from "./read-responses.ts";

/** A line of the comparison's pairs: two runs' responses to a prompt, or why there aren't two. */
export type PairLine = {
  readonly id: string;
  /** The names of the two runs. */
  readonly runs: readonly [a: string, b: string];
  readonly messages: readonly unknown[];
  readonly a?: { readonly text: string };
  readonly b?: { readonly text: string };
  /** A reference answer, which a judge may be shown. */
  readonly reference?: unknown;
  /** The prompt's other fields. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Why the two can't be compared. */
  readonly problem?: string;
};

/**
 * Pairs the responses of runs by prompt, each run with each later one, prompt by prompt. A prompt
 * that is in the runs several times is paired in order where all hold it equally often.
 *
 * @throws FellowshipError `bad_input` where two runs have no prompt in common
 */
export function pairResponses(runs: readonly RunResponses[]): PairLine[] {
  const indexed = runs.map(({ responses }) => indexByPrompt(responses));
  for (const [a, b] of pairsOf(runs.length)) refuseOtherPrompts(runs, indexed, [a, b]);
  const keys = new Set(runs.flatMap(({ responses }) => responses.map(({ key }) => key)));
  return [...keys].flatMap((key) => {
    const held = indexed.map((index) => index.get(key) ?? []);
    const most = Math.max(...held.map(({ length }) => length));
    return Array.from({ length: most }, (_, occurrence) => occurrence).flatMap((occurrence) =>
      pairsOf(runs.length).map((pair) => pairLine(runs, held, pair, occurrence)),
    );
  });
}

type Held = readonly (readonly RunResponse[])[];

function indexByPrompt(responses: readonly RunResponse[]): Map<string, RunResponse[]> {
  const index = new Map<string, RunResponse[]>();
  for (const response of responses) {
    const others = index.get(response.key);
    if (others === undefined) index.set(response.key, [response]);
    else others.push(response);
  }
  return index;
}

function refuseOtherPrompts(
  runs: readonly RunResponses[],
  indexed: readonly ReadonlyMap<string, unknown>[],
  [a, b]: readonly [number, number],
): void {
  if ([...(indexed[a]?.keys() ?? [])].some((key) => indexed[b]?.has(key) === true)) return;
  const [one, other] = [runs[a]?.path, runs[b]?.path];
  throw new FellowshipError(
    "bad_input",
    `${one} and ${other} have no prompt in common. Compare runs over the same prompts.`,
    { facts: { one, other } },
  );
}

function pairLine(
  runs: readonly RunResponses[],
  held: Held,
  [a, b]: readonly [number, number],
  occurrence: number,
): PairLine {
  const shown = held.flatMap((one) => one.slice(occurrence, occurrence + 1))[0];
  const { id = "", messages = [], extra = {} } = shown?.prompt ?? {};
  const { reference, ...fields } = extra;
  const names = [runs[a]?.name ?? "", runs[b]?.name ?? ""] as const;
  const given = reference === undefined ? {} : { reference };
  const line = { id, runs: names, messages, ...given, fields };
  const problem = problemOf(runs, held, [a, b], occurrence);
  if (problem !== null) return { ...line, problem };
  const responseOf = (run: number) => ({ text: held[run]?.[occurrence]?.text ?? "" });
  return { ...line, a: responseOf(a), b: responseOf(b) };
}

function countedPlaces(responses: readonly RunResponse[]): string {
  const places = responses.map(({ place }) => place).join(", ");
  return `${responses.length === 1 ? "one" : responses.length} (${places})`;
}

function problemOf(
  runs: readonly RunResponses[],
  held: Held,
  pair: readonly [number, number],
  occurrence: number,
): string | null {
  const [ofA = [], ofB = []] = pair.map((run) => held[run] ?? []);
  const place = (ofA[occurrence] ?? ofB[occurrence] ?? ofA[0] ?? ofB[0])?.place;
  for (const [index, own] of [ofA, ofB].entries()) {
    const path = runs[pair[index] ?? 0]?.path;
    if (own.length === 0) {
      return `${path} has no response to the prompt${place === undefined ? "" : ` of ${place}`}`;
    }
  }
  if (ofA.length !== ofB.length) {
    const [more, fewer] = ofA.length > ofB.length ? [ofA, ofB] : [ofB, ofA];
    return (
      `expected the prompt equally often in both runs, got ${countedPlaces(more)} and ` +
      `${countedPlaces(fewer)}`
    );
  }
  const without = [ofA, ofB].find((own) => own[occurrence]?.text === null);
  return without === undefined ? null : `${without[occurrence]?.place}: no response of that round`;
}
