import * as z from "zod";
import type { EvaluatorGraph, GeneratorGraph } from "../../graphs/parts/runnable-graph.ts";
import type { Agent } from "../../models/gate/agent.ts";
import { roleNamed, rolesInCode } from "../../nodes/roles.ts";
import { recordCalls } from "../../user-code/call-recorder.ts";
import { shownError, shownValue } from "../../user-code/custom-node-failure.ts";
import { FellowshipError, isFellowshipError } from "../../state/fellowship-error.ts";
import { complaintAbout, withLocationOf, noteLocations } from "../session/agent-locations.ts";
import { evaluatorKind, evaluatorTopology } from "../kinds/evaluators.ts";
import { kinds, type Topology } from "../kinds/kinds.ts";
import { kindOf, type TopologyInCode } from "./define-topology.ts";
import { sessionBuilder } from "../session/builder.ts";
import type { ForecastStep } from "../session/forecast-calls.ts";
import { guardEvaluator, guardGenerator } from "../../user-code/guard-graph.ts";
import { inOrder } from "../session/in-order.ts";
import { codeNotice, findCode, runCode, type CodeModule } from "../../user-code/load-code.ts";
import { checkTopology, type TopologyChanges } from "../load/load-topology.ts";
import { assignAgentNames } from "../load/assign-agent-names.ts";
import type { Tree } from "../load/parse-yaml.ts";
import {
  agentName,
  agentShape,
  limits,
  refuseWithoutModel,
  section,
} from "../schema/agent-schema.ts";
import { pairs } from "../schema/shared-keys.ts";
import {
  openBuildSession,
  type BuildContext,
  type Built,
  type BuildSession,
} from "../session/build-session.ts";

/** A topology in code as manifests and plans hold it. */
export type CodeTopology = z.infer<typeof codeTopology> & { readonly module: string };

/** A topology in code, run and checked, but not built. */
export type OpenedCode = {
  readonly kind: "generator" | "evaluator";
  readonly topology: CodeTopology;
  readonly steps: readonly ForecastStep[];
  /** What a forecast of it rests on, in a sentence. */
  readonly assumption: string;
  /** @throws FellowshipError `bad_usage` for another kind. */
  readonly buildGenerator: (context: BuildContext) => Promise<Built<GeneratorGraph>>;
  readonly buildEvaluator: (context: BuildContext) => Promise<Built<EvaluatorGraph>>;
};

const { name: _name, node: _node, ...settingsInCode } = agentShape;
const agentInCode = section({
  role: z.enum([...rolesInCode.keys()]),
  ...settingsInCode,
}).superRefine(refuseWithoutModel);

const ownGraphs: ReadonlySet<string> = new Set(kinds.map(({ graph }) => graph));

const codeTopology = section({
  graph: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/, "expected small letters, digits and - in a name")
    .refine((name) => !ownGraphs.has(name), "is the name of a graph that topology files have"),
  recursionLimit: z.int().min(1).max(10_000).default(100),
  pairs,
  limits,
  agents: z.record(agentName, agentInCode),
  evaluator: evaluatorTopology.optional(),
});

/**
 * Runs a module that the user named on the command line, and takes the topology that it exports.
 *
 * @param onCode Called with the module before it runs, with its hashes.
 * @throws FellowshipError `bad_usage` with the module's name for what is no topology, or can't be
 *   changed as asked.
 */
export async function openCode(
  path: string,
  changes: TopologyChanges,
  onCode: (notice: string) => void = () => undefined,
): Promise<OpenedCode> {
  const module = findCode(path, path);
  onCode(codeNotice(module));
  const exported = (await runCode(module, path))["default"];
  const kind = kindOf(exported);
  if (kind === null) {
    throw badTopology(
      `${path}: expected export default defineGenerator({ … }) or defineEvaluator({ … }), ` +
        `got ${shownValue(exported)}`,
    );
  }
  const { definition } = exported as TopologyInCode;
  const { build, calls, contests = 1, ...declared } = definition as Declared;
  const tree = plainTree(declared, path);
  const { checked, placeOf } = checkTopology(tree, path, codeTopology, changes);
  const complain = (key: string, message: string) =>
    badTopology(`${placeOf(key)}: ${key}: ${message}`);
  const named = assignAgentNames(
    checked as unknown as Topology,
    complain,
  ) as unknown as typeof checked;
  noteLocations(named, placeOf);
  const own: CodeTopology = { ...named, module: module.path };
  // An evaluator makes no pairs.
  if (kind === "evaluator") Reflect.deleteProperty(own, "pairs");
  const parts = { topology: own, module, build };
  return {
    kind,
    topology: own,
    steps: stepsOf(own, calls, contests),
    assumption:
      calls === undefined
        ? `${path} is code and does not tell its calls: those of its agents are not counted`
        : `the calls of a row are as many as ${path} says`,
    buildGenerator: async (context) => {
      if (kind !== "generator") throw badTopology(`${path} defines an evaluator`);
      return built(parts, context, (graph: GeneratorGraph) => guardGenerator(graph, module.path));
    },
    buildEvaluator: async (context) => {
      if (kind !== "evaluator") throw badTopology(`${path} defines a generator`);
      return built(parts, context, (graph: EvaluatorGraph) => guardEvaluator(graph, module.path));
    },
  };
}

type Declared = {
  readonly build: (parts: object) => unknown;
  readonly calls?: Readonly<Record<string, number>>;
  readonly contests?: number;
};

/** What is declared, as a file would hold it. */
function plainTree(declared: object, path: string): Tree {
  try {
    return JSON.parse(JSON.stringify(declared)) as Tree;
  } catch (error) {
    throw badTopology(`${path}: the definition holds more than plain values: ${shownError(error)}`);
  }
}

function stepsOf(
  { agents, evaluator }: CodeTopology,
  calls: Readonly<Record<string, number>> = {},
  contests: number,
): ForecastStep[] {
  const own = Object.entries(agents).map(([name, { role, model, maxTokens }]): ForecastStep => ({
    calls: [{ role, model, agent: name, maxTokens, copies: 1, responses: 1, remarks: 0 }],
    times: calls[name] ?? 0,
  }));
  const judging =
    evaluator === undefined ? [] : evaluatorKind(evaluator).evaluate.forecast(evaluator);
  const judged = judging.map((step) => ({ ...step, times: step.times * contests }));
  return [...own, ...judged].filter(({ times }) => times > 0);
}

type Parts = {
  readonly topology: CodeTopology;
  readonly module: CodeModule;
  readonly build: (parts: object) => unknown;
};

async function built<Graph>(
  { topology, module, build }: Parts,
  context: BuildContext,
  guard: (graph: Graph) => Graph,
): Promise<Built<Graph>> {
  const session = recordingSession(openBuildSession(context));
  const agents: Record<string, Agent> = {};
  const members = {};
  await inOrder(Object.entries(topology.agents), async ([name, declared]) => {
    const { role, ...topology } = declared;
    const agent = await session.agent(role, withLocationOf(declared, { ...topology, name }));
    agents[name] = agent;
    const usual = roleNamed(role).prompt;
    // Loaded when it is looked at, so that an unused prompt is not noted as in use.
    const get = () => {
      try {
        return { agent, prompt: session.prompt(topology.prompt ?? usual.name, usual.shape) };
      } catch (error) {
        throw complaintAbout(declared, "prompt", error);
      }
    };
    Object.defineProperty(members, name, { enumerable: true, get });
  });
  const { evaluator: declared } = topology;
  const evaluator =
    declared === undefined
      ? null
      : await evaluatorKind(declared).evaluate.build(sessionBuilder(declared, session));
  const graph = graphOf(build, { members, agents, prompt: session.prompt, evaluator }, module.path);
  return {
    graph: guard(graph as Graph),
    recursionLimit: topology.recursionLimit,
    agents: session.agents,
    prompts: session.prompts,
    code: module.hashes,
  };
}

/** Every call of a topology in code comes into its row's transcript, whatever its nodes return. */
function recordingSession(session: BuildSession): BuildSession {
  return { ...session, agent: async (...about) => recordCalls(await session.agent(...about)) };
}

function graphOf(build: (parts: object) => unknown, parts: object, name: string): unknown {
  let graph: unknown;
  try {
    graph = build(parts);
  } catch (error) {
    // It says already which agent it is about.
    if (isFellowshipError(error) && error.facts["place"] !== undefined) throw error;
    throw badTopology(`${name}: build threw: ${shownError(error)}`);
  }
  const { invoke, getGraphAsync } = (graph ?? {}) as Record<string, unknown>;
  if (typeof invoke === "function" && typeof getGraphAsync === "function") return graph;
  throw badTopology(`${name}: build returned ${shownValue(graph)}; expected a compiled graph`);
}

function badTopology(message: string): FellowshipError {
  return new FellowshipError("bad_usage", `${message}.`);
}
