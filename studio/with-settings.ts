import { StateSchema } from "@langchain/langgraph";
import { NewInput } from "./graph-input.ts";
import type { Preset } from "./preset.ts";

type Schemas = { readonly state: Fields; readonly input: Fields; readonly output: Fields };
// The fields differ from kind to kind of graph, and nothing here looks into them.
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = StateSchema<any>;

/**
 * The schemas of a kind of graph with the field `settings`, which its nodes and the graphs inside
 * it read. An input begins anew, unless the graph is inside another, which hands on its state.
 */
export function withSettings<Kind extends object>(
  own: Kind,
  { graph, needs, settings, isInside }: Preset<unknown>,
): Kind {
  // A graph's schemas are these three.
  const { state, input, output } = own as Schemas;
  const fields = { ...state.fields, settings };
  return {
    state: new StateSchema(fields),
    input: isInside
      ? new StateSchema({ ...input.fields, settings })
      : new NewInput(fields, graph, needs),
    output,
  } as unknown as Kind;
}
