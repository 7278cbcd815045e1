type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of a pair, from other forms in which people have pairs: TRL's and HH's `chosen` and
 * `rejected` (the label is a), and MT-Bench's judgments (`conversation_a`, `conversation_b`,
 * `winner`). Any other row comes back as it is.
 */
export function toPairFields(fields: Fields): Fields {
  if (isGiven(fields["a"]) || isGiven(fields["b"])) return fields;
  if (isGiven(fields["chosen"]) && isGiven(fields["rejected"])) return preferencePair(fields);
  if (isGiven(fields["conversation_a"]) && isGiven(fields["conversation_b"])) {
    return judgmentPair(fields);
  }
  return fields;
}

/** `chosen` and `rejected`: texts, HH's transcripts or lists of messages. */
function preferencePair({ chosen, rejected, messages, ...fields }: Fields): Fields {
  const hasPrompt = isGiven(fields["prompt"]);
  const transcripts = hasPrompt ? null : [readTranscript(chosen), readTranscript(rejected)];
  const [a, b] =
    transcripts !== null && transcripts.every((one) => one !== null)
      ? transcripts.map((one) => ({ messages: one }))
      : [side(chosen), side(rejected)];
  // UltraFeedback's `messages` are the prompt with the chosen response.
  const prompt = hasPrompt || !isGiven(messages) || Array.isArray(chosen) ? {} : { messages };
  return { ...fields, ...prompt, a, b, label: fields["label"] ?? "a" };
}

function side(value: unknown): unknown {
  return Array.isArray(value) ? { messages: value } : value;
}

/** A transcript of the HH data: turns that begin with "Human:" and "Assistant:"; else null. */
function readTranscript(value: unknown) {
  if (typeof value !== "string") return null;
  const [before = "", ...turns] = value.split(/\n\n(Human|Assistant): ?/);
  if (before.trim() !== "" || turns[0] !== "Human") return null;
  const messages: { role: "user" | "assistant"; content: string }[] = [];
  for (let index = 0; index < turns.length; index += 2) {
    const role = turns[index] === "Human" ? "user" : "assistant";
    messages.push({ role, content: turns[index + 1] ?? "" });
  }
  return messages;
}

const winners: Readonly<Record<string, string>> = {
  model_a: "a",
  model_b: "b",
  tie: "tie",
  "tie (inconsistent)": "tie",
  "tie (bothbad)": "tie",
};

/** MT-Bench's and Chatbot Arena's judgments: two whole conversations, one person's verdict. */
function judgmentPair(row: Fields): Fields {
  const { conversation_a, conversation_b, model_a, model_b, winner, ...fields } = row;
  const label = typeof winner === "string" ? (winners[winner] ?? winner) : winner;
  return {
    ...fields,
    a: { messages: conversation_a, ...(isGiven(model_a) ? { model: model_a } : {}) },
    b: { messages: conversation_b, ...(isGiven(model_b) ? { model: model_b } : {}) },
    ...(isGiven(label) && fields["label"] === undefined ? { label } : {}),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
