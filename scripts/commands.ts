/** A command's module, loaded only when the command is given. */
export type CommandModule = {
  /** The whole text of `--help`, examples included. */
  readonly help: string;
  /**
   * Runs the command.
   *
   * @param argv The arguments after the command's name.
   * @returns The exit code (contract section 1).
   * @throws FellowshipError Becomes a message and an exit code.
   */
  readonly run: (argv: readonly string[]) => Promise<number>;
};

export type Command = {
  readonly name: string;
  /** In one line, for the list of all commands. */
  readonly summary: string;
  readonly load: () => Promise<CommandModule>;
};

/** All commands of `fellowship`, by purpose, in the order of the list that it prints. */
export const commandGroups: readonly {
  readonly purpose: string;
  readonly commands: readonly Command[];
}[] = [
  {
    purpose: "Start",
    commands: [
      {
        name: "demo",
        summary: "the main job over a shipped sample: no key, no network",
        load: () => import("./start/demo.ts"),
      },
      {
        name: "init",
        summary: "a folder to start from: a preset, its prompts, a sample input",
        load: () => import("./start/init.ts"),
      },
    ],
  },
  {
    purpose: "Make data",
    commands: [
      {
        name: "generate",
        summary: "responses by a generator topology, judged, as preference data",
        load: () => import("./data/generate.ts"),
      },
      {
        name: "evolve",
        summary: "better responses for instruction data (CoEvol)",
        load: () => import("./data/evolve.ts"),
      },
    ],
  },
  {
    purpose: "Evaluate",
    commands: [
      {
        name: "evaluate",
        summary: "verdicts over pairs, and the agreement of evaluators with people",
        load: () => import("./evaluation/evaluate.ts"),
      },
      {
        name: "compare",
        summary: "responses of several runs: win rates, matrix, strengths",
        load: () => import("./evaluation/compare.ts"),
      },
      {
        name: "measure",
        summary: "scores of a model, as MT-Bench and AlpacaEval give them",
        load: () => import("./evaluation/measure.ts"),
      },
      {
        name: "audit",
        summary: "an existing preference set: suspect pairs, and a corrected set",
        load: () => import("./evaluation/audit.ts"),
      },
      {
        name: "label",
        summary: "a page on this machine on which people judge pairs",
        load: () => import("./evaluation/label.ts"),
      },
      {
        name: "teach",
        summary: "examples for an evaluator from people's labels, if they help beyond noise",
        load: () => import("./evaluation/teach.ts"),
      },
      {
        name: "study",
        summary: "the whole study: choose the evaluator, choose the generator, make the data",
        load: () => import("./evaluation/study.ts"),
      },
      {
        name: "replicate",
        summary: "the paper's tables of evaluators from its recorded answers",
        load: () => import("./evaluation/replicate.ts"),
      },
    ],
  },
  {
    purpose: "Use what a run left",
    commands: [
      {
        name: "show",
        summary: "rows of a run in full: versions, reviews, verdicts, cost, and why",
        load: () => import("./results/show.ts"),
      },
      {
        name: "status",
        summary: "the state of a run: rows, failures, money, results, and how to go on",
        load: () => import("./results/status.ts"),
      },
      {
        name: "watch",
        summary: "follows a running run from another terminal, to its end",
        load: () => import("./results/watch.ts"),
      },
      {
        name: "replay",
        summary: "a row again from the journal, offline, call by call: the same bytes",
        load: () => import("./results/replay.ts"),
      },
      {
        name: "report",
        summary: "report.html again, or one of several runs side by side",
        load: () => import("./results/report.ts"),
      },
      {
        name: "card",
        summary: "the card of a data set, README.md, again",
        load: () => import("./results/card.ts"),
      },
      {
        name: "merge",
        summary: "one run of its shards (--shard I/N), as if it had never been divided",
        load: () => import("./results/merge.ts"),
      },
      {
        name: "worker",
        summary: "takes rows of the runs on a queue (--queue URL), on any machine",
        load: () => import("./results/worker.ts"),
      },
      {
        name: "export",
        summary: "a run's data in a trainer's own shape, or its calls as a cassette",
        load: () => import("./results/export.ts"),
      },
      {
        name: "pairs",
        summary: "other pairs from a finished run, at no cost",
        load: () => import("./results/pairs.ts"),
      },
      {
        name: "dataset",
        summary: "push rows to data sets of LangSmith, and pull them (dataset push, dataset pull)",
        load: () => import("./results/dataset.ts"),
      },
    ],
  },
  {
    purpose: "Topologies",
    commands: [
      {
        name: "draw",
        summary: "the graph of a topology, as Mermaid or SVG",
        load: () => import("./topologies/draw.ts"),
      },
      {
        name: "schema",
        summary: "the JSON Schema of topology files",
        load: () => import("./topologies/schema.ts"),
      },
      {
        name: "studio",
        summary: "every graph in LangGraph Studio, on loopback",
        load: () => import("./topologies/studio.ts"),
      },
    ],
  },
];

export const commands: readonly Command[] = commandGroups.flatMap((group) => group.commands);
