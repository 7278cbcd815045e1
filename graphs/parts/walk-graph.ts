import type { RunnableConfig } from "@langchain/core/runnables";
import { END, GraphRecursionError, isCommand, START, StateSchema } from "@langchain/langgraph";

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
  readonly builder?: Builder;
  readonly outputChannels?: unknown;
  readonly config?: RunnableConfig;
};

/** Where a node leads. */
type Ways = {
  readonly ends: readonly string[];
  readonly joins: readonly Join[];
  readonly branches: readonly { readonly route: Call; readonly ends: Branch["ends"] }[];
};
type Join = { readonly starts: readonly string[]; readonly end: string };

/** A graph as it is walked. */
type Plan = {
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
 * Runs a compiled graph that nothing follows: its own nodes, edges, schemas and reducers, step by
 * step as LangGraph runs them, without what LangGraph keeps for those who trace, stream, interrupt
 * or resume a graph. That takes most of a step's processor time. A graph with more than functions,
 * graphs and plain edges in it is left to LangGraph.
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

/** Whether `walkerOf` runs a graph itself. */
export function isWalked(graph: object): boolean {
  return planOf(graph) !== null;
}

/** Null for a graph that does what only LangGraph can. */
function planOf({ builder, outputChannels, config }: Compiled): Plan | null {
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
  const own = Object.values(branches[from] ?? {});
  const routes = own.flatMap(({ path: { func }, ends }) =>
    func === undefined ? [] : [{ route: func, ends }],
  );
  if (routes.length < own.length) return null;
  return {
    ends: [...edges].flatMap(([start, end]) => (start === from ? [end] : [])),
    joins: joins.filter(({ starts }) => starts.includes(from)),
    branches: routes,
  };
}

async function walk(plan: Plan, given: State, config: RunnableConfig): Promise<State> {
  const limit = plan.recursionLimit ?? config.recursionLimit ?? 25;
  const channels: Channels = Object.fromEntries(
    Object.entries(plan.channels).map(([key, channel]) => [key, channel.fromCheckpoint()]),
  );
  const waiting = new Map<Join, Set<string>>();
  const checked = await plan.input.validateInput(given);
  const own = new Set(plan.input.getChannelKeys());
  const entered = Object.entries(checked).filter(([key]) => own.has(key));
  apply(channels, [await plan.state.validateInput(Object.fromEntries(entered))]);
  let state = read(channels);
  let active = await nextOf(plan, START, state, { config, waiting });
  for (let step = 1; active.size > 0; step += 1) {
    if (step > limit) throw new GraphRecursionError(`Recursion limit of ${limit} reached.`);
    const names = [...active].toSorted();
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    const updates = await Promise.all(names.map((name) => callNode(plan, name, state, config)));
    const before = { channels, state };
    // LangGraph lets a branch see its own node's writes, and not those of nodes beside it.
    const seen = names.length > 1 ? updates.map((update) => stateWith(before, update)) : null;
    apply(channels, updates);
    state = read(channels);
    const now = state;
    // oxlint-disable-next-line no-await-in-loop -- one step after the other
    const nexts = await Promise.all(
      names.map((name, at) => nextOf(plan, name, seen?.[at] ?? now, { config, waiting })),
    );
    active = new Set(nexts.flatMap((next) => [...next]));
  }
  return Object.fromEntries(
    plan.output.flatMap((key) => (key in state ? [[key, state[key]]] : [])),
  );
}

/** The fields that a node returns, checked against the schema; none where it returns nothing. */
async function callNode(
  { call, state: schema, channels }: Plan,
  name: string,
  state: State,
  config: RunnableConfig,
): Promise<State> {
  const update = await call(name, { ...state }, config);
  if (update === null || update === undefined) return {};
  if (typeof update !== "object" || Array.isArray(update) || isCommand(update)) {
    throw new TypeError(`expected the node "${name}" to return fields of the state`);
  }
  const known = Object.entries(update).filter(([key]) => key in channels);
  return schema.validateInput(Object.fromEntries(known));
}

/** The nodes that follow a node. */
async function nextOf(
  { waysFrom }: Plan,
  name: string,
  state: State,
  {
    config,
    waiting,
  }: { readonly config: RunnableConfig; readonly waiting: Map<Join, Set<string>> },
): Promise<ReadonlySet<string>> {
  const { ends, joins: own, branches } = waysFrom(name);
  const next = new Set(ends);
  for (const join of own) {
    const arrived = (waiting.get(join) ?? new Set()).add(name);
    waiting.set(join, arrived);
    if (arrived.size < join.starts.length) continue;
    waiting.delete(join);
    next.add(join.end);
  }
  for (const { route, ends: places } of branches) {
    // oxlint-disable-next-line no-await-in-loop -- a node has one, seldom two
    const chosen: unknown = await route(state, config);
    for (const word of Array.isArray(chosen) ? (chosen as unknown[]) : [chosen]) {
      const place = places === undefined ? word : places[String(word)];
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
