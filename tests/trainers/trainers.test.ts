import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as z from "zod";
import { trainers } from "../../datasets/trainers/trainers.ts";
import { trainingKinds } from "../../datasets/trainers/training-record.ts";
import { exportData } from "../../runs/export/export-data.ts";
import { generate } from "../../runs/generate/generate.ts";
import { openWorkspace } from "../workspace.ts";

/** A Python with trl, datasets, transformers, peft and torch. */
const python = process.env.FELLOWSHIP_PYTHON;
/**
 * A folder with an unpacked wheel of each other trainer, by the name that `--to` takes:
 * `pip download --no-deps llamafactory`, and so on. Packages that their loaders import and that
 * are missing are stood in for.
 */
const wheels = process.env.FELLOWSHIP_TRAINERS ?? "";
const unpacked = existsSync(wheels) ? readdirSync(wheels) : [];
const hasTrl =
  python !== undefined &&
  spawnSync(python, ["-c", "import importlib.util as u; assert u.find_spec('trl')"]).status === 0;

const space = openWorkspace(mkdtempSync(join(tmpdir(), "fellowship-trainers-")));
afterAll(() => rmSync(space.at(), { recursive: true }));

const system = { role: "system", content: "Be brief." };
const user = (content: string) => ({ role: "user", content });
const earlier = (number: number) => [
  user(`First ${number}?`),
  { role: "assistant", content: `Answer ${number}.\n\n- one` },
];
/** Single and several turns, with a system message and without. */
const prompts = Array.from({ length: 20 }, (_, index) => ({
  messages: [
    ...(index % 2 === 0 ? [] : [system]),
    ...(index % 4 < 2 ? [] : earlier(index)),
    user(`Ünïcode 😀 ${index}?\n  Indented.`),
  ],
}));

const Found = z.object({
  versions: z.record(z.string(), z.string().nullable()),
  read: z.array(
    z.looseObject({
      trainer: z.string(),
      kind: z.string(),
      format: z.string(),
      rows: z.int(),
      kept: z.int().optional(),
      equal: z.int().optional(),
      error: z.string().optional(),
    }),
  ),
  losses: z.record(z.string(), z.array(z.number())),
});

function readBy(trainer: string) {
  const script = join(import.meta.dirname, "load_exports.py");
  const { stdout, stderr } = spawnSync(
    python ?? "",
    [script, space.at("exports"), wheels, trainer],
    { encoding: "utf8", maxBuffer: 2 ** 26 },
  );
  const output: unknown = JSON.parse(stdout.trim().split("\n").at(-1) || JSON.stringify(stderr));
  return Found.parse(output);
}

describe.skipIf(!hasTrl)(
  "the trainers' own loaders (skipped where FELLOWSHIP_PYTHON names no Python with trl)",
  () => {
    beforeAll(async () => {
      space.write("prompts.jsonl", prompts);
      for (const preset of ["feedback-loop", "pool"]) {
        const options = space.options("prompts.jsonl", preset, { models: ["sim:elm"] });
        await generate(join("topologies", `${preset}.yaml`), options);
      }
      for (const trainer of trainers) {
        for (const kind of trainingKinds) {
          if (typeof trainer.formats[kind] === "string") continue;
          const run = space.at(kind === "ranking" ? "pool" : "feedback-loop");
          for (const name of [`${kind}.jsonl`, `${kind}-parquet.parquet`]) {
            const file = space.at("exports", trainer.name, name);
            await exportData(run, { trainer, kind, file });
          }
        }
      }
    });

    it.each(trainers.map(({ name }) => name).filter((name) => unpacked.includes(name)))(
      "of %s find every line again, with the same texts",
      (trainer) => {
        const { read } = readBy(trainer);
        expect(read.length).toBeGreaterThan(7);
        for (const entry of read) {
          expect(entry).toEqual({ ...entry, kept: entry.rows, equal: entry.rows });
        }
      },
    );

    it("of TRL find every line again, and its trainers take three steps on them", () => {
      const { read, losses, versions } = readBy("trl");
      expect(read).toHaveLength(2 * trainingKinds.length);
      for (const entry of read) {
        expect(entry).toEqual({ ...entry, kept: entry.rows, equal: entry.rows });
      }
      expect(Object.keys(losses)).toEqual(["dpo", "kto", "sft", "reward"]);
      for (const steps of Object.values(losses)) {
        expect(steps).toHaveLength(3);
        expect(steps.every(Number.isFinite)).toBe(true);
      }
      expect(versions["trl"]).toMatch(/^\d/);
    });
  },
);
