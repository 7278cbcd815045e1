import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * A fast server of chat completions in a process of its own, so that its processor time is not
 * counted. The first part of a path says how long an answer takes: `/20/v1/chat/completions`.
 * Answers have about 2 kB and all differ; those to prompts that ask for scores have the headings of
 * judges, reviewers and advisors, those to distilabel's prompts have its own. `GET /calls`
 * gives the number of answers so far.
 */

const words =
  "the model answers with a careful paragraph about data, and some numbers like 42, ".split(" ");
const prose = Array.from({ length: 320 }, (_, index) => words[(index * 7) % words.length]).join(
  " ",
);
/** Words of prompts that ask for headings. */
const askings = ["Score", "Answer:", "uggestion"];

function withHeadings(number: number): string {
  const [a, b] = [3 + (number % 5), 3 + (((number * 7) >> 1) % 5)];
  return [
    `Answer: ${"ABC"[number % 3]}`,
    `### Evaluation Evidence:\nNote ${number}. ${prose}`,
    `### Score Assistant A:\n${a}/10`,
    `### Score Assistant B:\n${b}/10`,
    `### Overall Score:\n${5 + (number % 4)}/10`,
    `### Feedback:\nAdd an example for ${number}.\n\n1. Add an example.\n2. Be brief.`,
  ].join("\n\n");
}

/** The form that distilabel's UltraFeedback reads. */
function withRatings(number: number): string {
  const half = prose.slice(0, prose.length / 2);
  const ratingOf = (text: number) =>
    `#### Output for Text ${text}\nRating: ${1 + ((number + text) % 5)}\n` +
    `Rationale: ${number}. ${half}`;
  return `${ratingOf(1)}\n\n${ratingOf(2)}`;
}

let calls = 0;

const server = createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  if (request.url === "/calls") {
    response.end(String(calls));
    return;
  }
  const latencyMs = Number(request.url?.split("/")[1] ?? 0);
  let bytes = 0;
  let contentOf = (number: number) => `Note ${number}. ${prose}`;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (chunk.includes("Rating:")) contentOf = withRatings;
    else if (askings.some((word) => chunk.includes(word))) contentOf = withHeadings;
  });
  const answer = () => {
    calls += 1;
    const content = contentOf(calls);
    const body = Buffer.from(
      JSON.stringify({
        id: `chatcmpl-${calls}`,
        object: "chat.completion",
        created: 1_700_000_000,
        model: "bench",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content, refusal: null },
            logprobs: null,
            finish_reason: "stop",
          },
        ],
        usage: {
          prompt_tokens: bytes >> 2,
          completion_tokens: 400,
          total_tokens: (bytes >> 2) + 400,
        },
      }),
    );
    response.writeHead(200, {
      "content-type": "application/json",
      "content-length": body.length,
    });
    response.end(body);
  };
  request.on("end", () => {
    if (latencyMs > 0) setTimeout(answer, latencyMs);
    else answer();
  });
});

server.listen(0, "127.0.0.1", 8_192, () => {
  process.send?.((server.address() as AddressInfo).port);
});
process.on("disconnect", () => process.exit());
