import { closestWord } from "../../state/closest-word.ts";
import * as z from "zod";
import { rewardApis } from "../../models/model-settings.ts";
import { isProviderName, noModel, parseModelSpec } from "../../models/providers/model-spec.ts";
import { requestSettings } from "./request-settings.ts";
import { providerNames } from "../../models/providers/providers.ts";

/**
 * A strict object whose complaint about unknown keys has a line for each, with the keys there are.
 */
export function section<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys"
        ? issue.keys.map((key) => unknownKey(key, Object.keys(shape))).join("\n")
        : undefined,
  });
}

function refuseUnknownProvider(spec: string, context: z.RefinementCtx): void {
  try {
    parseModelSpec(spec);
  } catch (error) {
    context.addIssue((error as Error).message);
  }
}

const providers = providerNames.join("|");

export const limits = z
  .record(
    z
      .string()
      .superRefine((name, context) => {
        if (!isProviderName(name)) refuseUnknownProvider(name, context);
      })
      .meta({ pattern: `^(${providers})(:.*\\S.*)?$` }),
    section({
      requestsPerMinute: z
        .number()
        .positive()
        .optional()
        .describe("Requests a minute, sent evenly"),
      tokensPerMinute: z
        .number()
        .positive()
        .optional()
        .describe("Tokens a minute, of requests and answers together"),
      concurrency: z.int().positive().optional().describe("Requests side by side"),
    }),
  )
  .optional()
  .meta({
    id: "limits",
    description: "What providers allow, by model spec, or by provider for all its models together",
    examples: [{ "openai:gpt-4o": { requestsPerMinute: 500, tokensPerMinute: 30000 } }],
  });

export const agentName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "expected letters, digits and . _ - in a name")
  .describe("What transcripts, cassettes and --model NAME=… call it; unique in the whole topology");

export const agentShape = {
  model: z
    .string()
    .superRefine(refuseUnknownProvider)
    .meta({
      description: "provider:model",
      pattern: `^(${providers}):.*\\S`,
      examples: [
        "openai:gpt-4o",
        "google:gemma-2-9b-it",
        "ollama:gemma2:9b",
        "sim:anyone?skill=0.8",
      ],
    })
    .optional()
    .transform((model) => model ?? noModel),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .optional()
    .describe("As the provider understands it; null sends none, for models that refuse one"),
  maxTokens: z.int().positive().optional().describe("The longest answer, in tokens"),
  ...requestSettings,
  timeoutMs: z
    .int()
    .positive()
    .max(86_400_000)
    .optional()
    .describe("The longest one request may take, in milliseconds (600000); a day at most"),
  systemRole: z
    .boolean()
    .optional()
    .describe(
      "false for servers whose template has no system role: its text goes into the first " +
        "user message",
    ),
  prompt: z.string().optional().describe("A file in prompts/ in place of the role's own"),
  name: agentName.optional(),
  node: z
    .string()
    .optional()
    .meta({
      description:
        "Replaces the role's node: a module, relative to this file, and the factory that it " +
        "exports; runs only with --allow-code",
      pattern: "^\\.{1,2}/[^#]+#[A-Za-z_$][A-Za-z0-9_$]*$",
      examples: ["./my-critic.ts#critic"],
    }),
};

export function refuseWithoutModel(
  { model, node }: { readonly model: string; readonly node?: string | undefined },
  context: z.RefinementCtx,
): void {
  if (model !== noModel || node !== undefined) return;
  context.addIssue({ code: "custom", path: ["model"], message: "is missing" });
}

/** For editors, which can't run the check. */
const modelOrNode = { anyOf: [{ required: ["model"] }, { required: ["node"] }] };

export const agent = section(agentShape)
  .superRefine(refuseWithoutModel)
  .meta({ id: "agent", description: "Who plays a role", ...modelOrNode });

const judgeShape = {
  ...agentShape,
  api: z
    .enum(rewardApis)
    .optional()
    .describe(
      "Makes the model a reward model, which scores each response alone, without a prompt: " +
        "classify, score, pooling (vLLM) or get_reward (OpenRLHF), as its server has it",
    ),
};

/** A reward model reads no prompt, and a custom node asks as it likes. */
function refuseBesideApi(
  given: Readonly<Partial<Record<"api" | "prompt" | "node", string | undefined>>>,
  context: z.RefinementCtx,
): void {
  if (given.api === undefined) return;
  const reasons = {
    prompt: "is not for a reward model (api), which is asked without a prompt; leave one out",
    node: "is not for a reward model (api), which has a node of its own; leave one out",
  };
  for (const key of ["prompt", "node"] as const) {
    if (given[key] === undefined) continue;
    context.addIssue({ code: "custom", path: [key], message: reasons[key] });
  }
}

/** A judge; with `api` it is a reward model. */
export const judgingAgent = section(judgeShape)
  .superRefine(refuseWithoutModel)
  .superRefine(refuseBesideApi)
  .meta({ id: "judging-agent", description: "A judge, or a reward model", ...modelOrNode });
export const juror = section({
  ...judgeShape,
  weight: z
    .number()
    .positive()
    .optional()
    .describe("How much the vote counts under aggregate: weighted (1)"),
})
  .superRefine(refuseWithoutModel)
  .superRefine(refuseBesideApi)
  .meta({ id: "juror", description: "One of a jury", ...modelOrNode });
/** Any agent; `api` is for judges and jurors. */
export type AgentTopology = z.infer<typeof judgingAgent>;

/** `unknown key "iteration"; allowed: graph, iterations. Did you mean "iterations"?` */
function unknownKey(key: string, allowed: readonly string[]): string {
  const meant = closestWord(key.replaceAll(/[_-]/g, ""), allowed);
  const hint = meant === null ? "" : `. Did you mean "${meant}"?`;
  return `unknown key "${key}"; allowed: ${allowed.join(", ")}${hint}`;
}
