import { promptColumns, toPromptFields, type ReadFields } from "./prompt-forms.ts";

/** All columns that a pair may be read from. */
export function pairColumns(): readonly string[] {
  const models = ["model_a", "model_b"];
  const labels = ["label", "labels", "winner", "drawn"];
  const sides = ["a", "b", "chosen", "rejected", ...sideColumns.flat()];
  return [...promptColumns, ...sides, ...models, ...labels];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The fields of a pair, from other forms in which people have pairs: TRL's and HH's `chosen` and
 * `rejected` (the label is a), MT-Bench's judgments (`conversation_a`, `conversation_b`,
 * `winner`), and tables of `response_a`, `response_b` and `winner`. The prompt is read as
 * `toPromptFields` reads it. Any other row comes back as it is.
 */
export function toPairFields(given: Fields): ReadFields {
  const prompt = toPromptFields(given);
  const { fields } = prompt;
  if (isGiven(fields["a"]) || isGiven(fields["b"])) return prompt;
  if (isGiven(fields["chosen"]) && isGiven(fields["rejected"])) {
    const taken = [...prompt.taken, "a from chosen", "b from rejected"];
    return { fields: preferencePair(fields), taken };
  }
  const sides = sideColumns.find((columns) => columns.every((column) => isGiven(fields[column])));
  if (sides === undefined) return prompt;
  const [a, b] = sides;
  const label = isGiven(fields["winner"]) && !isGiven(fields["label"]) ? ["label from winner"] : [];
  return {
    fields: judgedPair(fields, a, b),
    taken: [...prompt.taken, `a from ${a}`, `b from ${b}`, ...label],
  };
}

/** Columns that hold the two responses, or whole conversations. */
const sideColumns = [
  ["conversation_a", "conversation_b"],
  ["response_a", "response_b"],
  ["answer_a", "answer_b"],
  ["output_a", "output_b"],
] as const;

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

/** Two responses or conversations side by side, with their models and one verdict where given. */
function judgedPair(row: Fields, a: string, b: string): Fields {
  const { [a]: first, [b]: second, model_a, model_b, winner, ...fields } = row;
  const named = (value: unknown, model: unknown) => {
    if (!isGiven(model)) return side(value);
    return { ...(Array.isArray(value) ? { messages: value } : { text: value }), model };
  };
  return {
    ...fields,
    a: named(first, model_a),
    b: named(second, model_b),
    ...(isGiven(winner) && winner !== "" && !isGiven(fields["label"]) ? { label: winner } : {}),
  };
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}
