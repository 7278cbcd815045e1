import {
  configLines,
  dataConfigs,
  sizeCategory,
  type DataConfig,
  type NamedData,
} from "./data-configs.ts";
import { markdownTable } from "./markdown-table.ts";
import type { OutputFile } from "./output-set.ts";
import { counted } from "../../state/counted.ts";

/** What a data set's card tells. */
export type CardFacts = {
  /** What the data set is: pairs of written responses, or instruction data improved in place. */
  readonly kind: CardKind;
  readonly command: string;
  readonly topology: { readonly graph: string };
  /** The graph as Mermaid, drawn from the graph itself. */
  readonly drawing: string;
  readonly agents: readonly {
    readonly name: string;
    readonly role: string;
    readonly model: string;
    /** The custom node in place of the role's. */
    readonly node?: string | undefined;
  }[];
  /** How many of them decided which text is better. */
  readonly judges: number;
  /** SHA-256 by prompt file. */
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 by file of custom code. */
  readonly code?: Readonly<Record<string, string>>;
  /** SHA-256 of the input, or its address with the commit or version that was read. */
  readonly inputIdentity: string;
  readonly counts: {
    readonly rows: number;
    readonly done: number;
    readonly failed: number;
    readonly pending: number;
  };
  readonly figures: readonly (readonly [name: string, value: string])[];
  /** The data that a reader loads, the most useful first. */
  readonly data: readonly NamedData[];
  /** Lines whose rejected text answers another prompt, by name of the data. */
  readonly otherPrompts?: Readonly<Record<string, number>> | undefined;
  readonly files: readonly OutputFile[];
};

export type CardKind = "preference" | "evolution";

/** What the cards of the kinds of data say differently. */
type Wording = {
  readonly title: (graph: string) => string;
  readonly tags: string;
  /** What was read, and who wrote what came of it. */
  readonly origin: (rows: number) => string;
  readonly limits: (facts: CardFacts) => readonly string[];
};

/** Whether code decides which response is better, in any part of a topology. */
function isJudgedByCode(topology: object): boolean {
  const { graph, evaluator, steps } = topology as Record<string, unknown>;
  const inner = [evaluator, ...(Array.isArray(steps) ? steps : [])];
  if (graph === "checks") return true;
  return inner.some((one) => typeof one === "object" && one !== null && isJudgedByCode(one));
}

const wordings: Readonly<Record<CardKind, Wording>> = {
  preference: {
    title: (graph) => `Preference data from a ${graph} graph`,
    tags: "preference, dpo, kto, synthetic",
    origin: (rows) =>
      `from ${counted(rows, "prompt")}. All responses, reviews and verdicts were written by ` +
      "language models; no person has checked them.",
    limits: ({ judges, topology, files }) => {
      if (judges === 0 && isJudgedByCode(topology)) {
        return [
          "- Chosen and rejected are what checks by code say, not a person's verdict: a " +
            "response is better here where it passes more of the topology's checks, whatever " +
            "else it is worth.",
        ];
      }
      if (judges === 0) {
        return [
          "- Nothing was compared: there are no pairs and no labels, and the responses in " +
            "`sft.parquet` were not judged.",
        ];
      }
      return [
        "- Chosen and rejected are a model's verdict, not a person's. How far such a " +
          "verdict agrees with people is measured with `fellowship evaluate`.",
        `- ${judges === 1 ? "One judge" : `${judges} judges`} decided; each prefers some ` +
          "styles, lengths and positions for their own sake. In a loop the sides take turns, " +
          "which evens out position over the rounds and not within one.",
        "- Later responses were written with feedback in view that the prompt alone does " +
          "not hold; scores are on the judge's own scale.",
        ...("steps" in topology && files.some(({ name }) => name.startsWith("multi-agent/"))
          ? ["- `multi-agent/` is of the chain's first step alone."]
          : []),
      ];
    },
  },
  evolution: {
    title: (graph) => `Instruction data, improved by a ${graph} graph`,
    tags: "instruction-tuning, preference, dpo, synthetic",
    origin: (rows) =>
      `from ${counted(rows, "row")} of instruction data. The questions are the input's own; ` +
      "every answer that differs from the input was rewritten by language models, and no " +
      "person has checked it.",
    limits: () => [
      "- That a rewrite is better is a model's verdict, not a person's; in a mode without a " +
        "judge the two were not compared. The verdict tends to favour longer and tidier " +
        "texts, so compare the mean lengths above.",
      "- A rewrite may bring in what is not true: the editor has no source but itself.",
      "- Rows that failed or ended early hold the answers they had; `failed.jsonl` and " +
        "`rows.jsonl` say which and why. Rows that could not be read at all are left out.",
    ],
  },
};

/** Writes the card, Markdown with the front matter that data set hubs read. */
export function datasetCard(facts: CardFacts): string {
  const configs = dataConfigs(facts.data, facts.files);
  return [
    frontMatter(facts, configs),
    `# ${wordings[facts.kind].title(facts.topology.graph)}`,
    introduction(facts),
    "## How it was made",
    "```mermaid",
    facts.drawing.trim(),
    "```",
    markdownTable(
      ["agent", "role", "model"],
      facts.agents.map(({ name, role, model, node }) => [
        name,
        role,
        node === undefined ? code(model) : `${code(model)}, in the node ${code(node)}`,
      ]),
    ),
    markdownTable(
      ["prompt", "SHA-256"],
      Object.entries(facts.prompts).map(([name, hash]) => [code(`prompts/${name}.md`), code(hash)]),
    ),
    ...codeTable(facts),
    `Input: ${inputText(facts.inputIdentity)}. The topology as it ran, with every setting, ` +
      "is in `run.json`.",
    "## Counts",
    markdownTable(
      ["", "rows"],
      Object.entries(facts.counts).map(([name, n]) => [name, String(n)]),
    ),
    markdownTable(["figure", "value"], facts.figures),
    "## Files",
    markdownTable(
      ["file", "lines", "a line holds"],
      configs.map(({ file, lines, holds }) => [
        code(file),
        lines === 0 ? "none" : String(lines),
        holds,
      ]),
    ),
    "Beside each Parquet file is a JSONL file of the same lines. `rows.jsonl` holds every " +
      "row with its whole transcript, `failed.jsonl` the rows that failed and why.",
    "## Loading",
    loading(configs),
    "## Limits",
    limits(facts, configs),
    "",
  ].join("\n\n");
}

/** The code that ran, where it was not Fellowship's own alone. */
function codeTable({ code: files = {} }: CardFacts): string[] {
  const rows = Object.entries(files).map(([name, hash]) => [code(name), code(hash)]);
  return rows.length === 0 ? [] : [markdownTable(["custom code", "SHA-256"], rows)];
}

function frontMatter({ kind, topology }: CardFacts, configs: readonly DataConfig[]): string {
  const { title, tags } = wordings[kind];
  const main = configs.find(({ lines }) => lines > 0);
  return [
    "---",
    // A graph may have its name from a user's file: as JSON it is YAML, whatever it holds.
    `pretty_name: ${JSON.stringify(title(topology.graph))}`,
    "task_categories: [text-generation]",
    `size_categories: ["${sizeCategory(main?.lines ?? 0)}"]`,
    `tags: [${tags}]`,
    ...configLines(configs),
    "---",
  ].join("\n");
}

function introduction({ kind, command, agents, counts }: CardFacts): string {
  const simulated = agents.some(({ model }) => model.startsWith("sim:"));
  const replayed = agents.some(({ model }) => model.startsWith("replay:"));
  const lines = [`Written by \`${command}\` ${wordings[kind].origin(counts.rows)}`];
  if (simulated) {
    lines.push(
      "**Some or all of the texts are simulated: they come from no language model and are " +
        "of no use for training.**",
    );
  }
  if (replayed)
    lines.push("Some or all of the answers were recorded earlier and replayed from a cassette.");
  return lines.join("\n\n");
}

/** Python that loads the data, from the data set's own folder or from a hub. */
function loading(configs: readonly DataConfig[]): string {
  const loadable = configs.filter(({ lines }) => lines > 0);
  if (loadable.length === 0) return "There is nothing to load: all data files are empty.";
  return [
    "```python",
    "from datasets import load_dataset",
    "",
    ...loadable.map(
      ({ config }) =>
        `${config.replaceAll("-", "_")} = load_dataset(".", "${config}", split="train")`,
    ),
    ...(loadable.some(({ config }) => config === "dpo")
      ? ['dpo = dpo.select_columns(["prompt", "chosen", "rejected"])  # what trl.DPOTrainer reads']
      : []),
    "```",
  ].join("\n");
}

function limits(facts: CardFacts, configs: readonly DataConfig[]): string {
  const { failed, pending } = facts.counts;
  const otherPrompts = configs.flatMap(({ name, file, lines }) => {
    const other = facts.otherPrompts?.[name] ?? 0;
    return other === 0
      ? []
      : [
          `- In ${code(file)} chosen and rejected answer different prompts in ${other} of ` +
            `${counted(lines, "line")} (\`source.same_prompt: false\`): \`prompt\` is the ` +
            "chosen text's.",
        ];
  });
  const isPart = failed + pending > 0;
  return [
    ...wordings[facts.kind].limits(facts),
    ...otherPrompts,
    ...(isPart
      ? [
          `- ${counted(failed, "row")} failed and ${pending} ` +
            `${pending === 1 ? "is" : "are"} pending: the data is not a random part of the ` +
            "input.",
        ]
      : []),
  ].join("\n");
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}

function inputText(identity: string): string {
  return `${/^[0-9a-f]{64}$/.test(identity) ? "SHA-256 " : ""}${code(identity)}`;
}
