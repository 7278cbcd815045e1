import type { Message } from "../state/message.ts";
import type { ModelSettings } from "./model-settings.ts";
import type { Body } from "./wire/body.ts";
import type { ProviderError } from "./wire/provider-error.ts";
import type { Fields } from "./wire/request-params.ts";
import type { ReadAnswer } from "./wire/judge-end.ts";

/** The language that a provider's models are asked in, and answer in. */
export type Protocol = {
  /** Kept beside each raw answer in the journal, so that the answer can be read again. */
  readonly name: string;
  /**
   * Reads the body of a 2xx: its text, its end, its tokens. Never throws.
   *
   * @param shown Gives the beginning of the body in one line, for details
   */
  readonly readBody: (json: unknown, shown: () => string) => ReadAnswer;
  /** Top-level fields of which a body of this protocol has at least one, however bad the answer. */
  readonly outputFields: readonly string[];
  /** The top-level field in which an answer names the model that wrote it. */
  readonly modelField: string;
  /** Whether the model writes no tokens, so that none in its answer is a right count. */
  readonly writesNothing?: true;
  /** Reads the body of a refusal. Default: the forms in use, JSON or not (`readProviderError`). */
  readonly readError?: (body: Body) => ProviderError;
  /** Puts the agent's `params` and `maxTokensField` into the body that the client made. */
  readonly adaptBody: (body: Fields, settings: ModelSettings) => Fields;
  /** Fits messages to the protocol where it does not take every order of roles. */
  readonly adaptMessages?: (messages: readonly Message[]) => readonly Message[];
};
