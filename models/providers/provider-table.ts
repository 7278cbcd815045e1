/** How a provider is reached. */
export type Provider = {
  /** Which client speaks to it; `replay` and `sim` send nothing anywhere. */
  readonly client: "openai" | "google" | "replay" | "sim";
  /** Environment variables a key is looked for in, the usual one first. */
  readonly keyVariables?: readonly string[];
  /** The provider answers without a key (local servers). */
  readonly keyOptional?: true;
  /** Environment variable that moves the provider elsewhere (a proxy, a local server, a test). */
  readonly baseUrlVariable?: string;
  readonly baseUrl?: string;
  /** Path of an address that is given without one. */
  readonly usualPath?: string;
};

/** All providers by the name they have in a model spec. */
export const providers = {
  openai: {
    client: "openai",
    keyVariables: ["OPENAI_API_KEY"],
    baseUrlVariable: "OPENAI_BASE_URL",
    baseUrl: "https://api.openai.com/v1",
  },
  google: {
    client: "google",
    keyVariables: ["GOOGLE_API_KEY"],
    baseUrlVariable: "GOOGLE_BASE_URL",
    baseUrl: "https://generativelanguage.googleapis.com",
  },
  together: {
    client: "openai",
    keyVariables: ["TOGETHER_API_KEY", "TOGETHER_AI_API_KEY"],
    baseUrlVariable: "TOGETHER_BASE_URL",
    baseUrl: "https://api.together.xyz/v1",
  },
  groq: {
    client: "openai",
    keyVariables: ["GROQ_API_KEY"],
    baseUrlVariable: "GROQ_BASE_URL",
    baseUrl: "https://api.groq.com/openai/v1",
  },
  openrouter: {
    client: "openai",
    keyVariables: ["OPENROUTER_API_KEY"],
    baseUrlVariable: "OPENROUTER_BASE_URL",
    baseUrl: "https://openrouter.ai/api/v1",
  },
  fireworks: {
    client: "openai",
    keyVariables: ["FIREWORKS_API_KEY"],
    baseUrlVariable: "FIREWORKS_BASE_URL",
    baseUrl: "https://api.fireworks.ai/inference/v1",
  },
  deepinfra: {
    client: "openai",
    keyVariables: ["DEEPINFRA_API_KEY"],
    baseUrlVariable: "DEEPINFRA_BASE_URL",
    baseUrl: "https://api.deepinfra.com/v1/openai",
  },
  mistral: {
    client: "openai",
    keyVariables: ["MISTRAL_API_KEY"],
    baseUrlVariable: "MISTRAL_BASE_URL",
    baseUrl: "https://api.mistral.ai/v1",
  },
  deepseek: {
    client: "openai",
    keyVariables: ["DEEPSEEK_API_KEY"],
    baseUrlVariable: "DEEPSEEK_BASE_URL",
    baseUrl: "https://api.deepseek.com/v1",
  },
  ollama: {
    client: "openai",
    keyVariables: ["OLLAMA_API_KEY"],
    keyOptional: true,
    baseUrlVariable: "OLLAMA_BASE_URL",
    baseUrl: "http://127.0.0.1:11434/v1",
    usualPath: "/v1",
  },
  compatible: {
    client: "openai",
    keyVariables: ["OPENAI_COMPATIBLE_API_KEY"],
    keyOptional: true,
    baseUrlVariable: "OPENAI_COMPATIBLE_BASE_URL",
  },
  replay: { client: "replay" },
  sim: { client: "sim" },
} as const satisfies Readonly<Record<string, Provider>>;

export type ProviderName = keyof typeof providers;

export const providerNames = Object.keys(providers) as readonly ProviderName[];
