import { openai } from "./openai.ts";
import type { RemoteProvider } from "./provider.ts";

/**
 * Makes a host that speaks chat completions: `GROQ_API_KEY` holds its key and `GROQ_BASE_URL` moves
 * it, unless `facts` say otherwise.
 */
function host(name: string, facts: Partial<RemoteProvider>): RemoteProvider {
  const { protocol, createRequests, createChatModel } = openai;
  const prefix = name.toUpperCase();
  return {
    name,
    keyVariables: [`${prefix}_API_KEY`],
    baseUrlVariable: `${prefix}_BASE_URL`,
    protocol,
    createRequests,
    createChatModel,
    ...facts,
  };
}

/** The hosts of OpenAI-compatible servers. A new one is a line here. */
export const hosts: readonly RemoteProvider[] = [
  host("together", {
    keyVariables: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"],
    baseUrl: "https://api.together.xyz/v1",
  }),
  host("groq", { baseUrl: "https://api.groq.com/openai/v1" }),
  host("openrouter", { baseUrl: "https://openrouter.ai/api/v1" }),
  host("fireworks", { baseUrl: "https://api.fireworks.ai/inference/v1" }),
  host("deepinfra", { baseUrl: "https://api.deepinfra.com/v1/openai" }),
  host("mistral", { baseUrl: "https://api.mistral.ai/v1" }),
  host("deepseek", { baseUrl: "https://api.deepseek.com/v1" }),
  // The model is the name of a deployment.
  host("azure", {
    keyVariables: ["AZURE_OPENAI_API_KEY"],
    baseUrlVariable: "AZURE_OPENAI_ENDPOINT",
    usualPath: "/openai/v1",
    exampleUrl: "https://RESOURCE.openai.azure.com",
  }),
  // The key is an access token, which lasts an hour unless the account says otherwise.
  host("vertex", {
    keyVariables: ["VERTEX_API_KEY", "VERTEX_ACCESS_TOKEN"],
    exampleUrl:
      "https://REGION-aiplatform.googleapis.com/v1/projects/PROJECT/locations/REGION/endpoints/openapi",
  }),
  host("bedrock", {
    keyVariables: ["AWS_BEARER_TOKEN_BEDROCK", "BEDROCK_API_KEY"],
    usualPath: "/openai/v1",
    exampleUrl: "https://bedrock-runtime.REGION.amazonaws.com",
  }),
  host("ollama", {
    keyOptional: true,
    isFree: true,
    baseUrl: "http://127.0.0.1:11434/v1",
    usualPath: "/v1",
  }),
  host("compatible", {
    keyVariables: ["OPENAI_COMPATIBLE_API_KEY"],
    keyOptional: true,
    baseUrlVariable: "OPENAI_COMPATIBLE_BASE_URL",
  }),
];
