import type { BaseChatModel } from "@langchain/core/language_models/chat_models";
import type { Message } from "../../state/message.ts";
import type { ModelSettings } from "../model-settings.ts";
import type { Protocol } from "../protocol.ts";
import type { PlainRequest } from "../wire/wire.ts";

/** A provider over the network: how it is reached, and how it speaks. */
export type RemoteProvider = {
  /** The word before the colon of a model spec. */
  readonly name: string;
  /** Environment variables that may hold the key, the usual one first. */
  readonly keyVariables: readonly string[];
  /** Whether the provider answers without a key (local servers). */
  readonly keyOptional?: true;
  /** Whether its tokens cost nothing (a model on the user's machine). */
  readonly isFree?: true;
  /** Environment variable that moves the provider elsewhere (a proxy, a local server, a test). */
  readonly baseUrlVariable: string;
  /** Its usual address; the variable is required where there is none. */
  readonly baseUrl?: string;
  /** Path of an address that is given without one. */
  readonly usualPath?: string;
  /** An address to show where the variable is missing. */
  readonly exampleUrl?: string;
  /** Its name in LangSmith's table of prices. Default: `name`. */
  readonly langSmithName?: string;
  readonly protocol: Protocol;
  /** Makes the requests of a model where they take no client (`Endpoint.requestOf`). */
  readonly createRequests?:
    | ((connection: Connection) => (messages: readonly Message[]) => PlainRequest)
    | undefined;
  /** Makes the client, with retries, deadlines and streaming off: those belong to the gate. */
  readonly createChatModel: (connection: Connection) => Promise<BaseChatModel>;
};

/**
 * A provider in this process: it sends nothing, costs nothing, and answers by the address of a
 * call.
 */
export type InProcessProvider = {
  readonly name: string;
  /** @param model The part of the spec after the colon */
  readonly createInProcess: (model: string) => Promise<BaseChatModel>;
};

export type Provider = RemoteProvider | InProcessProvider;

/** Connection of a model to its provider. */
export type Connection = {
  readonly provider: string;
  readonly model: string;
  readonly apiKey: string;
  /** Without a slash at the end. */
  readonly baseUrl: string;
  readonly settings: ModelSettings;
};
