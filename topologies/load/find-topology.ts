import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { closestWord } from "../../state/closest-word.ts";
import { findFile } from "../../state/files/find-file.ts";
import { shippedRoot } from "../../state/package-root.ts";

/**
 * The path of the topology that a command or another file names: a file, or a preset by its name
 * (`judge`, `paper/judge-gpt-4o`).
 *
 * @param namedIn The file that holds the name, if one does.
 * @returns The name itself where there is no such file, for the reader's message.
 */
export function findTopology(name: string, namedIn?: string): string {
  const found = findFile(name, { namedIn, folders: ["topologies"] });
  if (isFile(found) || /\.ya?ml$/.test(name)) return found;
  const preset = join(shippedRoot, "topologies", `${name}.yaml`);
  return isFile(preset) ? preset : found;
}

/** The names of the presets in topologies/, without those of the paper. */
export function presetNames(): string[] {
  return readdirSync(join(shippedRoot, "topologies"))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** For a message: what a name that leads to no file may have meant. */
export function presetHint(name: string): string {
  if (name.includes("/")) return "";
  const meant = closestWord(name.replace(/\.ya?ml$/, ""), presetNames());
  if (meant !== null) return ` Did you mean the preset ${meant}?`;
  return /\.\w+$/.test(name) ? "" : ` Presets: ${presetNames().join(", ")}.`;
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
