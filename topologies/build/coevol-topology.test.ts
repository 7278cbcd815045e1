import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import {
  better,
  iteration,
  runRecorded,
  verdict,
  type Recording,
} from "../../tests/recorded-evolution.ts";
import { buildEvolution } from "./build-evolution.ts";
import { loadTopology } from "../load/load-topology.ts";
import type { CoevolTopology } from "../kinds/coevol.ts";

let directory = "";
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "coevol-topology-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

let files = 0;
function write(yaml: string): string {
  files += 1;
  const path = join(directory, `topology-${files}.yaml`);
  writeFileSync(path, yaml);
  return path;
}

function load(yaml: string): CoevolTopology {
  const topology = loadTopology(write(yaml));
  if (topology.graph !== "coevol") throw new Error("no CoEvol topology");
  return topology;
}

const editor = `editor: { model: "sim:editor" }`;
const debaters = `positive: { model: "sim:p" }, critical: { model: "sim:c" }`;
const advisor = `advisor: { model: "sim:a" }`;
const judge = `judge: { model: "sim:j" }`;
const withAgents = (head: string, ...agents: string[]) =>
  `graph: coevol\n${head}agents: { ${agents.join(", ")} }\n`;
const evaluator = `evaluator: { graph: judge, agents: { judge: { model: "sim:j" } } }\n`;

const context = { gate: createGate(), environment: {}, promptDirectory };

describe("a CoEvol topology", () => {
  it("has the contract's defaults", () => {
    const { agents, ...rest } = load(withAgents("", editor, debaters, advisor, judge));
    expect(rest).toEqual({
      graph: "coevol",
      mode: "iterate",
      maxIterations: 3,
      verdict: "compare",
      reasks: 0,
      conversation: { window: 2, maxTurns: null, maxTokens: 2048 },
    });
    expect(Object.values(agents).map((agent) => agent?.name)).toEqual([
      "positive",
      "critical",
      "advisor",
      "editor",
      "judge",
    ]);
  });

  it("stands among the presets as the contract shows it", () => {
    const preset = loadTopology(
      join(promptDirectory, "..", "topologies", "coevol.yaml"),
    ) as CoevolTopology;
    const { agents, ...rest } = load(withAgents("", editor, debaters, advisor, judge));
    expect(preset).toMatchObject(rest);
    expect(Object.keys(preset.agents).sort()).toEqual(Object.keys(agents).sort());
  });

  it.each([
    ["edit", [editor]],
    ["advise-edit-blind", [editor, advisor]],
    ["advise-edit", [editor, advisor]],
    ["debate-advise-edit", [editor, advisor, debaters]],
  ] as const)(
    "needs for mode %s no one but its own agents, and asks for no others' keys",
    async (mode, own) => {
      const needed = await buildEvolution(load(withAgents(`mode: ${mode}\n`, ...own)), context);
      const keyless = `judge: { model: "openai:gpt-4o" }`;
      const all = [editor, advisor, debaters].map((agents) =>
        (own as readonly string[]).includes(agents) ? agents : agents.replaceAll("sim:", "openai:"),
      );
      const full = await buildEvolution(
        load(withAgents(`mode: ${mode}\n`, ...all, keyless)),
        context,
      );
      expect(full.agents).toEqual(needed.agents);
      expect(full.prompts).toEqual(needed.prompts);
      expect(full.agents.every(({ model }) => model.startsWith("sim:"))).toBe(true);
    },
  );

  it.each([
    ["mode: advise-edit\n", [editor], "agents.advisor: is missing; mode: advise-edit needs it"],
    ["mode: debate-advise-edit\n", [editor, advisor], "agents.positive: is missing; mode: debate"],
    ["", [editor, debaters, judge], "agents.advisor: is missing; mode: iterate needs it"],
    ["", [editor, debaters, advisor], "agents.judge: is missing; mode: iterate needs it, or an"],
    [evaluator, [editor, debaters, advisor, judge], "evaluator: stands beside agents.judge"],
    ["", [debaters, advisor, judge], "agents.editor: is missing"],
    [
      "",
      [editor, debaters, advisor, judge, "critic: {}"],
      `unknown key "critic"; allowed: positive`,
    ],
    ["mode: twice\n", [editor], "mode: "],
    ["maxIterations: 0\n", [editor, debaters, advisor, judge], "maxIterations: "],
    ["conversation: { window: -1 }\n", [editor, debaters, advisor, judge], "conversation.window: "],
    ["conversation: { turns: 1 }\n", [editor, debaters, advisor, judge], `unknown key "turns"`],
  ] as const)("is refused with the place: %s%s", (head, agents, message) => {
    const path = write(withAgents(head, ...agents));
    expect(() => loadTopology(path)).toThrow(message);
    expect(() => loadTopology(path)).toThrow(`${path}:`);
  });

  it("gives every agent of an evaluator inside its own name, apart from its own agents'", () => {
    const clash = `evaluator: { graph: judge, agents: { judge: { name: critical, model: "sim:j" } } }\n`;
    expect(() => load(withAgents(clash, editor, debaters, advisor))).toThrow(
      /the name "critical" occurs twice/,
    );
  });

  it("takes another prompt file for an agent", async () => {
    const told = `editor: { model: "sim:editor", prompt: critic }`;
    const topology = load(withAgents("mode: edit\n", told));
    await expect(buildEvolution(topology, context)).rejects.toThrow(/critic\.md: no section/);
  });

  it("allows as many steps as all its iterations take", async () => {
    const numbers = Array.from({ length: 20 }, (_, index) => index + 1);
    const recording = Object.assign(
      {},
      ...numbers.map((number) => ({ ...iteration(number), ...verdict(number, ...better) })),
    ) as Recording;
    const sets = ["maxIterations=20", "conversation.maxTurns=1"];
    const { answers } = await runRecorded({ recording, sets });
    expect(answers).toMatchObject([{ rounds: 20, after: "rewrite 20" }]);
  });

  it("allows as many steps as its longest conversation takes", async () => {
    const agents = [editor, debaters, advisor, judge];
    const head = "maxIterations: 20\nconversation: { maxTurns: 60, window: 1 }\n";
    const { graph, recursionLimit } = await buildEvolution(
      load(withAgents(head, ...agents)),
      context,
    );
    const exchange = [
      { role: "user" as const, content: "Why?" },
      { role: "assistant" as const, content: "So." },
    ];
    const conversation = Array.from({ length: 60 }, () => exchange).flat();
    const { answers } = await graph.invoke(
      { row: { number: 1, id: "long" }, conversation },
      { recursionLimit },
    );
    expect(answers).toHaveLength(60);
  });
});

describe("an evaluator topology in the judge's place", () => {
  const recorded = (script: Readonly<Record<string, string>>, yaml: string) =>
    runRecorded({
      recording: { ...iteration(1), ...script },
      topology: write(withAgents(`maxIterations: 1\n${yaml}`, editor, debaters, advisor)),
    });
  const scores = (a: number, b: number, who = ["A", "B"]) =>
    `### Score Assistant ${who[0]}: ${a}/10\n### Score Assistant ${who[1]}: ${b}/10`;

  it("may be a jury", async () => {
    const jury = `evaluator: { graph: jury, aggregate: mean, agents: { jurors: [{ model: "sim:x" }, { model: "sim:y" }] } }\n`;
    const { answers, addresses } = await recorded(
      { "juror-1 0": scores(5, 9), "juror-2 0": scores(7, 6) },
      jury,
    );
    expect(answers).toMatchObject([{ after: "rewrite 1", rounds: 1 }]);
    expect(addresses).toHaveLength(8);
  });

  it("may be a debate", async () => {
    const debate = `evaluator: { graph: debate, rounds: 1, agents: { debaters: [{ name: critic, model: "sim:x" }, { name: psychologist, model: "sim:y" }] } }\n`;
    const { answers, addresses } = await recorded(
      {
        "critic 0": "B is better.",
        "psychologist 0": "I don't think so.",
        "critic 1": scores(5, 7, ["1", "2"]),
        "psychologist 1": scores(8, 4, ["1", "2"]),
      },
      debate,
    );
    expect(answers).toMatchObject([{ after: "It scatters.", rounds: 0 }]);
    expect(answers[0]?.rewrites[0]?.verdict?.winner).toBe("a");
    expect(addresses).toHaveLength(10);
  });

  it("asks for each turn of a conversation in a part of its own", async () => {
    const { addresses } = await runRecorded({
      conversation: [
        { role: "user", content: "Why?" },
        { role: "assistant", content: "So." },
        { role: "user", content: "Why so?" },
        { role: "assistant", content: "Just so." },
      ],
      recording: {
        ...iteration(1),
        ...iteration(1, "turn-2"),
        ...verdict(1, ...better),
        ...verdict(1, ...better, "turn-2"),
      },
      sets: ["maxIterations=1"],
    });
    expect(addresses.filter((address) => address.startsWith("judge"))).toEqual([
      "judge 0",
      "judge swapped 0",
      "judge turn-2 0",
      "judge turn-2.swapped 0",
    ]);
  });
});
