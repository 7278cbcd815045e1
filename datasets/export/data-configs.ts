import type { OutputFile } from "./output-set.ts";

/** Data that load by name: a file's path without its ending, and what a line of it holds. */
export type NamedData = { readonly name: string; readonly holds: string };

/** A configuration of a data set card. */
export type DataConfig = NamedData & {
  /** The file that is loaded. */
  readonly file: string;
  readonly lines: number;
  /** The name that `load_dataset(DIR, CONFIG)` takes. */
  readonly config: string;
};

/**
 * The files by which data are loaded, in the order of `data`. A loader reads all configurations of
 * one repository in one format, so that Parquet is named only where all data have it, and JSON is
 * otherwise.
 *
 * @param files What a run wrote; data without a file are left out.
 */
export function dataConfigs(
  data: readonly NamedData[],
  files: readonly OutputFile[],
): DataConfig[] {
  const fileOf = (name: string, endings: readonly string[]) =>
    files.find((file) => endings.some((ending) => file.name === `${name}.${ending}`));
  const present = data.flatMap((named) => {
    const json = fileOf(named.name, ["jsonl", "json"]);
    return json === undefined ? [] : [{ named, json, parquet: fileOf(named.name, ["parquet"]) }];
  });
  const isParquet = present.every(({ parquet }) => parquet !== undefined);
  return present.map(({ named, json, parquet }) => ({
    ...named,
    file: (isParquet ? parquet : json)?.name ?? json.name,
    lines: json.lines,
    config: named.name.replaceAll(/[/.]/g, "-"),
  }));
}

/** Front matter of a card that names what can be loaded. Loaders refuse empty files. */
export function configLines(configs: readonly DataConfig[]): string[] {
  const loadable = configs.filter(({ lines }) => lines > 0);
  if (loadable.length === 0) return [];
  return [
    "configs:",
    ...loadable.flatMap(({ config, file }, index) => [
      `  - config_name: ${config}`,
      `    data_files: ${file}`,
      ...(index === 0 ? ["    default: true"] : []),
    ]),
  ];
}

/** The Hub's category for a number of rows. */
export function sizeCategory(rows: number): string {
  const names = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"];
  const place = names.findIndex((_, power) => rows < 10 ** (power + 3));
  if (place === -1) return "n>1T";
  return place === 0 ? "n<1K" : `${names[place - 1]}<n<${names[place]}`;
}
