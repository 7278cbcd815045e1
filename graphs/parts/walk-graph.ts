import type { RunnableConfig } from "@langchain/core/runnables";
import { END, GraphRecursionError, isCommand, START, StateSchema } from "@langchain/langgraph";
import { followGraph, type FollowedRun } from "./followed-run.ts";

type State = Readonly<Record<string, unknown>>;

/** A field of the state as LangGraph keeps it, with its reducer. */
type Channel = {
  readonly lc_graph_name: string;
  readonly fromCheckpoint: (value?: unknown) => Channel;
  readonly update: (values: readonly unknown[]) => boolean;
  readonly isAvailable: () => boolean;
  readonly get: () => unknown;
};
type Channels = Readonly<Record<string, Channel>>;

type Call = (state: State, config: RunnableConfig) => unknown;

/** What a compiled graph was made of. */
type Builder = {
  readonly channels: Channels;
  readonly nodes: Readonly<Record<string, NodeSpec>>;
  readonly edges: ReadonlySet<readonly [start: string, end: string]>;
  readonly waitingEdges: ReadonlySet<readonly [starts: readonly string[], end: string]>;
  readonly branches: Readonly<Record<string, Readonly<Record<string, Branch>>>>;
  readonly _schemaRuntimeDefinition: unknown;
  readonly _inputRuntimeDefinition: unknown;
};
type NodeSpec = {
  readonly runnable: { readonly func?: Call };
  readonly defer?: unknown;
  readonly retryPolicy?: unknown;
  readonly cachePolicy?: unknown;
  readonly timeout?: unknown;
  readonly errorHandlerNode?: unknown;
};
type Branch = {
  readonly path: { readonly func?: Call };
  readonly ends?: Readonly<Record<string, string>>;
};
type Compiled = {
  readonly name?: string;
  readonly builder?: Builder;
  readonly outputChannels?: unknown;
  readonly config?: RunnableConfig;
};

/** Where a node leads. */
type Ways = {
  readonly ends: readonly string[];
  readonly joins: readonly Join[];
  readonly branches: readonly {
    readonly name: string;
    readonly route: Call;
    readonly ends: Branch["ends"];
  }[];
};
type Join = { readonly starts: readonly string[]; readonly end: string };

/** A graph as it is walked. */
type Plan = {
  /** As traces show it. */
  readonly name: string;
  readonly channels: Channels;
  readonly input: StateSchema<never>;
  readonly state: StateSchema<never>;
  readonly output: readonly string[];
  readonly call: (name: string, state: State, config: RunnableConfig) => unknown;
  readonly waysFrom: (name: string) => Ways;
  readonly recursionLimit: number | undefined;
};

/** A graph as its callers know it. */
export type Invocable<Input, Output> = {
  invoke(input: Input, config?: RunnableConfig): Promise<Output>;
};

/**
 * Runs a compiled graph that is not streamed, interrupted or resumed: its own nodes, edges, schemas
 * and reducers, step by step as LangGraph runs them, without what LangGraph keeps for those. That
 * takes most of a step's processor time. Callbacks of the config are told of the same runs as by
 * LangGraph. A graph with more than functions, graphs and plain edges in it is left to LangGraph.
 *
 * @returns `invoke` of the graph, or its like
 */
export function walkerOf<Input, Output>(
  graph: Invocable<Input, Output>,
): Invocable<Input, Output>["invoke"] {
  const plan = planOf(graph as Compiled);
  if (plan === null) return (input, config) => graph.invoke(input, config);
  return async (input, config = {}) => (await walk(plan, input as State, config)) as Output;
}

/** Configs that a walk gave to nodes. */
const walkedConfigs = new WeakSet<RunnableConfig>();

/**
 * What a node uses in place of `graph.invoke`: the graph is walked where the node is, and runs in
 * LangGraph where the node does.
 */
export function invokerOf<Input, Output>(
  graph: Invocable<Input, Output>,
): (input: Input, config: RunnableConfig) => Promise<Output> {
  const walked = walkerOf(graph);
  return (input, config) =>
    walkedConfigs.has(config) ? walked(input, config) : graph.invoke(input, config);
}

/** Whether `walkerOf` runs a graph itself. */
export function isWalked(graph: object): boolean {
  return planOf(graph) !== null;
}

/** Null for a graph that does what only LangGraph can. */
function planOf({ name = "LangGraph", ...compiled }: Compiled): Plan | null {
  const { builder, outputChannels, config } = compiled;
  if (builder === undefined || !Array.isArray(outputChannels)) return null;
  const { channels, nodes, _schemaRuntimeDefinition: state } = builder;
  const input = builder._inputRuntimeDefinition;
  if (!StateSchema.isInstance(state) || !StateSchema.isInstance(input)) return null;
  if (!Object.values(channels).every(isPlainChannel)) return null;
  const calls = new Map<string, Call>();
  for (const [name, spec] of Object.entries(nodes)) {
    const call = callOf(spec);
    if (call === null) return null;
    calls.set(name, call);
  }
  const joins = [...builder.waitingEdges].map(([starts, end]): Join => ({ starts, end }));
  const ways = new Map(
    [START, ...calls.keys()].map((name) => [name, waysOf(builder, joins, name)]),
  );
  if ([...ways.values()].some((way) => way === null)) return null;
  return {
    name,
    channels,
    input: input as StateSchema<never>,
    state: state as StateSchema<never>,
    output: outputChannels as string[],
    call: (name, now, given) => calls.get(name)?.(now, given),
    waysFrom: (name) => ways.get(name) ?? { ends: [], joins: [], branches: [] },
    recursionLimit: config?.recursionLimit,
  };
}

function isPlainChannel({ lc_graph_name: kind }: Channel): boolean {
  return kind === "LastValue" || kind === "BinaryOperatorAggregate";
}

/** A node's function, or the walk through the graph that is the node. */
function callOf({ runnable, ...policies }: NodeSpec): Call | null {
  const { defer, retryPolicy, cachePolicy, timeout, errorHandlerNode } = policies;
  const wants = [defer, retryPolicy, cachePolicy, timeout, errorHandlerNode];
  if (wants.some((policy) => policy !== undefined && policy !== false)) return null;
  if (runnable.func !== undefined) return runnable.func;
  const inner = planOf(runnable as Compiled);
  return inner === null ? null : (state, config) => walk(inner, state, config);
}

function waysOf({ edges, branches }: Builder, joins: readonly Join[], from: string): Ways | null {
  const own = Object.entries(branches[from] ?? {});
  const routes = own.flatMap(([name, { path, ends }]) =>
    path.func === undefined ? [] : [{ name, route: path.func, ends }],
  );
  if (routes.length < own.length) return null;
  return {
    ends: [...edges].flatMap(([start, end]) => (start === from ? [end] : [])),
    joins: joins.filter(({ starts }) => starts.includes(from)),
    branches: routes,
  };
}

async function walk(plan: Plan, given: State, config: RunnableConfig): Promise<State> {
  const run = await followGraph(config, { name: plan.name, inputs: given });
  try {
    const state = await steps(plan, given, { config, run, waiting: new Map() });
    const output = Object.fromEntries(
      plan.output.flatMap((key) => (key in state ? [[key, state[key]]] : [])),
    );
    await run?.end(output);
    return output;
  } catch (error) {
    await run?.fail(error);
    throw error;
  }
}

/** What a walk through one graph has with it. */
type Passage = {
  readonly config: RunnableConfig;
  /** Null where nothing follows the walk. */
  readonly run: FollowedRun | null;
  /** The nodes that came to each join. */
  readonly waiting: Map<Join, Set<string>>;
};

/** The state at the end of a graph. */
async function steps(plan: Plan, given: State, passage: Passage): Promise<State> {
  const limit = plan.recursionLimit ?? passage.config.recursionLimit ?? 25;
  const channels: Channels = Object.fromEntries(
    Object.entries(plan.channels).map(([key, channel]) => [key, channel.fromCheckpoint()]),
  );
  const checked = await plan.input.validateInput(given);
  const own = new Set(plan.input.getChannelKeys());
  const entered = Object.entries(checked).filter(([key]) => own.has(key));
  apply(channels, [await plan.state.validateInput(Object.fromEntries(entered))]);
  let state = read(channels);
  // LangGraph hides its start, and the routers behind it, from those who follow.
  let active = await nextOf(plan, { name: START, run: null }, state, passage);
  for (let step = 1; active.size > 0; step += 1) {
    if (step > limit) throw new GraphRecursionError(`Recursion limit of ${limit} reached.`);
    const before = state;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    const calls = await Promise.all(
      [...active].toSorted().map((name) => callNode(plan, { name, step }, before, passage)),
    );
    const updates = calls.map(({ update }) => update);
    // LangGraph lets a branch see its own node's writes, and not those of nodes beside it.
    const seen =
      calls.length > 1 ? updates.map((update) => stateWith({ channels, state }, update)) : null;
    apply(channels, updates);
    state = read(channels);
    const now = state;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    const nexts = await Promise.all(
      calls.map((call, at) => leave(plan, call, seen?.[at] ?? now, passage)),
    );
    active = new Set(nexts.flatMap((next) => [...next]));
  }
  return state;
}

type CalledNode = {
  readonly name: string;
  readonly run: FollowedRun | null;
  /** What it returned, as far as the state has such fields. */
  readonly update: State;
};

/** Calls a node; its update is checked against the schema. */
async function callNode(
  { call, state: schema, channels }: Plan,
  { name, step }: { readonly name: string; readonly step: number },
  state: State,
  { config, run: graph }: Passage,
): Promise<CalledNode> {
  const metadata = { langgraph_step: step, langgraph_node: name };
  const run = (await graph?.begin({ name, inputs: state, metadata })) ?? null;
  try {
    const ask: Call = (own, inside) => {
      walkedConfigs.add(inside);
      return call(name, own, inside);
    };
    const update = await (run === null ? ask({ ...state }, config) : run.enter(ask, state, config));
    if (update === null || update === undefined) return { name, run, update: {} };
    if (typeof update !== "object" || Array.isArray(update) || isCommand(update)) {
      throw new TypeError(`expected the node "${name}" to return fields of the state`);
    }
    const known = Object.entries(update).filter(([key]) => key in channels);
    return { name, run, update: await schema.validateInput(Object.fromEntries(known)) };
  } catch (error) {
    await run?.fail(error);
    throw error;
  }
}

/** Finds where a node leads, and ends its run. */
async function leave(
  plan: Plan,
  node: CalledNode,
  state: State,
  passage: Passage,
): Promise<ReadonlySet<string>> {
  const next = await nextOf(plan, node, state, passage);
  await node.run?.end(node.update);
  return next;
}

/** The nodes that follow a node. */
async function nextOf(
  { waysFrom }: Plan,
  { name, run }: Pick<CalledNode, "name" | "run">,
  state: State,
  { config, waiting }: Passage,
): Promise<ReadonlySet<string>> {
  const { ends, joins, branches } = waysFrom(name);
  const next = new Set(ends);
  for (const join of joins) {
    const arrived = (waiting.get(join) ?? new Set()).add(name);
    waiting.set(join, arrived);
    if (arrived.size < join.starts.length) continue;
    waiting.delete(join);
    next.add(join.end);
  }
  for (const branch of branches) {
    // oxlint-disable-next-line no-await-in-loop -- a node has one, seldom two
    const router = await run?.begin({ name: branch.name, inputs: state });
    // oxlint-disable-next-line no-await-in-loop -- a node has one, seldom two
    const chosen: unknown = await branch.route(state, config);
    // oxlint-disable-next-line no-await-in-loop -- a node has one, seldom two
    await router?.end(chosen);
    for (const word of Array.isArray(chosen) ? (chosen as unknown[]) : [chosen]) {
      const place = branch.ends === undefined ? word : branch.ends[String(word)];
      if (typeof place !== "string") throw new TypeError(`"${name}" leads to no node`);
      next.add(place);
    }
  }
  next.delete(END);
  return next;
}

/** Writes the updates of one step, in the order of their nodes. */
function apply(channels: Channels, updates: readonly State[]): void {
  const values = new Map<string, unknown[]>();
  for (const update of updates) {
    for (const [key, value] of Object.entries(update)) {
      const own = values.get(key) ?? [];
      own.push(value);
      values.set(key, own);
    }
  }
  for (const [key, all] of values) channels[key]?.update(all);
}

function read(channels: Channels): State {
  const state: Record<string, unknown> = {};
  for (const [key, channel] of Object.entries(channels)) {
    if (channel.isAvailable()) state[key] = channel.get();
  }
  return state;
}

/** The state with the update of one node alone. */
function stateWith(
  { channels, state }: { readonly channels: Channels; readonly state: State },
  update: State,
): State {
  const copies = Object.fromEntries(
    Object.keys(update).flatMap((key) => {
      const channel = channels[key];
      return channel === undefined ? [] : [[key, channel.fromCheckpoint(state[key])] as const];
    }),
  );
  apply(copies, [update]);
  return { ...state, ...read(copies) };
}
