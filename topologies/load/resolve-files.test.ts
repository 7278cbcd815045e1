import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { workInDirectory } from "../../tests/own-code.ts";
import { loadTopology } from "./load-topology.ts";

const judge = (agent: string) => `graph: judge\nagents: { judge: { ${agent} } }\n`;

/** A working directory with a folder `mine`, and the judge of the topology in it. */
function judgeOf(agent: string, files: Readonly<Record<string, string>>, sets: string[] = []) {
  const directory = workInDirectory({});
  for (const [name, text] of Object.entries({ "mine/judge.yaml": judge(agent), ...files })) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  const loaded = loadTopology(join(directory, "mine", "judge.yaml"), { sets });
  if (loaded.graph !== "judge") throw new Error("expected a judge");
  return loaded.agents.judge;
}

describe("the prompt file that a topology names", () => {
  const model = 'model: "sim:oak"';
  const cases: Record<string, [named: string, file: string, found: string]> = {
    "next to the topology": ["./own.md", "mine/own.md", "./mine/own.md"],
    "above the topology": ["../own.md", "own.md", "./own.md"],
    "outside of the working directory": ["../../own.md", "unused.md", "../own.md"],
    "by a bare name next to the topology": ["own", "mine/own.md", "./mine/own.md"],
    "by a bare name in prompts": ["own", "mine/prompts/own.md", "./mine/prompts/own.md"],
    "by a bare name in the working directory": ["own", "prompts/own.md", "./prompts/own.md"],
    "of the package": ["judge-combined", "unused.md", "judge-combined"],
  };

  it.each(Object.entries(cases))("is found %s", (_, [named, file, found]) => {
    expect(judgeOf(`${model}, prompt: ${named}`, { [file]: "" }).prompt).toBe(found);
  });

  it("is looked up in the working directory where an option names it", () => {
    const sets = ["agents.judge.prompt=./own.md"];
    expect(judgeOf(model, { "own.md": "" }, sets).prompt).toBe("./own.md");
  });
});

describe("a topology that is named", () => {
  it("is a preset where no file has its name", () => {
    workInDirectory({});
    expect(loadTopology("judge").graph).toBe("judge");
    expect(loadTopology("paper/judge-gpt-4o").graph).toBe("judge");
    expect(loadTopology("topologies/jury.yaml").graph).toBe("jury");
    expect(() => loadTopology("jugde")).toThrow("Did you mean the preset judge?");
  });
});

describe("a cassette that a topology names", () => {
  it("is looked up next to it first", () => {
    const spec = 'model: "replay:answers.jsonl"';
    expect(judgeOf(spec, { "mine/answers.jsonl": "" }).model).toBe("replay:mine/answers.jsonl");
    expect(judgeOf(spec, { "answers.jsonl": "" }).model).toBe("replay:answers.jsonl");
  });
});
