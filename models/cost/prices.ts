import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { expectRegularFile } from "../../state/regular-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { isFree } from "../providers/model-spec.ts";

/** Dollars per million tokens. */
export type Price = { readonly in: number; readonly out: number };

/**
 * The price of a model spec: `free` where no provider counts its tokens, null where the table lacks
 * it.
 */
export type PriceOf = (spec: string) => Price | "free" | null;

const priceFile = z.record(
  z.string(),
  z.strictObject({ in: z.number().nonnegative(), out: z.number().nonnegative() }),
);

/** The table that people edit. */
export const priceTable = join(import.meta.dirname, "..", "prices.yaml");

/**
 * Reads a price table, a YAML file by model spec.
 *
 * @throws FellowshipError `bad_usage` where the file can't be read or is no price table, with its
 *   name and the place.
 */
export function loadPrices(path: string): PriceOf {
  const parsed = priceFile.safeParse(readYaml(path));
  if (!parsed.success) {
    throw new FellowshipError("bad_usage", `${path}: ${z.prettifyError(parsed.error)}`);
  }
  const prices = new Map(Object.entries(parsed.data));
  return (spec) => (isFree(spec) ? "free" : (prices.get(spec) ?? null));
}

function readYaml(path: string): unknown {
  expectRegularFile(path);
  try {
    return parse(readFileSync(path, "utf8"), { maxAliasCount: 0 });
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    throw new FellowshipError("bad_usage", `Can't read the price table ${path}: ${reason}`, {
      facts: { path },
      cause,
    });
  }
}
