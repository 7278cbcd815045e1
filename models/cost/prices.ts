import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import * as z from "zod";
import { expectRegularFile } from "../../state/files/regular-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import type { ModelSettings } from "../model-settings.ts";
import { isLoopback } from "../providers/connect.ts";
import { isFree, isInProcess, providerOf } from "../providers/model-spec.ts";
import type { Environment } from "../providers/connect.ts";

/** Dollars per million tokens. */
export type Price = {
  readonly in: number;
  readonly out: number;
  /** The price in a batch, or its share of the live one, where the table states it. */
  readonly batch?: number | { readonly in: number; readonly out: number } | undefined;
};

/**
 * The price of a model spec, or of the calls of one agent: `free` where no provider counts its
 * tokens, null where it is not known.
 */
export type PriceOf = (spec: string, agent?: string) => Price | "free" | null;

/** An agent as far as its price depends on it. */
export type PricedAgent = {
  readonly name: string;
  /** Its own price, which counts before every table. */
  readonly price?: Price | undefined;
  readonly baseUrls?: readonly string[] | undefined;
  /** The API of a reward model, which takes no batches. */
  readonly api?: ModelSettings["api"];
};

export type PriceOptions = {
  /** Holds the addresses of the providers that may be on this machine. */
  readonly environment?: Environment | undefined;
  readonly agents?: readonly PricedAgent[] | undefined;
};

const usdPerMillion = { in: z.number().nonnegative(), out: z.number().nonnegative() };

const priceFile = z.record(
  z.string(),
  z.strictObject({
    ...usdPerMillion,
    batch: z.union([z.number().min(0).max(1), z.strictObject(usdPerMillion)]).optional(),
  }),
);

/** The table that people edit. */
export const priceTable = join(import.meta.dirname, "..", "prices.yaml");

/**
 * Reads a price table, a YAML file by model spec. An agent's own price counts first, then the
 * table. A model in this process, in Ollama or behind a loopback address costs nothing unless one
 * of them says otherwise.
 *
 * @throws FellowshipError `bad_usage` where the file can't be read or is no price table, with its
 *   name and the place.
 */
export function loadPrices(
  path: string,
  { environment = {}, agents = [] }: PriceOptions = {},
): PriceOf {
  const parsed = priceFile.safeParse(readYaml(path));
  if (!parsed.success) {
    throw new FellowshipError("bad_usage", `${path}: ${z.prettifyError(parsed.error)}`);
  }
  const prices = new Map(Object.entries(parsed.data));
  const byName = new Map(agents.map((agent) => [agent.name, agent]));
  return (spec, agent = "") => {
    const { price, baseUrls } = byName.get(agent) ?? {};
    if (price !== undefined) return price;
    if (isInProcess(spec)) return "free";
    const listed = prices.get(spec);
    if (listed !== undefined) return listed;
    return isFree(spec) || isLocal(spec, environment, baseUrls) ? "free" : null;
  };
}

/** Whether a model that needs no key is served on this machine. */
function isLocal(
  spec: string,
  environment: Environment,
  baseUrls: readonly string[] | undefined,
): boolean {
  const provider = providerOf(spec);
  if (provider === undefined || !("keyOptional" in provider)) return false;
  const addresses = baseUrls ?? [environment[provider.baseUrlVariable] ?? ""];
  return addresses.every((address) => isLoopback(address.trim()));
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
