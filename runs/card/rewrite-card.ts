import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { OutputFile } from "../../datasets/export/output-set.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { acquireDirectoryLock } from "../../storage/directory-lock.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { drawResolved } from "../../topologies/draw-topology.ts";
import { refuseLink } from "../directory/own-directory.ts";
import { isJournal, textFile } from "../directory/run-manifest.ts";
import type { EvolutionSummary } from "../evolve/evolution-outputs.ts";
import type { GenerationSummary } from "../generate/generation-outputs.ts";
import type { CardRun } from "../accounting/card-run.ts";
import { evolutionCard } from "../evolve/evolution-card.ts";
import { generationCard } from "../generate/generation-card.ts";

const cardName = "README.md";

/** What of `run.json` a card is made of. */
type Manifest = Omit<CardRun<unknown>, "summary" | "inputIdentity"> & {
  readonly command: string;
  readonly input: { readonly sha256?: string; readonly identity?: string };
  readonly files: readonly OutputFile[];
};

/**
 * Writes the card of a run again, from its files.
 *
 * @returns where the card is
 * @throws FellowshipError `bad_usage` for a directory without a finished run, or with one whose
 *   data have no card; `directory_in_use` while a run goes on
 */
export async function rewriteCard(directory: string): Promise<string> {
  const path = join(directory, cardName);
  const manifest = (await readJson(directory, "run.json")) as Manifest;
  const summary = await readJson(directory, "summary.json");
  const lock = await acquireDirectoryLock(directory);
  try {
    await refuseLink(path);
    const text = cardOf(directory, manifest, summary, await drawingFor(manifest, path));
    await replaceFile(path, text);
    const others = manifest.files.filter(({ name }) => name !== cardName);
    const at = manifest.files.findIndex(({ name }) => name === cardName);
    const files = others.toSpliced(at === -1 ? others.length : at, 0, textFile(cardName, text));
    const changed = `${JSON.stringify({ ...manifest, files }, null, 2)}\n`;
    await replaceFile(join(directory, "run.json"), changed);
    return path;
  } finally {
    await lock.release();
  }
}

function cardOf(directory: string, manifest: Manifest, summary: unknown, drawing: string): string {
  const { command, topology, agents, prompts, code, input } = manifest;
  const run = {
    topology,
    agents,
    prompts,
    ...(code === undefined ? {} : { code }),
    inputIdentity: input.identity ?? input.sha256 ?? "unknown",
    files: manifest.files.filter((file) => file.name !== cardName && !isJournal(file)),
  };
  // The command itself wrote both files.
  if (command === "generate") {
    return generationCard({ ...run, summary: summary as GenerationSummary }, drawing);
  }
  if (command === "evolve") {
    return evolutionCard({ ...run, summary: summary as EvolutionSummary }, drawing);
  }
  throw new FellowshipError(
    "bad_usage",
    `${directory}: expected a run of generate or evolve, found one of ${command}, whose ` +
      "files have no card.",
    { facts: { directory, command } },
  );
}

/** The graph; of custom code, which isn't run here, the drawing of the card that is there. */
async function drawingFor({ topology }: Manifest, card: string): Promise<string> {
  try {
    return await drawResolved(topology, "run.json");
  } catch (error) {
    const standing = await readFile(card, "utf8").catch(() => "");
    const [, drawing] = /^```mermaid\n+([\s\S]*?)\n+```$/m.exec(standing) ?? [];
    if (drawing !== undefined) return drawing;
    throw error;
  }
}

async function readJson(directory: string, name: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(join(directory, name), "utf8"));
  } catch (cause) {
    throw new FellowshipError(
      "bad_usage",
      `${directory} holds no finished run (no readable ${name}). Give its command again first.`,
      { facts: { directory }, cause },
    );
  }
}
