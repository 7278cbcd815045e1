import { FellowshipError } from "../../state/fellowship-error.ts";
import type { DataConfig } from "./data-configs.ts";

/** The files of one split of one configuration. */
export type ChosenSplit = {
  readonly config: string;
  readonly split: string;
  readonly files: readonly string[];
};

/**
 * Chooses the split that an address names. Without a configuration it is the default one, or the
 * only one; without a split it is `train`, or the only one. A single name is that of a
 * configuration, else that of a split.
 *
 * @param names The parts of the address behind the data set: none, one or two.
 * @throws FellowshipError `bad_usage`, which lists what there is
 */
export function chooseSplit(
  configs: readonly DataConfig[],
  names: readonly string[],
  shown: string,
): ChosenSplit {
  const [first, second] = names;
  const named = first === undefined ? undefined : configs.find(({ name }) => name === first);
  if (names.length > 2 || (second !== undefined && named === undefined)) {
    throw unknownName(configs, names, shown);
  }
  const config = named ?? defaultConfig(configs, first);
  if (config === undefined) {
    if (first !== undefined) throw unknownName(configs, names, shown);
    throw new FellowshipError(
      "bad_usage",
      `${shown}: expected a configuration, for there are several. Give one of ` +
        `these:\n${listed(configs, shown)}`,
      { facts: { configs: configs.map(({ name }) => name) } },
    );
  }
  const split = second ?? (named === undefined ? first : undefined) ?? defaultSplit(config);
  const files = split === undefined ? undefined : config.splits.get(split);
  if (split !== undefined && files !== undefined) return { config: config.name, split, files };
  if (split !== undefined) throw unknownName(configs, names, shown);
  throw new FellowshipError(
    "bad_usage",
    `${shown}: expected a split, for there are several. Give one of ` +
      `these:\n${listed([config], shown)}`,
    { facts: { splits: [...config.splits.keys()] } },
  );
}

function defaultConfig(
  configs: readonly DataConfig[],
  split: string | undefined,
): DataConfig | undefined {
  if (configs.length === 1) return configs[0];
  const marked = configs.find(({ isDefault }) => isDefault);
  if (marked !== undefined || split === undefined) return marked;
  const holding = configs.filter(({ splits }) => splits.has(split));
  return holding.length === 1 ? holding[0] : undefined;
}

function defaultSplit({ splits }: DataConfig): string | undefined {
  if (splits.has("train")) return "train";
  return splits.size === 1 ? [...splits.keys()][0] : undefined;
}

function unknownName(
  configs: readonly DataConfig[],
  names: readonly string[],
  shown: string,
): FellowshipError {
  return new FellowshipError(
    "bad_usage",
    `${shown}: expected a configuration or split of the data set, found none called ` +
      `${JSON.stringify(names.join("/"))}. Give one of these:\n${listed(configs, shown)}`,
    { facts: { configs: configs.map(({ name }) => name), names } },
  );
}

const mostListed = 20;

/** The addresses of all splits, a line each. */
function listed(configs: readonly DataConfig[], shown: string): string {
  const base = /^hf:\/\/(?:datasets\/)?[^/]+\/[^/@]+(?:@(?:refs\/\w+\/)?[^/]+)?/i.exec(shown)?.[0];
  const all = configs.flatMap(({ name, splits }) =>
    [...splits.keys()].map((split) => `  ${base}/${name}/${split}`),
  );
  const more = all.length - mostListed;
  return [...all.slice(0, mostListed), ...(more > 0 ? [`  and ${more} more`] : [])].join("\n");
}
