import type { RowAddress } from "../../state/calls/row-address.ts";
import type { JobParts } from "./job.ts";

/** Names of traces are shown in narrow columns. */
const longestId = 60;

/** The configuration of a row's graph: its recursion limit, and the metadata for traces. */
export function invocation(
  { number, id }: RowAddress,
  graph: string,
  { recursionLimit, callbacks }: { readonly recursionLimit: number } & Pick<JobParts, "callbacks">,
) {
  return {
    recursionLimit,
    callbacks,
    runName: `${graph} ${id.slice(0, longestId)}`,
    tags: [graph],
    metadata: { row: number, row_id: id },
  };
}
