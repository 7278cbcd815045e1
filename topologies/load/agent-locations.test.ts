import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createGate } from "../../models/gate/gate.ts";
import { promptDirectory } from "../../prompts/load-prompt.ts";
import { isFellowshipError } from "../../state/fellowship-error.ts";
import { temporaryDirectory } from "../../tests/temporary-directory.ts";
import { openEvaluator, openGenerator, type OpenOptions } from "../open-topology.ts";

const context = { gate: createGate(), environment: {}, promptDirectory };

/**
 * The message with which `a.yaml` is refused when its graph is built, with the directory left out.
 */
async function refusal(text: string, options: OpenOptions = {}): Promise<string> {
  const directory = temporaryDirectory({ "a.yaml": text });
  const open = /graph: (?:single|feedback-loop)/.test(text) ? openGenerator : openEvaluator;
  const { build } = await open(join(directory, "a.yaml"), options);
  const error: unknown = await build(context).catch((reason: unknown) => reason);
  if (isFellowshipError(error) && error.code === "bad_usage") {
    return error.message.replaceAll(`${directory}/`, "");
  }
  throw error;
}

describe("what is wrong with an agent when the graph is built", () => {
  it.each([
    [
      "a prompt whose path leads to no file",
      "graph: judge\nagents:\n  judge:\n    model: sim:a\n    prompt: ../absent/mine.md",
      "a.yaml:5: agents.judge.prompt: No prompt file ",
    ],
    [
      "a prompt that is not there",
      "graph: single\nagents:\n  generator: { model: sim:a, prompt: nobody }",
      "a.yaml:3: agents.generator.prompt: No prompt file ",
    ],
    [
      "a prompt of another role",
      "graph: judge\nagents:\n  judge: { model: sim:a, prompt: critic }",
      "a.yaml:3: agents.judge.prompt: ",
    ],
    [
      "no persona for a debater without a name",
      "graph: debate\nagents:\n  debaters:\n    - model: sim:a",
      "a.yaml:4: agents.debaters.0: No prompt file ",
    ],
    [
      "a trait that no simulated model has",
      "graph: jury\nagents:\n  jurors:\n    - { model: sim:b }\n    - { model: 'sim:a?skil=1' }",
      "a.yaml:5: agents.jurors.1.model: ",
    ],
    [
      "a cassette that is not there",
      "graph: judge\nagents:\n  judge: { model: replay:none.jsonl }",
      "a.yaml:3: agents.judge.model: ",
    ],
    [
      "a missing key",
      "graph: feedback-loop\nagents:\n  generator: { model: sim:a }\n  reviewers: [{ model: sim:a }]\nevaluator:\n  graph: judge\n  agents: { judge: { model: openai:gpt-4o } }",
      'a.yaml:7: evaluator.agents.judge.model: Model "openai:gpt-4o" needs a key',
    ],
  ])("is named with file, line and key: %s", async (_, text, begin) => {
    expect((await refusal(text)).slice(0, begin.length)).toBe(begin);
  });

  it("is named by the option that did it", async () => {
    const judge = "graph: judge\nagents:\n  judge: { model: sim:a }";
    expect(await refusal(judge, { models: ["judge=openai:gpt-4o"] })).toMatch(
      /^--model judge=openai:gpt-4o: agents\.judge\.model: Model "openai:gpt-4o" needs a key/,
    );
    expect(await refusal(judge, { sets: ["agents.judge.prompt=nobody"] })).toMatch(
      /^--set agents\.judge\.prompt=nobody: agents\.judge\.prompt: No prompt file/,
    );
    const jury = "graph: jury\nagents:\n  jurors: [{ model: sim:a }, { model: sim:a, name: b }]";
    expect(await refusal(jury, { models: ["b=openai:gpt-4o"] })).toMatch(
      /^--model b=openai:gpt-4o: agents\.jurors\.1\.model: /,
    );
  });
});
