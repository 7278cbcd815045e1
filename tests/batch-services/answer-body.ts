import { createHash } from "node:crypto";
import type { Fields } from "../../models/wire/request-params.ts";
import { answerText } from "../fault/server/answer-text.ts";
import { defaultSettings } from "../fault/server/server-settings.ts";
import type { Reply } from "../loopback/reply.ts";
import type { Speaker } from "../loopback/speakers.ts";

type AnyBody = {
  readonly messages?: readonly { readonly role: string; readonly content: string }[];
  readonly contents?: readonly {
    readonly role: string;
    readonly parts: readonly { readonly text: string }[];
  }[];
};

/** What a provider says to the body of a request: a function of the body alone. */
export function answerBody(body: Fields, speaker: Speaker): Reply {
  const { messages, contents = [] } = body as AnyBody;
  const asked =
    messages ??
    contents.map(({ role, parts }) => ({ role, content: parts.map(({ text }) => text).join("") }));
  const key = createHash("sha256").update(JSON.stringify(body)).digest("hex");
  const content = answerText(asked, key, defaultSettings);
  return speaker.answer({ content, usage: { in: 100, out: 40 } });
}
