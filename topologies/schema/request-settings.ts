import * as z from "zod";
import { thinkingModes } from "../../models/model-settings.ts";

/** Fields of a request that have a key of their own at an agent, or none, and what to write. */
const ownedFields: Readonly<Record<string, string>> = {
  model: "`model` beside params",
  messages: "a prompt file (`prompt`)",
  system: "a prompt file (`prompt`)",
  contents: "a prompt file (`prompt`)",
  systemInstruction: "a prompt file (`prompt`)",
  system_instruction: "a prompt file (`prompt`)",
  temperature: "`temperature` beside params",
  max_tokens: "`maxTokens` beside params",
  maxTokens: "`maxTokens` beside params",
  max_completion_tokens: "`maxTokens` beside params, with `maxTokensField: max_completion_tokens`",
  max_output_tokens: "`maxTokens` beside params",
  maxOutputTokens: "`maxTokens` beside params",
  n: "`samples` at the generator",
  candidateCount: "`samples` at the generator",
  candidate_count: "`samples` at the generator",
  stream: "nothing: answers are never streamed",
  stream_options: "nothing: answers are never streamed",
  api_key: "the provider's environment variable, which is written nowhere",
  apiKey: "the provider's environment variable, which is written nowhere",
  extra_body: "its fields in params themselves: they all go into the body",
};

const params = z
  .record(z.string(), z.json())
  .superRefine((given, context) => {
    refuseOwned(given, [], context);
    const { generationConfig } = given;
    if (isFields(generationConfig)) refuseOwned(generationConfig, ["generationConfig"], context);
  })
  .optional()
  .meta({
    description:
      "Other fields of the request's body, as the server takes them: top_p, seed, " +
      "reasoning_effort, chat_template_kwargs …",
    propertyNames: { not: { enum: Object.keys(ownedFields) } },
    examples: [{ top_p: 0.9, seed: 7 }],
  });

function refuseOwned(
  fields: Readonly<Record<string, unknown>>,
  path: readonly string[],
  context: z.RefinementCtx,
): void {
  for (const key of Object.keys(fields)) {
    const instead = Object.hasOwn(ownedFields, key) ? ownedFields[key] : undefined;
    if (instead === undefined) continue;
    context.addIssue({
      code: "custom",
      path: [...path, key],
      message: `is not for params; write ${instead}`,
    });
  }
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const maxTokensField = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, "expected the name of a field, such as max_completion_tokens")
  .refine(
    (name) => !["model", "messages", "temperature", "stream", "n"].includes(name),
    "is another setting's field; expected max_tokens, max_completion_tokens or the server's own",
  )
  .optional()
  .meta({
    description: "The field of the request that holds maxTokens, for servers that want another",
    examples: ["max_tokens", "max_completion_tokens"],
  });

const dollars = z.number().nonnegative();
const price = z
  .strictObject({
    in: dollars.describe("Of the prompt, in dollars per million tokens"),
    out: dollars.describe("Of the answer, in dollars per million tokens"),
  })
  .optional()
  .meta({
    description: "Dollars per million tokens, in place of the price tables'",
    examples: [{ in: 0.5, out: 1.5 }],
  });

const baseUrls = z
  .array(
    z
      .string()
      .regex(/^\s*https?:\/\/\S+\s*$/i, "expected an address such as http://127.0.0.1:8001/v1"),
  )
  .min(1)
  .optional()
  .meta({
    description:
      "Addresses of the model, each with the same one, in place of the provider's variable. " +
      "Calls are spread over them",
    examples: [["http://127.0.0.1:8001/v1", "http://127.0.0.1:8002/v1"]],
  });

const thinking = z
  .enum(thinkingModes)
  .optional()
  .describe(
    "The thinking before a response: drop (default), keep (part of the response), " +
      "score-without (in the data alone)",
  );

/** The keys of an agent that say how its server is asked and paid. */
export const requestSettings = { params, maxTokensField, baseUrls, thinking, price };
