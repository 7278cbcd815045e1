import { createAgent, type Agent } from "../models/agent.ts";
import type { Role } from "../models/call.ts";
import { createEndpoint, type Environment } from "../models/create-endpoint.ts";
import type { Gate } from "../models/gate.ts";
import { loadPrompt, type Prompt, type PromptShape } from "../prompts/load-prompt.ts";
import type { AgentTopology } from "./topology-schema.ts";

export type BuildContext = {
  readonly gate: Gate;
  readonly environment: Environment;
  readonly promptDirectory: string;
  /** The longest answer, in tokens, that a model is asked for where its agent sets no `maxTokens`; no bound where not given. */
  readonly longestAnswerOf?: ((model: string) => number | undefined) | undefined;
};

/** Who takes part, for manifests and cards. */
export type BuiltAgent = { readonly name: string; readonly role: Role; readonly model: string };

export type Built<Graph> = {
  readonly graph: Graph;
  /** Supersteps a row may take at most, from the topology's own bounds. */
  readonly recursionLimit: number;
  readonly agents: readonly BuiltAgent[];
  /** SHA-256 of each prompt file in use, by name. */
  readonly prompts: Readonly<Record<string, string>>;
};

/** Makes the parts of a topology, and notes what it is made of. */
export type Workshop = {
  readonly agent: (role: Role, topology: AgentTopology) => Promise<Agent>;
  readonly prompt: (name: string, shape: PromptShape) => Prompt;
  readonly agents: BuiltAgent[];
  readonly prompts: Record<string, string>;
};

/** @throws FellowshipError `bad_usage` by its makers, for a missing key, an unknown provider, or a prompt file that does not fit. */
export function openWorkshop(context: BuildContext): Workshop {
  const { gate, environment, promptDirectory, longestAnswerOf } = context;
  const agents: BuiltAgent[] = [];
  const prompts: Record<string, string> = {};
  return {
    agents,
    prompts,
    agent: async (role, { name = role, model, temperature, maxTokens, timeoutMs, systemRole }) => {
      const settings = { temperature, maxTokens, timeoutMs, systemRole };
      const longest = longestAnswerOf?.(model);
      const endpoint = await createEndpoint(model, settings, environment, longest);
      agents.push({ name, role, model });
      return createAgent({ name, role, endpoint }, gate);
    },
    prompt: (name, shape) => {
      const prompt = loadPrompt(promptDirectory, name, shape);
      prompts[prompt.name] = prompt.sha256;
      return prompt;
    },
  };
}
