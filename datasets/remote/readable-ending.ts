/** The ending of a data file that can be read, packed or not: `jsonl`, `json`, `csv`, `parquet`. */
export function readableEnding(name: string): string | undefined {
  const [, ending = "", gz] = /\.(jsonl|ndjson|json|csv|tsv|parquet)(\.gz)?$/i.exec(name) ?? [];
  if (ending === "" || (gz !== undefined && ending.toLowerCase() === "parquet")) return undefined;
  return ending.toLowerCase().replace("ndjson", "jsonl").replace("tsv", "csv");
}
