import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { FellowshipError } from "../state/fellowship-error.ts";
import { loadTopology } from "../topologies/load/load-topology.ts";
import type { Topology } from "../topologies/kinds/kinds.ts";

const folder = fileURLToPath(new URL("../topologies", import.meta.url));

/** A topology file of the project's own: its name below `topologies/`, and its graph. */
export type PresetFile = { readonly name: string; readonly graph: Topology["graph"] };

/** Every topology file of the project, those of the paper after the plain ones. */
export function presetFiles(): PresetFile[] {
  const names = ["", "paper"].flatMap((below) =>
    readdirSync(join(folder, below))
      .filter((name) => name.endsWith(".yaml"))
      .sort()
      .map((name) => (below === "" ? name : `${below}/${name}`)),
  );
  return names.map((name) => ({ name, graph: loadTopology(join(folder, name)).graph }));
}

/**
 * The path of a preset of a graph.
 *
 * @throws FellowshipError `bad_usage` for a name that is none of them: only presets can be opened.
 */
export function presetPath(graph: Topology["graph"], name: unknown): string {
  const known = presetFiles().filter((preset) => preset.graph === graph);
  const found = known.find((preset) => preset.name === name);
  if (found !== undefined) return join(folder, found.name);
  const names = known.map((preset) => preset.name).join(", ");
  throw new FellowshipError(
    "bad_usage",
    `topology: expected one of ${names}, got ${String(name)}.`,
  );
}
