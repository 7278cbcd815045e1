import { StateSchema } from "@langchain/langgraph";
import type { Topology } from "../topologies/schema/topology-schema.ts";
import { NewInput } from "./new-input.ts";
import type { Preset } from "./settled-node.ts";

type Schemas = { readonly state: Fields; readonly input: Fields; readonly output: Fields };
// The fields differ from kind to kind of graph, and nothing here looks into them.
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = StateSchema<any>;

/**
 * The schemas of a kind of graph with the field `settings`, which its nodes and the graphs inside it read. An input begins anew, unless
 * the graph is inside another, which hands on its state.
 */
export function withSettings<Kind extends Schemas>(
  { state, input, output }: Kind,
  { topology, settings, isInside }: Preset<Topology>,
): Kind {
  const fields = { ...state.fields, settings };
  return {
    state: new StateSchema(fields),
    input: isInside
      ? new StateSchema({ ...input.fields, settings })
      : new NewInput(fields, topology.graph),
    output,
  } as unknown as Kind;
}
