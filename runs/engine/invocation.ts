import type { RowAddress } from "../../state/row-address.ts";
import type { JobParts } from "./job.ts";

/** Names of traces stand in narrow columns. */
const longestId = 60;

/** With what a row's graph is invoked: its bound, and what traces tell of it. */
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
