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
import { requestMessages } from "./request/request-messages.ts";
import { isFailure, type Sent } from "./step.ts";

/** One send of a call as those see it who follow the graph that asks. */
export type FollowedCall = {
  /** Null where the request never left. */
  readonly end: (sent: Sent) => Promise<void>;
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
  const callbacks = AsyncLocalStorageProviderSingleton.getRunnableConfig() as
    | RunnableConfig
    | undefined;
  const followers = callbacks?.callbacks ?? [];
  if ((Array.isArray(followers) ? followers : followers.handlers).length === 0) return null;
  const tags = [call.role, endpoint.spec];
  const manager = CallbackManager.configure(
    followers,
    undefined,
    undefined,
    tags,
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
    end: async (sent) => {
      if (sent === null) return run.handleLLMError(failed("interrupted", "it was never sent"));
      if (isFailure(sent)) return run.handleLLMError(failed(sent.outcome, sent.detail));
      await run.handleLLMEnd(resultOf(sent.read, endpoint));
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

/** A failed send as an error whose name is its outcome. */
function failed(outcome: string, detail: string): Error {
  const error = new Error(detail);
  error.name = outcome;
  return error;
}

function resultOf(
  { content, outcome, finish, detail, tokens }: ReadAnswer,
  { spec }: Endpoint,
): LLMResult {
  const ended = finish === null ? null : oneLine(finish, 60);
  const message = new AIMessage(content);
  message.response_metadata = {
    model_name: spec.slice(spec.indexOf(":") + 1),
    finish_reason: ended,
  };
  if (tokens !== null) {
    const { in: input, out } = tokens;
    const usage = { input_tokens: input, output_tokens: out, total_tokens: input + out };
    // Its type allows a message of no particular model no usage.
    Object.assign(message, { usage_metadata: usage });
  }
  const facts: AnswerFacts = {
    outcome,
    finish: ended,
    ...(detail === undefined ? {} : { detail }),
  };
  const generation: ChatGeneration = { text: content, message };
  return { generations: [[generation]], llmOutput: facts };
}
