import { createAgent, createSilentAgent, type Agent } from "../../models/gate/agent.ts";
import { roleNamed, type RoleName } from "../../nodes/roles.ts";
import type { Endpoint } from "../../models/endpoint.ts";
import type { ModelSettings } from "../../models/model-settings.ts";
import { createEndpoint, type Environment } from "../../models/providers/create-endpoint.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes, type Mistakes } from "../../state/mistakes.ts";
import type { Gate } from "../../models/gate/gate.ts";
import { noModel } from "../../models/providers/model-spec.ts";
import { recordCalls } from "../../user-code/call-recorder.ts";
import { loadPrompt, type Prompt, type PromptShape } from "../../prompts/load-prompt.ts";
import { complaintAbout } from "./agent-locations.ts";
import type { CodeHashes } from "../../user-code/load-code.ts";
import {
  customNodeFactories,
  type CustomNode,
  type CustomNodeFactories,
} from "../../user-code/custom-node-factories.ts";
import { customCheck } from "../../user-code/custom-check.ts";
import {
  judgingContextShape,
  judgingExamplesShape,
  judgingGuidelinesShape,
  type JudgingContext,
  type ToldContext,
} from "../../nodes/judging-context.ts";
import type { CheckResponse } from "../../nodes/checks/check.ts";
import { loadCustomNode } from "./load-custom-node.ts";
import type { AgentTopology } from "../schema/agent-schema.ts";

export type BuildContext = {
  readonly gate: Gate;
  readonly environment: Environment;
  /** Makes the endpoints in place of `createEndpoint`, for a graph that asks no model again. */
  readonly endpointOf?: ((spec: string, settings: ModelSettings) => Endpoint) | undefined;
  readonly promptDirectory: string;
  /**
   * The longest answer, in tokens, that a model is asked for where its agent sets no `maxTokens`;
   * no bound where not given.
   */
  readonly longestAnswerOf?: ((model: string, agent: string) => number | undefined) | undefined;
  /** Called with custom code before it runs, with its hashes, for people to read. */
  readonly onCode?: ((notice: string) => void) | undefined;
  /** Called with each prompt file that an agent is given, with the agent as its topology has it. */
  readonly onPrompt?: ((name: string, agent: AgentTopology) => void) | undefined;
};

type WithNode = Pick<AgentTopology, "node" | "timeoutMs">;

/** Who takes part, for manifests and cards. */
export type BuiltAgent = {
  readonly name: string;
  readonly role: RoleName;
  /** The spec; `none` for an agent whose node is the user's own and asks no model. */
  readonly model: string;
  /** The address of its server, where the provider has no fixed one. */
  readonly server?: string | undefined;
  /** The node of the user's own in place of the role's: module and export. */
  readonly node?: string | undefined;
};

export type Built<Graph> = {
  readonly graph: Graph;
  /** Supersteps a row may take at most, from the topology's own bounds. */
  readonly recursionLimit: number;
  readonly agents: readonly BuiltAgent[];
  /** SHA-256 of each prompt file in use, by name. */
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 of each file of custom code; empty where there is none. */
  readonly code: CodeHashes;
};

/** Makes the parts of a topology, and notes them. */
export type BuildSession = {
  readonly agent: (role: RoleName, topology: AgentTopology) => Promise<Agent>;
  /**
   * @param reader The agent that gets it: one without a model is sent nothing, so the prompt is not
   *   noted as in use.
   */
  readonly prompt: (name: string, shape: PromptShape, reader?: Agent) => Prompt;
  /** The factories of the node of the user's own that an agent names; none where it names none. */
  readonly own: (topology: AgentTopology) => Promise<Partial<CustomNodeFactories>>;
  /** The texts that a judge is shown beside the request and the responses. */
  readonly context: (told: ToldContext) => JudgingContext;
  /** The check by custom code that a topology names. */
  readonly customCheck: (declared: WithNode) => Promise<CheckResponse>;
  readonly agents: BuiltAgent[];
  readonly prompts: Record<string, string>;
  readonly code: Record<string, string>;
};

/**
 * Builds a graph with a session of its own.
 *
 * @throws FellowshipError `bad_usage` listing what the session's makers refuse, such as every key
 *   that is missing
 */
export async function buildInSession<Graph>(
  context: BuildContext,
  build: (session: BuildSession) => Promise<Graph>,
): Promise<{ readonly graph: Graph; readonly session: BuildSession }> {
  const mistakes = createMistakes();
  const session = openBuildSession(context, mistakes);
  const built = await mistakes.attemptLater(async () => ({ graph: await build(session), session }));
  mistakes.throwIfAny();
  if (built === undefined) throw new Error("a graph that was built without a mistake is there");
  return built;
}

/**
 * @param mistakes Gets what is wrong with the models, whose agents then ask none; thrown at once
 *   where not given.
 * @throws FellowshipError `bad_usage` by its makers, for a missing key, an unknown provider, or a
 *   prompt file that does not fit.
 */
export function openBuildSession(context: BuildContext, mistakes?: Mistakes): BuildSession {
  const { gate, environment, promptDirectory, longestAnswerOf, onCode, onPrompt } = context;
  const { endpointOf } = context;
  const agents: BuiltAgent[] = [];
  const prompts: Record<string, string> = {};
  const code: Record<string, string> = {};
  const madeOf = new Map<Agent, AgentTopology>();

  async function speaker(
    role: RoleName,
    topology: AgentTopology,
  ): Promise<{ readonly asked: Agent; readonly server?: string | undefined }> {
    const { name = role, model, temperature, maxTokens, timeoutMs, systemRole } = topology;
    if (model === noModel) return { asked: createSilentAgent({ name, role }) };
    const { maxTokensField, params, baseUrls, thinking, api } = topology;
    const settings = {
      temperature: temperature ?? undefined,
      maxTokens,
      maxTokensField,
      params,
      baseUrls,
      thinking,
      timeoutMs,
      systemRole,
      api,
    };
    const longest = longestAnswerOf?.(model, name);
    try {
      const endpoint =
        endpointOf?.(model, settings) ??
        (await createEndpoint(model, settings, environment, longest));
      const asked = createAgent({ name, role, endpoint, form: roleNamed(role).form }, gate);
      return { asked, server: endpoint.server };
    } catch (error) {
      const complaint = complaintAbout(topology, "model", error);
      if (mistakes === undefined || !isFellowshipError(complaint)) throw complaint;
      mistakes.add(complaint);
      return { asked: createSilentAgent({ name, role }) };
    }
  }

  /** Texts of the topology, and the prompt file that a judge is shown them by. */
  function shownBy<Shown>(name: string, shape: PromptShape, shown: readonly Shown[]) {
    const prompt = loadPrompt(promptDirectory, name, shape);
    prompts[prompt.name] = prompt.sha256;
    return { prompt, shown };
  }

  function exportOf(declared: WithNode, node: string): Promise<CustomNode> {
    return loadCustomNode(declared, node, (notice, hashes) => {
      if (Object.keys(hashes).some((file) => code[file] === undefined)) onCode?.(notice);
      Object.assign(code, hashes);
    });
  }

  return {
    agents,
    prompts,
    code,
    agent: async (role, topology) => {
      const { name = role, model, node } = topology;
      const { asked, server } = await speaker(role, topology);
      const agent = node === undefined ? asked : recordCalls(asked);
      agents.push({
        name,
        role,
        model,
        ...(server === undefined ? {} : { server }),
        ...(node === undefined ? {} : { node }),
      });
      madeOf.set(agent, topology);
      return agent;
    },
    prompt: (name, shape, reader) => {
      const topology = reader === undefined ? undefined : madeOf.get(reader);
      try {
        const prompt = loadPrompt(promptDirectory, name, shape);
        if (topology !== undefined) onPrompt?.(name, topology);
        if (reader?.model !== noModel) prompts[prompt.name] = prompt.sha256;
        return prompt;
      } catch (error) {
        if (topology === undefined) throw error;
        throw complaintAbout(topology, topology.prompt === name ? "prompt" : undefined, error);
      }
    },
    own: async (topology) => {
      const { node } = topology;
      return node === undefined ? {} : customNodeFactories(await exportOf(topology, node));
    },
    context: ({ criteria, reference, examples = [], guidelines = [] }) => {
      const prompt = loadPrompt(promptDirectory, "judging-context", judgingContextShape);
      // Without criteria it is in use for rows with a reference answer alone.
      if (criteria.length > 0) prompts[prompt.name] = prompt.sha256;
      return {
        prompt,
        criteria,
        reference,
        ...(guidelines.length === 0
          ? {}
          : { guidelines: shownBy("judging-guidelines", judgingGuidelinesShape, guidelines) }),
        ...(examples.length === 0
          ? {}
          : { examples: shownBy("judging-examples", judgingExamplesShape, examples) }),
      };
    },
    customCheck: async (declared) => customCheck(await exportOf(declared, declared.node ?? "")),
  };
}
