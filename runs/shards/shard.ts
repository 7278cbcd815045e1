import { shownUsd } from "../../models/cost/budget.ts";

/** One of several equal parts of a run: rows I, I + N, I + 2 N … of the input. */
export type Shard = {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
};

/** Each shard reads the whole input, so that more of them are of no use. */
export const mostShards = 10_000;

/** Reads `I/N`; undefined where the text is no such thing. */
export function parseShard(text: string): Shard | undefined {
  const [, first, second] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  const [index, of] = [Number(first), Number(second)];
  return index >= 1 && index <= of && of <= mostShards ? { index, of } : undefined;
}

/** Whether a row, by its number in the input from 1, belongs to a shard; any does where none is. */
export function isInShard(shard: Shard | undefined, row: number): boolean {
  return shard === undefined || (row - 1) % shard.of === shard.index - 1;
}

/** As `--shard` takes it. */
export function shardText({ index, of }: Shard): string {
  return `${index}/${of}`;
}

/** The share of a shard in a budget; the shares together never pass it. */
export function budgetShare(budgetUsd: number, { of }: Shard): number {
  const units = 1e9;
  return Math.floor((budgetUsd * units) / of) / units;
}

/** The rows of a shard and its share of the budget, in a sentence for people. */
export function shardNotice(shard: Shard, budgetUsd: number | undefined): string {
  const { index, of } = shard;
  const rows = of === 1 ? "all rows" : `rows ${index}, ${index + of}, ${index + 2 * of} …`;
  const share = budgetUsd === undefined ? "" : `, with ${shownUsd(budgetUsd)} of the budget`;
  return `Shard ${shardText(shard)}: ${rows} of the input${share}.`;
}
