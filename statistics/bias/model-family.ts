/**
 * Beginnings of model names and who made the model; of those that fit, the longest counts. A model
 * tuned from another's weights belongs to the family of the weights where its name says no more
 * (vicuna, alpaca: Llama).
 */
const familyByPrefix: readonly (readonly [prefix: string, family: string])[] = [
  ["gpt", "openai"],
  ["chatgpt", "openai"],
  ["davinci", "openai"],
  ["o1", "openai"],
  ["o3", "openai"],
  ["o4", "openai"],
  ["gpt-j", "eleutherai"],
  ["gpt-neo", "eleutherai"],
  ["pythia", "eleutherai"],
  ["gpt4all", "nomic"],
  ["gemma", "google"],
  ["gemini", "google"],
  ["palm", "google"],
  ["llama", "meta"],
  ["codellama", "meta"],
  ["vicuna", "meta"],
  ["alpaca", "meta"],
  ["mistral", "mistral"],
  ["mixtral", "mistral"],
  ["ministral", "mistral"],
  ["codestral", "mistral"],
  ["zephyr", "mistral"],
  ["qwen", "alibaba"],
  ["qwq", "alibaba"],
  ["claude", "anthropic"],
  ["deepseek", "deepseek"],
  ["command", "cohere"],
  ["aya", "cohere"],
  ["phi", "microsoft"],
  ["wizardlm", "microsoft"],
  ["grok", "xai"],
  ["yi", "01-ai"],
  ["glm", "zhipu"],
  ["chatglm", "zhipu"],
  ["falcon", "tii"],
  ["olmo", "ai2"],
  ["tulu", "ai2"],
  ["nemotron", "nvidia"],
  ["kimi", "moonshot"],
];

/** Prefixes so short that more letters after them would be another word. */
const wholeWords = new Set([
  "o1",
  "o3",
  "o4",
  "aya",
  "yi",
  "phi",
  "glm",
  "palm",
  "command",
  "gpt-j",
]);

/**
 * Who made a model, from its name or spec (`openai:gpt-4o`,
 * `together:meta-llama/Meta-Llama-3.1-8B`, `gemma2:9b`); null where the name does not say.
 * A simulated model's family is its name (`sim:willow?noise=0.1`: `sim:willow`), by which it knows
 * its own responses.
 *
 * Looks first at the part after provider and owner, word by word from the left, and then at the
 * whole spec; of a recording (`replay:`) only at the file's name, as its folders name no model.
 */
export function modelFamily(model: string): string | null {
  const name = model.toLowerCase();
  if (name.startsWith("sim:")) return name.split("?", 1)[0] ?? null;
  const afterProvider = name.slice(name.indexOf(":") + 1);
  const ownName = afterProvider.slice(afterProvider.lastIndexOf("/") + 1);
  return familyInName(ownName) ?? (name.startsWith("replay:") ? null : familyInName(name));
}

function familyInName(name: string): string | null {
  const words = name.split(/[^a-z0-9]+/).filter((word) => word !== "");
  for (let start = 0; start < words.length; start++) {
    const rest = words.slice(start).join("-");
    const fitting = familyByPrefix.filter(([prefix]) => beginsWith(rest, prefix));
    const longest = fitting.toSorted(([first], [second]) => second.length - first.length)[0];
    if (longest !== undefined) return longest[1];
  }
  return null;
}

function beginsWith(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  return !wholeWords.has(prefix) || !/^[a-z]/.test(name.slice(prefix.length));
}
