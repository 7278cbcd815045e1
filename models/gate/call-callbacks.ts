import { CallbackManager } from "@langchain/core/callbacks/manager";
import { AIMessage } from "@langchain/core/messages";
import type { ChatGeneration, LLMResult } from "@langchain/core/outputs";
import type { RunnableConfig } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import type { Call } from "../call.ts";
import type { Endpoint } from "../endpoint.ts";
import { providerOf } from "../providers/model-spec.ts";
import { oneLine } from "../wire/one-line.ts";
import type { ReadAnswer } from "../wire/judge-end.ts";
import {
  newRunId,
  placeOf,
  placeOfRow,
  type Follower,
  type Place,
} from "./following/direct-tracer.ts";
import { adaptedMessages, requestMessages } from "./request/request-messages.ts";
import { isFailure, type Answer, type Sent } from "./step.ts";

/** One send of a call as those see it who follow the graph that asks. */
export type FollowedCall = {
  readonly by: Follower;
  /** Null where the request never left. */
  readonly end: (sent: Sent) => Promise<void> | void;
};

/** Which send of a call it is, from 1, or that its answer was in the journal. */
export type CallSource = { readonly attempt: number } | "journal";

/** The fields reported with an answer's text, in `llmOutput`. */
export type AnswerFacts = Pick<ReadAnswer, "outcome" | "finish" | "detail">;

/**
 * Reports one send of a call to the followers of the graph (tracers, readers of its stream); null
 * where there are none. The gate reports it and not the client below: the client knows neither
 * answers out of the journal nor what an answer was worth, and throws away answers that were paid
 * for.
 */
export async function followCall(
  call: Call,
  endpoint: Endpoint,
  source: CallSource,
): Promise<FollowedCall | null> {
  const about = { call, endpoint, source };
  const ofRow = placeOfRow(call.address.row);
  if (ofRow !== null) return followDirectly(ofRow, about);
  const config = AsyncLocalStorageProviderSingleton.getRunnableConfig() as
    | RunnableConfig
    | undefined;
  const callbacks = config?.callbacks ?? [];
  const place = placeOf({ callbacks });
  return place === null ? followByCallbacks(callbacks, about) : followDirectly(place, about);
}

type Source = {
  readonly call: Call;
  readonly endpoint: Endpoint;
  readonly source: CallSource;
};

function followDirectly(
  { tracer, parentId, tags, metadata }: Place,
  { call, endpoint, source }: Source,
): FollowedCall | null {
  const id = newRunId();
  const messages = adaptedMessages(call.messages, endpoint);
  const isTraced = tracer.begin({
    id,
    parentId,
    name: runName(call),
    type: "llm",
    inputs: { messages: messages.map(({ role, content }) => ({ role, content })) },
    tags: [...tags, call.role, endpoint.spec],
    metadata: { ...metadata, ...metadataOf(call, endpoint, source) },
  });
  if (!isTraced) return null;
  return {
    by: "tracer",
    end: (sent) => {
      const error = errorOf(sent);
      if (error !== null) return tracer.fail(id, error);
      const { content, tokens, ...read } = (sent as Answer).read;
      const usage = tokens === null ? undefined : usageOf(tokens);
      tracer.endCall(id, { content, usage, facts: factsOf(read) });
    },
  };
}

async function followByCallbacks(
  followers: NonNullable<RunnableConfig["callbacks"]>,
  { call, endpoint, source }: Source,
): Promise<FollowedCall | null> {
  if ((Array.isArray(followers) ? followers : followers.handlers).length === 0) return null;
  const manager = CallbackManager.configure(
    followers,
    undefined,
    undefined,
    [call.role, endpoint.spec],
    undefined,
    metadataOf(call, endpoint, source),
  );
  const runs = await manager?.handleChatModelStart(
    { lc: 1, type: "not_implemented", id: ["fellowship", endpoint.spec] },
    [requestMessages(call.messages, endpoint)],
    undefined,
    undefined,
    { invocation_params: settingsOf(endpoint) },
    undefined,
    undefined,
    runName(call),
  );
  const run = runs?.[0];
  if (run === undefined) return null;
  return {
    by: "langchain",
    end: async (sent) => {
      const error = errorOf(sent);
      if (error !== null) return run.handleLLMError(error);
      await run.handleLLMEnd(resultOf((sent as Answer).read, endpoint));
    },
  };
}

/**
 * `reviewer.gemma`, `judge.round-2`: the role, the agent where it bears another name, and the part.
 */
function runName({ role, address: { agent, part } }: Call): string {
  return [role, agent === role ? "" : agent, part].filter((word) => word !== "").join(".");
}

function metadataOf({ role, address }: Call, endpoint: Endpoint, source: CallSource) {
  const { row, agent, part, turn } = address;
  const { temperature, max_tokens: maxTokens } = settingsOf(endpoint);
  const colon = endpoint.spec.indexOf(":");
  return {
    row: row.number,
    row_id: row.id,
    agent,
    role,
    model: endpoint.spec,
    part,
    turn,
    ...(source === "journal" ? { from: "journal" } : { attempt: source.attempt }),
    // What LangSmith knows models and their prices by.
    ls_provider: langSmithName(endpoint.spec),
    ls_model_name: endpoint.spec.slice(colon + 1),
    ls_model_type: "chat",
    ...(temperature === undefined ? {} : { ls_temperature: temperature }),
    ...(maxTokens === undefined ? {} : { ls_max_tokens: maxTokens }),
  };
}

function langSmithName(spec: string): string {
  const provider = providerOf(spec);
  const named =
    provider !== undefined && "protocol" in provider ? provider.langSmithName : undefined;
  return named ?? spec.slice(0, spec.indexOf(":"));
}

function settingsOf({ settings, longestAnswer }: Endpoint) {
  return { temperature: settings.temperature, max_tokens: longestAnswer };
}

/** A failed send as an error whose name is its outcome; null for an answer. */
function errorOf(sent: Sent): Error | null {
  if (sent !== null && !isFailure(sent)) return null;
  const { outcome, detail } = sent ?? { outcome: "interrupted", detail: "it was never sent" };
  const error = new Error(detail);
  error.name = outcome;
  return error;
}

function usageOf({ in: input, out }: { readonly in: number; readonly out: number }) {
  return { input_tokens: input, output_tokens: out, total_tokens: input + out };
}

function factsOf({ outcome, finish, detail }: Omit<ReadAnswer, "content" | "tokens">): AnswerFacts {
  return {
    outcome,
    finish: finish === null ? null : oneLine(finish, 60),
    ...(detail === undefined ? {} : { detail }),
  };
}

function resultOf({ content, tokens, ...read }: ReadAnswer, { spec }: Endpoint): LLMResult {
  const facts = factsOf(read);
  const message = new AIMessage(content);
  message.response_metadata = {
    model_name: spec.slice(spec.indexOf(":") + 1),
    finish_reason: facts.finish,
  };
  // Its type allows a message of no particular model no usage.
  if (tokens !== null) Object.assign(message, { usage_metadata: usageOf(tokens) });
  const generation: ChatGeneration = { text: content, message };
  return { generations: [[generation]], llmOutput: facts };
}
