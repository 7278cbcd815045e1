import type { Reply } from "../../loopback/reply.ts";

/**
 * Refusals as providers word them; the names of accounts are left out. Each knows how to say how
 * long to wait.
 */

/** OpenAI's, of a small account: it names billing, and passes. */
export function openAiTier(model: string, waitMs: number): Reply {
  return {
    status: 429,
    body: {
      error: {
        message:
          `Rate limit reached for ${model} in organization org-example on requests per min ` +
          `(RPM): Limit 3, Used 3, Requested 1. Please try again in ${waitText(waitMs)}. ` +
          "Visit https://platform.openai.com/account/rate-limits to learn more. You can " +
          "increase your rate limit by adding a payment method to your account at " +
          "https://platform.openai.com/account/billing.",
        type: "requests",
        param: null,
        code: "rate_limit_exceeded",
      },
    },
  };
}

/** OpenAI's, of an empty account: it does not pass. */
export const openAiQuota: Reply = {
  status: 429,
  body: {
    error: {
      message:
        "You exceeded your current quota, please check your plan and billing details. For " +
        "more information on this error, read the docs: " +
        "https://platform.openai.com/docs/guides/error-codes/api-errors.",
      type: "insufficient_quota",
      param: null,
      code: "insufficient_quota",
    },
  },
};

/** Gemini's: the sentence of an empty account, for a minute that is full. */
export function geminiQuota(model: string, waitMs: number, limit = 10): Reply {
  const seconds = `${waitMs / 1_000}s`;
  return {
    status: 429,
    body: {
      error: {
        code: 429,
        message:
          "You exceeded your current quota, please check your plan and billing details. For " +
          "more information on this error, head to: " +
          "https://ai.google.dev/gemini-api/docs/rate-limits. To monitor your current usage, " +
          "head to: https://ai.dev/rate-limit. \n* Quota exceeded for metric: " +
          "generativelanguage.googleapis.com/generate_content_free_tier_requests, limit: " +
          `${limit}, model: ${model}\nPlease retry in ${seconds}.`,
        status: "RESOURCE_EXHAUSTED",
        details: [
          {
            "@type": "type.googleapis.com/google.rpc.QuotaFailure",
            violations: [
              {
                quotaMetric:
                  "generativelanguage.googleapis.com/generate_content_free_tier_requests",
                quotaId: "GenerateRequestsPerMinutePerProjectPerModel-FreeTier",
                quotaDimensions: { location: "global", model },
                quotaValue: String(limit),
              },
            ],
          },
          {
            "@type": "type.googleapis.com/google.rpc.Help",
            links: [
              {
                description: "Learn more about Gemini API quotas",
                url: "https://ai.google.dev/gemini-api/docs/rate-limits",
              },
            ],
          },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: seconds },
        ],
      },
    },
  };
}

/** Gemini's without a word about time. */
export const geminiExhausted: Reply = {
  status: 429,
  body: {
    error: {
      code: 429,
      message: "Resource has been exhausted (e.g. check quota).",
      status: "RESOURCE_EXHAUSTED",
    },
  },
};

/** A prompt longer than the model reads, as different servers say it. */
export const overflows = {
  "overflow-openai": {
    error: {
      message:
        "This model's maximum context length is 8192 tokens. However, your messages " +
        "resulted in 11302 tokens. Please reduce the length of the messages.",
      type: "invalid_request_error",
      param: "messages",
      code: "context_length_exceeded",
    },
  },
  "overflow-openrouter": {
    error: {
      message:
        "This model's maximum context length is 8192 tokens, however you requested 8977 " +
        "tokens (8977 in your prompt; 0 for the completion). Please reduce your prompt; or " +
        "completion length.",
      code: 400,
    },
  },
  "overflow-gemini": {
    error: {
      code: 400,
      message:
        "The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).",
      status: "INVALID_ARGUMENT",
    },
  },
  "overflow-llama-cpp": {
    error: {
      code: 400,
      message:
        "the request exceeds the available context size. try increasing the context size or " +
        "enable context shift",
      type: "exceed_context_size_error",
      n_prompt_tokens: 11302,
      n_ctx: 8192,
    },
  },
  "overflow-vllm": {
    object: "error",
    message:
      "This model's maximum context length is 8192 tokens. However, you requested 11302 " +
      "tokens in the messages, Please reduce the length of the messages.",
    type: "BadRequestError",
    param: null,
    code: 400,
  },
} as const;

function waitText(waitMs: number): string {
  return waitMs < 1_000 ? `${waitMs}ms` : `${waitMs / 1_000}s`;
}
