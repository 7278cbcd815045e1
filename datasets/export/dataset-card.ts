import type { OutputFile } from "./output-set.ts";

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
    /** The node of the user's own that stood in the place of the role's. */
    readonly node?: string | undefined;
  }[];
  /** How many of them decided which text is better. */
  readonly judges: number;
  /** SHA-256 by prompt file. */
  readonly prompts: Readonly<Record<string, string>>;
  /** SHA-256 by file of the user's own code. */
  readonly code?: Readonly<Record<string, string>>;
  readonly inputSha256: string;
  readonly counts: {
    readonly rows: number;
    readonly done: number;
    readonly failed: number;
    readonly pending: number;
  };
  readonly figures: readonly (readonly [name: string, value: string])[];
  readonly files: readonly OutputFile[];
};

export type CardKind = "preference" | "evolution";

/** Data sets that load by name, most useful first, and what a line of each holds. */
const kinds: Readonly<Record<string, string>> = {
  "evolved.json": "the input, row for row and in its own shape, with the improved answers in it",
  "evolved.jsonl": "the input, row for row and in its own shape, with the improved answers in it",
  "dpo.parquet":
    "pairs of a chosen and a rejected response to one prompt (TRL: conversational preference)",
  "kto.parquet":
    "single responses with a label, true or false (TRL: conversational unpaired preference)",
  "sft.parquet": "each prompt with its best response (TRL: conversational language modelling)",
  "multi-agent/generator.kto.parquet":
    "revisions with the conversation they came from; true where the revision won",
  "multi-agent/generator.dpo.parquet": "two revisions of one response, from branching loops",
  "multi-agent/reviewer.kto.parquet":
    "reviews with what the reviewer was shown; true where the revision after it won",
  "multi-agent/reviewer.dpo.parquet": "two reviews of one response, from branching loops",
};

/** What the cards of the kinds of data say differently. */
type Wording = {
  readonly title: (graph: string) => string;
  readonly tags: string;
  /** What was read, and who wrote what came of it. */
  readonly origin: (rows: number) => string;
  /** Python. */
  readonly loading: (facts: CardFacts) => readonly string[];
  readonly limits: (facts: CardFacts) => readonly string[];
};

const dpoLoading = [
  'pairs = load_dataset("parquet", data_files="dpo.parquet", split="train")',
  'pairs = pairs.select_columns(["prompt", "chosen", "rejected"])  # what trl.DPOTrainer reads',
];

const wordings: Readonly<Record<CardKind, Wording>> = {
  preference: {
    title: (graph) => `Preference data from a ${graph} graph`,
    tags: "preference, dpo, kto, synthetic",
    origin: (rows) =>
      `from ${rows} prompts. All responses, reviews and verdicts were written by language models; nobody has checked them.`,
    loading: () => dpoLoading,
    limits: ({ judges, topology, files }) => {
      if (judges === 0) {
        return [
          "- Nothing was compared: there are no pairs and no labels, and nobody has judged the responses in `sft.parquet`.",
        ];
      }
      return [
        "- Chosen and rejected are a model's verdict, not a person's. How far such a verdict agrees with people is measured with `npm run evaluate`.",
        `- ${judges === 1 ? "One judge" : `${judges} judges`} decided; each prefers some styles, lengths and positions for their own sake. In a loop the sides take turns, which evens out position over the rounds and not within one.`,
        "- Later responses were written with feedback in view that the prompt alone does not hold; scores are on the judge's own scale.",
        ...(topology.graph === "chain" && files.some(({ name }) => name.startsWith("multi-agent/"))
          ? ["- `multi-agent/` is of the chain's first step alone."]
          : []),
      ];
    },
  },
  evolution: {
    title: (graph) => `Instruction data, improved by a ${graph} graph`,
    tags: "instruction-tuning, preference, dpo, synthetic",
    origin: (rows) =>
      `from ${rows} rows of instruction data. The questions are the input's own; every answer that differs from the input was rewritten by language models, and nobody has checked it.`,
    loading: ({ files }) => [
      ...files
        .filter(({ name }) => name.startsWith("evolved."))
        .map(({ name }) => `data = load_dataset("json", data_files="${name}", split="train")`),
      ...dpoLoading,
    ],
    limits: () => [
      "- That a rewrite is better is a model's verdict, not a person's; in a mode without a judge nobody compared the two. The verdict tends to favour longer and tidier texts, so compare the mean lengths above.",
      "- A rewrite may bring in what is not true: the editor has no source but itself.",
      "- Rows that failed or ended early hold the answers they had; `failed.jsonl` and `rows.jsonl` say which and why. Rows that could not be read at all are left out.",
    ],
  },
};

/** Writes the card, Markdown with the front matter that data set hubs read. */
export function datasetCard(facts: CardFacts): string {
  return [
    frontMatter(facts),
    `# ${wordings[facts.kind].title(facts.topology.graph)}`,
    introduction(facts),
    "## How it was made",
    "```mermaid",
    facts.drawing.trim(),
    "```",
    table(
      ["agent", "role", "model"],
      facts.agents.map(({ name, role, model, node }) => [
        name,
        role,
        node === undefined ? code(model) : `${code(model)}, in the node ${code(node)}`,
      ]),
    ),
    table(
      ["prompt", "SHA-256"],
      Object.entries(facts.prompts).map(([name, hash]) => [code(`prompts/${name}.md`), code(hash)]),
    ),
    ...codeTable(facts),
    `Input: SHA-256 ${code(facts.inputSha256)}. The topology as it ran, with every setting, is in \`run.json\`.`,
    "## Counts",
    table(
      ["", "rows"],
      Object.entries(facts.counts).map(([name, n]) => [name, String(n)]),
    ),
    table(["figure", "value"], facts.figures),
    "## Files",
    table(
      ["file", "lines", "a line holds"],
      facts.files
        .filter(({ name }) => kinds[name] !== undefined)
        .map((file) => [
          code(file.name),
          String(linesOf(file, facts.files)),
          kinds[file.name] ?? "",
        ]),
    ),
    "Each Parquet file stands as JSONL beside it. `rows.jsonl` holds every row with all that was said, `failed.jsonl` the rows that came to nothing and why.",
    "## Loading",
    loading(facts),
    "## Limits",
    limits(facts),
    "",
  ].join("\n\n");
}

/** The code that ran, where it was not Fellowship's own alone. */
function codeTable({ code: files = {} }: CardFacts): string[] {
  const rows = Object.entries(files).map(([name, hash]) => [code(name), code(hash)]);
  return rows.length === 0 ? [] : [table(["code of one's own", "SHA-256"], rows)];
}

function frontMatter({ kind, files }: CardFacts): string {
  // A loader refuses a Parquet file without rows.
  const configs = files
    .filter((file) => kinds[file.name] !== undefined && linesOf(file, files) > 0)
    .flatMap(({ name }) => [
      `  - config_name: ${name.replace(/\.(?:parquet|jsonl?)$/, "").replaceAll(/[/.]/g, "-")}`,
      `    data_files: ${name}`,
    ]);
  const tags = `tags: [${wordings[kind].tags}]`;
  return ["---", tags, ...(configs.length > 0 ? ["configs:", ...configs] : []), "---"].join("\n");
}

function introduction({ kind, command, agents, counts }: CardFacts): string {
  const simulated = agents.some(({ model }) => model.startsWith("sim:"));
  const replayed = agents.some(({ model }) => model.startsWith("replay:"));
  const lines = [`Written by \`${command}\` ${wordings[kind].origin(counts.rows)}`];
  if (simulated) {
    lines.push(
      "**Some or all of the texts are simulated: they come from no language model and are of no use for training.**",
    );
  }
  if (replayed)
    lines.push("Some or all of the answers were recorded earlier and replayed from a cassette.");
  return lines.join("\n\n");
}

/** Of a Parquet file the lines are those of its JSONL twin. */
function linesOf({ name, lines }: OutputFile, files: readonly OutputFile[]): number {
  const twin = files.find((file) => file.name === name.replace(/\.parquet$/, ".jsonl"));
  return twin?.lines ?? lines;
}

function loading(facts: CardFacts): string {
  const lines = wordings[facts.kind].loading(facts);
  return ["```python", "from datasets import load_dataset", "", ...lines, "```"].join("\n");
}

function limits(facts: CardFacts): string {
  const { failed, pending } = facts.counts;
  return [
    ...wordings[facts.kind].limits(facts),
    ...(failed + pending > 0
      ? [
          `- ${failed} rows failed and ${pending} are pending: what is here is not a random part of the input.`,
        ]
      : []),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** Names and figures come from files that people write: nothing in them may break out of its cell. */
function cell(text: string): string {
  return text
    .replaceAll(/[\r\n]+/g, " ")
    .replaceAll("|", "\\|")
    .replaceAll("<", "&lt;");
}

function code(text: string): string {
  return `\`${text.replaceAll("`", "'")}\``;
}
