import { parse } from "yaml";
import * as z from "zod";
import { pathPattern } from "./path-pattern.ts";
import { readableEnding } from "./readable-ending.ts";

/** One configuration of a data set: its splits, each with its files in order. */
export type DataConfig = {
  readonly name: string;
  readonly isDefault: boolean;
  readonly splits: ReadonlyMap<string, readonly string[]>;
};

const paths = z.union([z.string(), z.array(z.string())]);
const DataFiles = z.union([
  paths,
  z.array(z.object({ split: z.coerce.string(), path: paths })),
  z.record(z.string(), paths),
]);
const Card = z.object({
  configs: z.array(
    z.object({
      config_name: z.coerce.string().default("default"),
      data_files: DataFiles.optional(),
      data_dir: z.string().optional(),
      default: z.boolean().optional(),
    }),
  ),
});

/** Files beside the data, by the names that the Hub knows (datasets, data_files.py). */
const noData =
  /(?:^|\/)(?:[._][^/]*|README\.md|config\.json|dataset_infos?\.json|dataset_dict\.json|state\.json)(?:\/|$)/i;

/**
 * The configurations and splits of a data set, found as the Hub finds them: those that the card
 * (README.md) lists under `configs`; else by the names of the files: `data/SPLIT-00000-of-00001`,
 * then names and folders that hold a split's word, else all files are `train`. Of files in several
 * formats the most frequent one counts.
 *
 * @param files The paths of all files.
 * @param card The text of README.md.
 */
export function dataConfigs(files: readonly string[], card?: string): DataConfig[] {
  const data = files.filter((file) => !noData.test(file) && readableEnding(file) !== undefined);
  const listed = Card.safeParse(frontMatter(card)).data?.configs ?? [];
  const configs = listed.map(({ config_name: name, data_files, data_dir, default: isDefault }) => {
    const inside = data_dir === undefined ? data : data.filter(pathPattern(data_dir));
    const splits =
      data_files === undefined
        ? splitsByName(inside, data_dir)
        : splitsListed(data_files, data, data_dir);
    return { name, isDefault: isDefault === true || name === "default", splits };
  });
  const found = configs.length > 0 ? configs : convertedConfigs(data);
  const all = found ?? [{ name: "default", isDefault: true, splits: splitsByName(data) }];
  return all.filter(({ splits }) => splits.size > 0);
}

function frontMatter(card = ""): unknown {
  const [, yaml] = /^\uFEFF?---\r?\n([\s\S]*?)\r?\n---/.exec(card) ?? [];
  try {
    return yaml === undefined ? undefined : parse(yaml, { logLevel: "silent" });
  } catch {
    return undefined; // the Hub then goes by the names of the files too
  }
}

function splitsListed(
  dataFiles: z.infer<typeof DataFiles>,
  files: readonly string[],
  folder = "",
): DataConfig["splits"] {
  const chosen = (patterns: z.infer<typeof paths>) =>
    [patterns].flat().flatMap((pattern) => {
      const prefix = folder.replaceAll(/^\.?\/*|\/+$/g, "");
      return files.filter(pathPattern(prefix === "" ? pattern : `${prefix}/${pattern}`)).sort();
    });
  return withFiles(splitPatterns(dataFiles).map(([split, patterns]) => [split, chosen(patterns)]));
}

function splitPatterns(dataFiles: z.infer<typeof DataFiles>): [string, z.infer<typeof paths>][] {
  if (typeof dataFiles === "string") return [["train", dataFiles]];
  if (!Array.isArray(dataFiles)) return Object.entries(dataFiles);
  return dataFiles.map((one) => (typeof one === "string" ? ["train", one] : [one.split, one.path]));
}

/** Words of each split (datasets, data_files.py). */
const splitWords = {
  train: ["train", "training"],
  validation: ["validation", "valid", "dev", "val"],
  test: ["test", "testing", "eval", "evaluation"],
};

const shard = /^(\w+(?:[.-]\w+)*)-\d{5}-of-\d{5}[^/]*$/;

/** @param folder Where the files are, if the card names a folder. */
function splitsByName(files: readonly string[], folder = ""): DataConfig["splits"] {
  const base = folder.replaceAll(/^\.?\/*|\/+$/g, "");
  const sorted = [...files].sort();
  const inside = (file: string) => file.slice(base === "" ? 0 : base.length + 1);
  const shards = sorted.flatMap((file): [string, string[]][] => {
    const name = inside(file);
    const isSharded = base !== "" || name.startsWith("data/");
    const [, split] = (isSharded ? shard.exec(name.replace(/^data\//, "")) : null) ?? [];
    return split === undefined ? [] : [[split, [file]]];
  });
  if (shards.length > 0) return withFiles(shards);
  const worded = Object.entries(splitWords).map(([split, words]): [string, string[]] => {
    const word = new RegExp(`(?:^|[-._ 0-9/])(?:${words.join("|")})(?:[-._ 0-9/]|$)`, "i");
    return [split, sorted.filter((file) => word.test(inside(file)))];
  });
  const byWord = withFiles(worded);
  return byWord.size > 0 ? byWord : withFiles([["train", sorted]]);
}

/** The Hub's own Parquet conversion: `CONFIG/SPLIT/0000.parquet`, `partial-SPLIT` where it is cut. */
function convertedConfigs(files: readonly string[]): DataConfig[] | undefined {
  const places = [...files].sort().map((file) => {
    const [, config, split] = /^([^/]+)\/(?:partial-)?([^/]+)\/\d{4}\.parquet$/.exec(file) ?? [];
    return config === undefined || split === undefined ? undefined : { config, split, file };
  });
  if (places.length === 0 || places.includes(undefined)) return undefined;
  const known = places.filter((place) => place !== undefined);
  return [...new Set(known.map(({ config }) => config))].map((name) => {
    const own = known.filter(({ config }) => config === name);
    const splits = withFiles(own.map(({ split, file }) => [split, [file]]));
    return { name, isDefault: name === "default", splits };
  });
}

/** Splits that have files, each with those of its most frequent format and each file once. */
function withFiles(found: readonly (readonly [string, readonly string[]])[]): DataConfig["splits"] {
  const splits = new Map<string, string[]>();
  for (const [split, files] of found) {
    if (files.length > 0) splits.set(split, [...(splits.get(split) ?? []), ...files]);
  }
  return new Map([...splits].map(([split, files]) => [split, ofOneFormat([...new Set(files)])]));
}

function ofOneFormat(files: readonly string[]): string[] {
  const counts = new Map<string | undefined, number>();
  for (const file of files) {
    const ending = readableEnding(file);
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return files.filter((file) => readableEnding(file) === most?.[0]);
}
