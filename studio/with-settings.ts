import { StateSchema } from "@langchain/langgraph";
import type { StudioSettings } from "./studio-settings.ts";
import type * as z from "zod";

type Schemas = { readonly state: Fields; readonly input: Fields; readonly output: Fields };
// The fields differ from kind to kind of graph, and nothing here looks into them.
// oxlint-disable-next-line typescript/no-explicit-any
type Fields = StateSchema<any>;

/** The schemas of a kind of graph with the field `settings`, which its nodes and the graphs inside it read. */
export function withSettings<Kind extends Schemas>(
  { state, input, output }: Kind,
  settings: z.ZodType<StudioSettings>,
): Kind {
  return {
    state: new StateSchema({ ...state.fields, settings }),
    input: new StateSchema({ ...input.fields, settings }),
    output,
  } as Kind;
}
