import { ChatOpenAI } from "@langchain/openai";
import OpenAI from "openai";
import { Agent, request } from "undici";
import { eachRow, promptOf, type Arm } from "./arm.ts";

/** Asks one question and gives the text of the answer. */
export type Ask = (prompt: string) => Promise<string>;

/** Plain requests on one `undici` agent: the floor. */
function rawAsk(baseUrl: string, inFlight: number): Ask {
  const dispatcher = new Agent({ connections: inFlight, pipelining: 1 });
  return async (prompt) => {
    const { body } = await request(`${baseUrl}/chat/completions`, {
      method: "POST",
      dispatcher,
      headers: { "content-type": "application/json", authorization: "Bearer none" },
      body: JSON.stringify({ model: "bench", temperature: 0, messages: messagesOf(prompt) }),
    });
    const answer = (await body.json()) as { choices: { message: { content: string } }[] };
    return answer.choices[0]?.message.content ?? "";
  };
}

/** The client of OpenAI, as its manual shows it. */
function openAiAsk(baseUrl: string): Ask {
  const client = new OpenAI({ baseURL: baseUrl, apiKey: "none" });
  return async (prompt) => {
    const answer = await client.chat.completions.create({
      model: "bench",
      temperature: 0,
      messages: messagesOf(prompt),
    });
    return answer.choices[0]?.message.content ?? "";
  };
}

/** `ChatOpenAI` of LangChain, as its manual shows it. */
export function chatOpenAiAsk(baseUrl: string): Ask {
  const chatModel = new ChatOpenAI({
    model: "bench",
    temperature: 0,
    apiKey: "none",
    configuration: { baseURL: baseUrl },
  });
  return async (prompt) => (await chatModel.invoke(messagesOf(prompt))).text;
}

function messagesOf(prompt: string) {
  return [{ role: "user" as const, content: prompt }];
}

/** A row is one question, in each of these. */
export const clientArms: readonly Arm[] = [
  clientArm("undici", ({ baseUrl, inFlight }) => rawAsk(baseUrl, inFlight)),
  clientArm("openai", ({ baseUrl }) => openAiAsk(baseUrl)),
  clientArm("ChatOpenAI", ({ baseUrl }) => chatOpenAiAsk(baseUrl)),
];

function clientArm(name: string, askOf: (load: { baseUrl: string; inFlight: number }) => Ask): Arm {
  return {
    name,
    run: async (load) => {
      const ask = askOf(load);
      await eachRow(load, async (row) => {
        if ((await ask(promptOf(row))) === "") throw new Error(`${name}: an empty answer`);
      });
    },
  };
}
