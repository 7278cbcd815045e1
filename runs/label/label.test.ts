import { existsSync, symlinkSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { toPairRow } from "../../datasets/rows/pair-row.ts";
import { hostileStrings } from "../../tests/report/hostile-strings.ts";
import { rawRequest } from "../../tests/loopback/raw-request.ts";
import { openWorkspace, type Workspace, type Written } from "../../tests/workspace.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { checkPerson, label, type LabelOptions } from "./label.ts";

const pairs = Array.from({ length: 40 }, (_, index) => ({
  id: `gpt-4 against llama ${index + 1}`,
  prompt: `Name river ${index + 1}.`,
  a: { text: `Left ${index + 1}`, model: "gpt-4" },
  b: { text: `Right ${index + 1}`, model: "llama" },
  category: "rivers",
}));

/** Opens a page as the command does, with what a browser would ask it. */
async function open(space: Workspace, person: string, changes: Partial<LabelOptions> = {}) {
  const labelling = await label({
    input: space.at("pairs.jsonl"),
    file: space.at("labels.jsonl"),
    person,
    random: 100,
    force: false,
    port: 0,
    onProblem: () => undefined,
    ...changes,
  });
  let isOpen = true;
  const stop = async () => {
    if (isOpen) await labelling.stop();
    isOpen = false;
  };
  onTestFinished(stop);
  const send = (path: string, body: object, headers: Record<string, string> = {}) =>
    fetch(`${labelling.address}${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    });
  const json = async (response: Promise<Response>): Promise<Written> => (await response).json();
  const state = () => json(fetch(`${labelling.address}state`));
  return {
    ...labelling,
    stop,
    send,
    state,
    undo: () => json(send("undo", {})),
    /** Answers the pair that is shown. */
    async answer(answer: string) {
      return json(send("answer", { pair: (await state()).pair.number, answer }));
    },
    /** Chooses the response whose text begins so. */
    async choose(beginning: string) {
      const { pair } = await state();
      const answer = pair.a[0].text.startsWith(beginning) ? "a" : "b";
      return json(send("answer", { pair: pair.number, answer }));
    },
  };
}

function openPairs(rows: readonly unknown[] = pairs): Workspace {
  const space = openWorkspace();
  space.write("pairs.jsonl", rows);
  return space;
}

const labelled = (space: Workspace) =>
  space.lines("labels.jsonl").filter(({ labels }: Written) => labels !== undefined);

describe("label", () => {
  it("shows pairs blind, on both sides about as often, and stores what was chosen", async () => {
    const space = openPairs();
    const ann = await open(space, "ann");
    const shown: string[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      const state = await ann.state();
      expect(JSON.stringify(state)).not.toMatch(/gpt|llama|rivers/);
      shown.push(state.pair.a[0].text.split(" ")[0]);
      await ann.choose(turn % 3 === 0 ? "Right" : "Left");
      expect(labelled(space)).toHaveLength(turn + 1);
    }
    const left = shown.filter((side) => side === "Left").length;
    expect(left).toBeGreaterThan(9);
    expect(left).toBeLessThan(31);
    const rows = space.lines("labels.jsonl");
    expect(rows).toMatchObject(pairs);
    expect(rows.filter(({ labels }: Written) => labels.ann === "b")).toHaveLength(14);
    expect(new Set(rows.map(({ drawn }: Written) => drawn))).toEqual(new Set(["random"]));
    expect(await ann.state()).toMatchObject({ pair: null, progress: { judged: 40, pairs: 40 } });
  });

  it("skips to the end, takes answers back one by one, and goes on under the same name", async () => {
    const space = openPairs(pairs.slice(0, 3));
    const ann = await open(space, "ann");
    const first = (await ann.state()).pair.number;
    const second = (await ann.answer("skip")).pair.number;
    expect(await ann.answer("tie")).toMatchObject({ progress: { judged: 1, skipped: 1 } });
    expect((await ann.undo()).pair.number).toBe(second);
    expect((await ann.undo()).pair.number).toBe(first);
    expect(labelled(space)).toEqual([]);
    await ann.answer("tie");
    await ann.answer("skip");
    await ann.answer("a");
    await ann.stop();
    const later = await open(space, "ann");
    expect(await later.state()).toMatchObject({
      pair: { number: second },
      note: "You skipped this pair before.",
      progress: { judged: 2, skipped: 1, labelled: 2 },
    });
    await later.answer("b");
    expect(labelled(space)).toHaveLength(3);
    expect((await later.undo()).pair.number).toBe(second);
  });

  it("does not take an answer to a pair that is not shown any more", async () => {
    const space = openPairs();
    const ann = await open(space, "ann");
    const { number } = (await ann.state()).pair;
    await Promise.all([1, 2].map(() => ann.send("answer", { pair: number, answer: "a" })));
    expect(labelled(space)).toHaveLength(1);
  });

  it("gives shared pairs to two people at once, divides the others, and measures agreement", async () => {
    const space = openPairs();
    const [ann, bob] = [await open(space, "ann"), await open(space, "bob")];
    expect((await ann.state()).agreement).toContain("not known yet");
    for (let turn = 0; turn < 24; turn += 1) {
      await ann.choose("Left");
      await bob.choose(turn % 4 === 0 ? "Right" : "Left");
    }
    const rows = labelled(space);
    const both = rows.filter(({ labels }: Written) => Object.keys(labels).length === 2);
    expect(both.length).toBeGreaterThanOrEqual(20);
    expect(both.length).toBeLessThan(24);
    expect(rows.length).toBe(48 - both.length);
    expect((await bob.state()).agreement).toMatch(
      /^People's agreement: kappa -?\d\.\d\d \(95 %: -?\d\.\d\d to \d\.\d\d\), the same label in \d+ %, over 2\d pairs/,
    );
    await Promise.all([ann.stop(), bob.stop()]);
    expect(labelled(space)).toEqual(rows);
  });

  it("lets one process judge under a name, and another after it", async () => {
    const space = openPairs();
    const ann = await open(space, "ann");
    await expect(open(space, "ann")).rejects.toMatchObject({ code: "directory_in_use" });
    await ann.stop();
    await open(space, "ann");
  });

  it("asks at random first, then where the evaluator was least sure", async () => {
    const space = openPairs();
    space.write(
      "judge.yaml",
      JSON.stringify({ graph: "judge", agents: { judge: { model: "sim:judge?noise=0.5" } } }),
    );
    await evaluate(space.at("judge.yaml"), space.options("pairs.jsonl", "judged"));
    const margins = new Map(
      space.lines("judged", "rows.jsonl").map(({ row, scores }: Written) => {
        return [row, Number(Math.abs(scores.a - scores.b).toFixed(6))];
      }),
    );
    const ann = await open(space, "ann", { run: space.at("judged"), random: 10 });
    const order: number[] = [];
    for (let turn = 0; turn < 40; turn += 1) {
      order.push((await ann.state()).pair.number);
      await ann.answer("tie");
    }
    const chosen = order.slice(10).map((row) => margins.get(row));
    expect(chosen).toEqual([...chosen].sort((one, other) => Number(one) - Number(other)));
    const draws = space.lines("labels.jsonl").map(({ drawn }: Written) => drawn);
    expect(draws.filter((draw) => draw === "random")).toHaveLength(10);
    expect(draws.filter((draw) => draw === "chosen")).toHaveLength(30);
    await ann.stop();
    await evaluate(space.at("judge.yaml"), space.options("labels.jsonl", "measured"));
    expect(space.json("measured", "summary.json")).toMatchObject({
      agreement: { n: 10, chosen: 30 },
      peopleWinRate: { labels: 10, rows: 40, value: 0 },
    });
  });

  it("writes preference sets as pairs, whose chosen response is no label of a person", async () => {
    const chosen = [{ role: "assistant", content: "Good" }];
    const rejected = [{ role: "assistant", content: "Bad" }];
    const prompt = [{ role: "user", content: "How?" }];
    const space = openPairs([
      { prompt, chosen, rejected, score_margin: 2 },
      { prompt: "Why?", a: "So.", b: "No.", label: "b" },
      { prompt: "Why not?", a: "So.", b: 7 },
      { prompt: "When?", a: "Now", b: "Then", labels: { bob: "a", eve: "a" }, label: "a" },
    ]);
    const ann = await open(space, "ann");
    expect(ann.unusable).toEqual([expect.stringContaining("line 3")]);
    await ann.choose("Bad");
    await ann.stop();
    const rows = space.lines("labels.jsonl");
    const read = rows.map((value: unknown, index: number) =>
      toPairRow({ number: index + 1, place: "", value }),
    );
    expect(read).toMatchObject([
      { row: { id: "1", a: { text: "Good" }, b: { text: "Bad" }, extra: { score_margin: 2 } } },
      { row: { id: "2", labels: { given: "b" }, label: "b" } },
      { row: { id: "4", labels: { bob: "a", eve: "a" }, label: "a" } },
    ]);
    expect(rows[0].label).toBeUndefined();
  });

  it("refuses another input, seed or file of another origin, and a link", async () => {
    const space = openPairs();
    space.write("other.jsonl", pairs.slice(1));
    await (await open(space, "ann", { seed: "7" })).stop();
    const other = { input: space.at("other.jsonl") };
    await expect(open(space, "bob", other)).rejects.toThrow("the 40 pairs with which it was begun");
    await expect(open(space, "bob", { seed: "8" })).rejects.toThrow("expected --seed 7");
    await (await open(space, "bob")).stop();
    for (const force of [false, true]) {
      const input = open(space, "ann", { file: space.at("pairs.jsonl"), force });
      await expect(input).rejects.toThrow("the command reads this file");
    }
    await expect(open(space, "ann", { file: space.at("other.jsonl") })).rejects.toThrow("exists");
    expect(existsSync(space.at("pairs.jsonl.people"))).toBe(false);
    symlinkSync("pairs.jsonl", space.at("link.jsonl"));
    await expect(open(space, "ann", { file: space.at("link.jsonl"), force: true })).rejects.toThrow(
      "found a link",
    );
    await expect(open(space, "ann", { run: space.at() })).rejects.toThrow("no rows.jsonl");
  });

  it("takes any visible name, and no other", () => {
    expect(checkPerson(" Ünal O'Neil ")).toBe("Ünal O'Neil");
    for (const name of ["", " ", "a\u001bb", "x".repeat(81), undefined]) {
      expect(() => checkPerson(name)).toThrow("--person");
    }
  });

  it("stores labels by any name, and shows hostile texts as texts", async () => {
    const rows = hostileStrings.map((text) => ({ prompt: text || "?", a: text, b: `${text}.` }));
    const space = openPairs(rows.filter(({ prompt }) => prompt.trim() !== ""));
    const proto = await open(space, "__proto__");
    await proto.answer("tie");
    await proto.stop();
    expect(space.text("labels.jsonl")).toContain('"labels":{"__proto__":"tie"}');
  });
});

describe("the server of label", () => {
  it("answers only its own page, on loopback", async () => {
    const space = openPairs();
    const { address, send } = await open(space, "ann");
    const { host, pathname } = new URL(address);
    const status = async (path: string, headers: Record<string, string> = {}, method = "GET") =>
      (await rawRequest(address, method, path, headers, ""))[0];
    expect(await status(`${pathname}state`)).toBe(200);
    expect(await status(`${pathname}state`, { host: `localhost:${host.split(":")[1]}` })).toBe(200);
    const strangers = [
      [`${pathname}state`, { host: "evil.example" }],
      [`${pathname}state`, { host: "127.0.0.1.evil.example" }],
      [`${pathname}state`, { origin: "http://evil.example" }],
      [`${pathname}state`, { origin: "null" }],
      [`${pathname}state`, { "sec-fetch-site": "cross-site" }],
      ["/state", {}],
      ["/", {}],
      [`/${"x".repeat(pathname.length - 2)}/state`, {}],
      [`//evil.example${pathname}state`, {}],
    ] as const;
    for (const [path, headers] of strangers) expect(await status(path, headers)).toBe(403);
    expect(await status(`${pathname}../../etc/passwd`)).toBe(404);
    expect(await status(`${pathname}__proto__`)).toBe(404);
    expect(await status(`${pathname}answer`)).toBe(405);
    expect(await status(`${pathname}undo`, {}, "POST")).toBe(415);
    expect((await send("answer", { pair: "1", answer: "a" })).status).toBe(400);
    expect((await send("answer", { pair: 1, answer: "x".repeat(5000) })).status).toBe(413);
    expect((await send("undo", {}, { origin: new URL(address).origin })).status).toBe(200);
    expect(labelled(space)).toEqual([]);
  });

  it("lets the page run its own script alone and load nothing", async () => {
    const space = openPairs();
    const { address } = await open(space, "ann");
    const response = await fetch(address);
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(/^default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-/);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.text()).not.toMatch(/https?:|river/);
  });
});
