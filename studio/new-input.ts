import { Overwrite, ReducedValue, StateSchema, type StateSchemaFields } from "@langchain/langgraph";
import type * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import type { Topology } from "../topologies/schema/topology-schema.ts";

/** What the input of each graph must hold: LangGraph checks what an input holds, not what it lacks. */
export const inputs: Readonly<Record<Topology["graph"], readonly string[]>> = {
  judge: ["prompt", "pair"],
  jury: ["prompt", "pair"],
  debate: ["prompt", "pair"],
  single: ["prompt"],
  "feedback-loop": ["prompt"],
  coevol: ["prompt", "response"],
  chain: ["prompt"],
};

/** @throws FellowshipError `bad_usage` naming the first of `needs` that is not there, or is an empty list. */
export function refuseMissing(graph: string, needs: readonly string[], given: object): void {
  const fields = given as Readonly<Record<string, unknown>>;
  const missing = needs.find((name) => isMissing(fields[name]));
  if (missing === undefined) return;
  throw new FellowshipError(
    "bad_usage",
    `${missing}: is missing; the input of ${graph} holds ${needs.join(" and ")}.`,
    { facts: { key: missing } },
  );
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null || (Array.isArray(value) && value.length === 0);
}

/**
 * The input with which a row begins in Studio. LangGraph adds an input to what its thread holds, so that a second question would go on
 * where the first one ended; by this schema everything that an input leaves out goes back to how a fresh thread has it. A fork has no input,
 * and goes on from the state it was made of.
 */
export class NewInput extends StateSchema<StateSchemaFields> {
  private readonly graph: Topology["graph"];
  private readonly taken: StateSchema<StateSchemaFields>;

  /** @param state All fields of the graph's state, with `row` and `settings`. */
  constructor(state: StateSchemaFields, graph: Topology["graph"]) {
    super(state);
    this.graph = graph;
    this.taken = new StateSchema(only(state, (name) => isGiven(name, graph)));
  }

  override getInputJsonSchema() {
    return { ...this.taken.getInputJsonSchema(), required: [...inputs[this.graph]] };
  }

  /** @throws FellowshipError `bad_usage` where the input lacks something. */
  override async validateInput<Input>(input: Input): Promise<Input> {
    if (input === null || typeof input !== "object") return input;
    refuseMissing(this.graph, inputs[this.graph], input);
    const given = await this.taken.validateInput(only(input, (name) => name in this.taken.fields));
    return { ...fresh(only(this.fields, (name) => !(name in given))), ...given };
  }
}

/** What runs leave in a thread, as a fresh one has it. */
export function nothingRun(state: StateSchemaFields, graph: Topology["graph"]): object {
  return fresh(only(state, (name) => !isGiven(name, graph)));
}

function isGiven(name: string, graph: Topology["graph"]): boolean {
  return name === "row" || name === "settings" || inputs[graph].includes(name);
}

function only<Fields extends object>(fields: Fields, isWanted: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isWanted(name))) as Fields;
}

/** The values of fields in a fresh thread; those of lists are written past the reducer, which would add them. */
function fresh(fields: object): object {
  const values = Object.entries(fields).map(([name, field]) => {
    if (!ReducedValue.isInstance(field)) return [name, (field as z.ZodType).parse(undefined)];
    const schema = field.valueSchema as unknown as z.ZodType;
    return [name, new Overwrite(schema.parse(undefined))];
  });
  return Object.fromEntries(values) as object;
}
