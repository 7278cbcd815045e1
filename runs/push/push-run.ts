import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { pushFiles, type PushTarget } from "../../datasets/hub/push-files.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";

/** Data, card and report; never rows, journals, or what failed or was dropped. */
const pushed =
  /^(?:(?:dpo|kto|sft|evolved)\.(?:jsonl?|parquet)|multi-agent\/[^/]+|README\.md|report\.html|report-rows\/[^/]+)$/;

/**
 * Uploads the data, the card and the report of a run.
 *
 * @param files What the run wrote. Empty files, which loaders refuse, stay at home.
 * @returns the data set's address, and what is in it
 * @throws FellowshipError as `pushFiles`; `bad_usage` for a run without data
 */
export async function pushRun(
  directory: string,
  files: readonly OutputFile[],
  target: PushTarget,
): Promise<{ address: string; paths: string[] }> {
  const paths = files.filter(({ name, lines }) => pushed.test(name) && lines > 0);
  const names = paths.map(({ name }) => name);
  if (!names.some((name) => /\.(?:jsonl?|parquet)$/.test(name))) {
    throw new FellowshipError("bad_usage", `--push: ${directory} has no data to upload.`);
  }
  const address = await pushFiles(
    target,
    names.map((name) => ({ file: join(directory, name), path: name })),
  );
  return { address, paths: names };
}
