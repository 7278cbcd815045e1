import { Overwrite, ReducedValue, StateSchema, type StateSchemaFields } from "@langchain/langgraph";
import type * as z from "zod";
import { FellowshipError } from "../state/fellowship-error.ts";
import { EvaluatorState } from "../state/evaluation/evaluator-state.ts";
import { EvolutionState } from "../state/generation/evolution-state.ts";
import { GeneratorState } from "../state/generation/generator-state.ts";
import { kindOf, topologyCommands, type Topology } from "../topologies/kinds/kinds.ts";
import { refuseMistakes } from "./refuse-mistakes.ts";

/** The state of a graph, by the command that takes it, and what its input must hold. */
type GraphInput = {
  readonly fields: StateSchemaFields;
  /** LangGraph checks the fields that an input has, not those that are missing. */
  readonly needs: readonly string[];
};

export const inputs = {
  evaluate: { fields: EvaluatorState.fields, needs: ["prompt", "pair"] },
  generate: { fields: GeneratorState.fields, needs: ["prompt"] },
  evolve: { fields: EvolutionState.fields, needs: ["prompt", "response"] },
} as const satisfies Readonly<Record<string, GraphInput>>;

/** The input of a topology's graph in Studio. */
export function inputOf(topology: Topology): GraphInput {
  const kind = kindOf(topology);
  const command = topologyCommands.find((one) => kind[one] !== undefined);
  if (command === undefined) throw new Error(`no command takes ${topology.graph}`);
  return inputs[command];
}

/**
 * @throws FellowshipError `bad_usage` naming the first of `needs` that is not there, or is an empty
 *   list.
 */
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
  if (value === undefined || value === null || value === "") return true;
  return Array.isArray(value) && value.length === 0;
}

/**
 * The input with which a row begins in Studio. LangGraph adds an input to what its thread holds, so
 * that a second question would go on where the first one ended; by this schema everything that an
 * input leaves out goes back to how a fresh thread has it. A fork has no input, and goes on from
 * the state it was made of.
 */
export class NewInput extends StateSchema<StateSchemaFields> {
  private readonly graph: string;
  private readonly needs: readonly string[];
  private readonly taken: StateSchema<StateSchemaFields>;

  /** @param state All fields of the graph's state, with `row` and `settings`. */
  constructor(state: StateSchemaFields, graph: string, needs: readonly string[]) {
    super(state);
    this.graph = graph;
    this.needs = needs;
    this.taken = new StateSchema(only(state, (name) => isGiven(name, needs)));
  }

  override getInputJsonSchema() {
    return { ...this.taken.getInputJsonSchema(), required: [...this.needs] };
  }

  /** @throws FellowshipError `bad_usage` where a field is missing, unknown or of a wrong type. */
  override async validateInput<Input>(input: Input): Promise<Input> {
    if (input === null || typeof input !== "object") return input;
    refuseMissing(this.graph, this.needs, input);
    const { fields } = this.taken;
    // The other fields of a state that is sent back as an input begin anew.
    const known = only(input, (name) => name in fields || !(name in this.fields));
    const whole = withTextsInFull(known);
    refuseMistakes(whole, fields);
    const given = await this.taken.validateInput(whole);
    return { ...fresh(only(this.fields, (name) => !(name in given))), ...given };
  }
}

/** A prompt given as plain text is the user's message, and a response given so is its text. */
function withTextsInFull<Input extends object>(input: Input): Input {
  const { prompt, pair } = input as { readonly prompt?: unknown; readonly pair?: unknown };
  const full = { ...input };
  if (typeof prompt === "string") {
    Object.assign(full, { prompt: [{ role: "user", content: prompt }] });
  }
  if (typeof pair === "object" && pair !== null) {
    const sides = Object.entries(pair).map(([side, response]: [string, unknown]) =>
      typeof response === "string" ? [side, { text: response }] : [side, response],
    );
    Object.assign(full, { pair: Object.fromEntries(sides) as unknown });
  }
  return full;
}

/** The fields that runs write into a thread, with the values of a new thread. */
export function nothingRun({ fields, needs }: GraphInput): object {
  return fresh(only(fields, (name) => !isGiven(name, needs)));
}

function isGiven(name: string, needs: readonly string[]): boolean {
  return name === "row" || name === "settings" || needs.includes(name);
}

function only<Fields extends object>(fields: Fields, isWanted: (name: string) => boolean): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([name]) => isWanted(name))) as Fields;
}

/**
 * The values of fields in a fresh thread; those of lists are written past the reducer, which would
 * add them.
 */
function fresh(fields: object): object {
  const values = Object.entries(fields).map(([name, field]) => {
    if (!ReducedValue.isInstance(field)) return [name, (field as z.ZodType).parse(undefined)];
    const schema = field.valueSchema as unknown as z.ZodType;
    return [name, new Overwrite(schema.parse(undefined))];
  });
  return Object.fromEntries(values) as object;
}
