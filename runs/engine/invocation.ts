import { walkerOf, type Invocable } from "../../graphs/parts/walk-graph.ts";
import type { RowAddress } from "../../state/calls/row-address.ts";
import type { JobParts } from "./job.ts";

/** Names of traces are shown in narrow columns. */
const longestId = 60;

/**
 * The configuration of a row's graph: its recursion limit, and where the run is traced, what
 * traces are found by. LangChain copies all of it for each step of a graph, tracer or not.
 */
export function invocation(
  { number, id }: RowAddress,
  graph: string,
  {
    recursionLimit,
    callbacks,
    configurable = {},
  }: {
    readonly recursionLimit: number;
    /** Settings of this row, which the graphs inside read too. */
    readonly configurable?: object | undefined;
  } & Pick<JobParts, "callbacks">,
) {
  const isSet = Object.keys(configurable).length > 0;
  if (callbacks.length === 0) {
    return { recursionLimit, ...(isSet ? { configurable: { ...configurable } } : {}) };
  }
  return {
    recursionLimit,
    callbacks,
    configurable: { ...configurable },
    runName: `${graph} ${id.slice(0, longestId)}`,
    tags: [graph],
    metadata: { row: number, row_id: id },
  };
}

/**
 * How the rows of a job go through its graph. One that holds code of the user's own, which may ask
 * anything of LangGraph, is LangGraph's to run.
 */
export function rowRunner<Input, Output>(
  graph: Invocable<Input, Output>,
  { code }: { readonly code: object },
): Invocable<Input, Output>["invoke"] {
  if (Object.keys(code).length === 0) return walkerOf(graph);
  return (input, config) => graph.invoke(input, config);
}
