import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { loadTopology } from "./load-topology.ts";

const loop = `graph: feedback-loop
agents:
  generator: { name: writer, model: "openai:one" }
  reviewers: [{ name: kind, model: "openai:two" }, { model: "openai:three" }]
evaluator:
  graph: jury
  agents: { jurors: [{ model: "openai:four" }, { name: second, model: "openai:five" }] }
`;

/** The models of the loop in the order of its agents, after the changes of the command line. */
function modelsAfter(models: string[], text = loop): string[] {
  const topology = loadTopology(join(temporaryDirectory({ "a.yaml": text }), "a.yaml"), { models });
  return [...JSON.stringify(topology).matchAll(/"model":"(.*?)"/g)].map(([, model = ""]) => model);
}

describe("--model", () => {
  it("gives one agent another model by its name, by its role where it has a name, or by its number", () => {
    expect(modelsAfter(["writer=sim:x"])[0]).toBe("sim:x");
    expect(modelsAfter(["generator=sim:x"])[0]).toBe("sim:x");
    expect(modelsAfter(["kind=sim:x"])).toEqual([
      "openai:one",
      "sim:x",
      "openai:three",
      "openai:four",
      "openai:five",
    ]);
    expect(modelsAfter(["reviewer-2=sim:x"])[2]).toBe("sim:x");
    expect(modelsAfter(["juror-1=sim:x", "second=sim:y"]).slice(3)).toEqual(["sim:x", "sim:y"]);
  });

  it("gives all agents another model, the evaluator's too", () => {
    expect(modelsAfter(["sim:x"])).toEqual(Array.from({ length: 5 }, () => "sim:x"));
  });

  it("takes the changes in their order, so that a later one wins", () => {
    expect(modelsAfter(["sim:x", "kind=sim:y"])).toEqual([
      "sim:x",
      "sim:y",
      "sim:x",
      "sim:x",
      "sim:x",
    ]);
    expect(modelsAfter(["kind=sim:y", "sim:x"])[1]).toBe("sim:x");
  });

  it("keeps a spec with = and : in it whole", () => {
    expect(modelsAfter(["sim:x?skill=0.9&noise=0"])[4]).toBe("sim:x?skill=0.9&noise=0");
    expect(modelsAfter(["kind=sim:x?skill=0.9"])[1]).toBe("sim:x?skill=0.9");
    expect(modelsAfter(["kind=ollama:gemma2:9b"])[1]).toBe("ollama:gemma2:9b");
    expect(modelsAfter(["replay:out/a=b.jsonl"])[0]).toBe("replay:out/a=b.jsonl");
  });

  it("lets a file leave its models to the command line", () => {
    const bare = "graph: judge\nagents: { judge: {} }";
    expect(modelsAfter(["sim:x"], bare)).toEqual(["sim:x"]);
  });

  it("changes one of two agents that share their settings by an alias", () => {
    const shared = "graph: jury\nagents: { jurors: [&m { model: openai:one }, *m] }";
    expect(modelsAfter(["juror-2=sim:x"], shared)).toEqual(["openai:one", "sim:x"]);
  });

  it("is refused for an agent that is not there, naming those that are", () => {
    expect(() => modelsAfter(["judge=sim:x"])).toThrow(
      '--model judge=sim:x: no agent "judge" in the topology. It has: writer, kind, reviewer-2, juror-1, second.',
    );
  });

  it("is refused for a spec without a provider that is known", () => {
    expect(() => modelsAfter(["nope:x"])).toThrow('Model "nope:x": unknown provider "nope"');
    expect(() => modelsAfter(["kind=nope:x"])).toThrow('unknown provider "nope"');
    expect(() => modelsAfter(["kind="])).toThrow('unknown provider "kind="');
    expect(() => modelsAfter([""])).toThrow("unknown provider");
  });

  it("leaves it to the file's own mistakes where the file has no agents", () => {
    expect(() => modelsAfter(["sim:x"], "graph: judge")).toThrow("agents: is missing");
    expect(() => modelsAfter(["sim:x"], "graph: nope")).toThrow("expected one of judge");
  });
});
