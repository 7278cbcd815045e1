import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promptOf } from "../arm.ts";
import { median } from "../measure.ts";
import type { Part } from "../part.ts";
import { fellowship, runNode, type CommandUsage } from "../run-command.ts";
import { table } from "../tables.ts";

const columns = ["processor s", "of `node -e 0`", "s to wait", "memory, MB"];

/** What a command takes before it does anything. */
export const start: Part = {
  name: "start",
  without: "always",
  measure: async ({ server, rounds, print }) => {
    const folder = mkdtempSync(join(tmpdir(), "fellowship-bench-"));
    try {
      const commands = commandsIn(folder);
      const environment = { OPENAI_COMPATIBLE_BASE_URL: server.baseUrl(0) };
      const usages = commands.map((): CommandUsage[] => []);
      // The first round compiles and fills the caches of the disk.
      for (let round = 0; round <= rounds; round += 1) {
        for (const [index, { given }] of commands.entries()) {
          // oxlint-disable-next-line no-await-in-loop -- one after the other
          const usage = await runNode(given(round), environment);
          if (round > 0) usages[index]?.push(usage);
        }
      }
      const lines = commands.flatMap(({ name }, index) => linesOf(name, usages[index] ?? []));
      const bare = lines[0]?.processorSeconds ?? Number.NaN;
      print(
        table(
          [`start, medians of ${rounds}`, ...columns],
          lines.map((line) => cells(line, bare)),
        ),
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

type Command = { readonly name: string; readonly given: (round: number) => readonly string[] };

function commandsIn(folder: string): readonly Command[] {
  const input = join(folder, "prompts.jsonl");
  writeFileSync(input, `${JSON.stringify({ prompt: promptOf(1) })}\n`);
  const generate = [fellowship, "generate", "single", "--input", input, "--quiet"];
  const given = [...generate, "--model", "compatible:bench", "--out"];
  return [
    { name: "`node -e 0`", given: () => ["-e", "0"] },
    { name: "`generate --help`", given: () => [fellowship, "generate", "--help"] },
    {
      name: "`generate --dry-run`, one row",
      given: (round) => [...given, join(folder, `dry-${round}`), "--dry-run"],
    },
    { name: "`generate`, one row", given: (round) => [...given, join(folder, `one-${round}`)] },
  ];
}

type Line = {
  readonly name: string;
  readonly processorSeconds: number;
  readonly seconds: number;
  readonly mostMb: number | null;
};

/** A command that asks has a line more: until its first call. */
function linesOf(name: string, usages: readonly CommandUsage[]): Line[] {
  const medianOf = (valueOf: (usage: CommandUsage) => number) => median(usages.map(valueOf));
  const whole = {
    name,
    processorSeconds: medianOf((usage) => usage.processorSeconds),
    seconds: medianOf((usage) => usage.seconds),
    mostMb: medianOf((usage) => usage.mostMb),
  };
  if (usages.some(({ firstRequest }) => firstRequest === null)) return [whole];
  const first = {
    name: `${name}, to its first call`,
    processorSeconds: medianOf(({ firstRequest }) => firstRequest?.processorSeconds ?? Number.NaN),
    seconds: medianOf(({ firstRequest }) => firstRequest?.seconds ?? Number.NaN),
    mostMb: null,
  };
  return [first, { ...whole, name: `${name}, whole` }];
}

function cells({ name, processorSeconds, seconds, mostMb }: Line, bare: number): string[] {
  return [
    name,
    processorSeconds.toFixed(2),
    (processorSeconds / bare).toFixed(1),
    seconds.toFixed(2),
    mostMb === null ? "" : Math.round(mostMb).toString(),
  ];
}
