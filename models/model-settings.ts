import type * as z from "zod";

/** Fields of a request in JSON. */
export type RequestParams = Readonly<Record<string, z.core.util.JSONType>>;

/** The settings of an agent beside its model. */
export type ModelSettings = {
  readonly temperature?: number | undefined;
  readonly maxTokens?: number | undefined;
  /** The field of the request that holds `maxTokens`. Default: the protocol's usual one. */
  readonly maxTokensField?: string | undefined;
  /** Other fields of the request's body, as the server takes them. */
  readonly params?: RequestParams | undefined;
  /** The addresses of the model, each with the same one, in place of the provider's. */
  readonly baseUrls?: readonly string[] | undefined;
  /** The longest one request may take, from connecting to the last byte. */
  readonly timeoutMs?: number | undefined;
  /**
   * False for servers whose template has no system role: its text goes into the first user message.
   */
  readonly systemRole?: boolean | undefined;
};
