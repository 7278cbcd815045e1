import { readFile, stat } from "node:fs/promises";
import { refuseOverwrite } from "../../storage/refuse-overwrite.ts";
import { replaceFile } from "../../storage/replace-file.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { parseOptions } from "../command-line/parse-options.ts";

const usage = "Usage: fellowship schema [--file FILE [--force]]";
export const help = `${usage}

The JSON Schema of topology files and plans, from the definition that they are checked against.
Editors with a YAML language server read it through the first line of a file:

  # yaml-language-server: $schema=./schema.json

Examples:
  fellowship schema
  fellowship schema --file schema.json

Options:
  --file FILE          where to write it, instead of standard output
  --force              overwrite a FILE that this command did not write
  --help               this text
`;

export async function run(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseOptions(argv, usage, {
    file: { type: "string" },
    force: { type: "boolean" },
  });
  if (positionals.length > 0) {
    throw new FellowshipError("bad_usage", `Expected no arguments.\n${usage}`);
  }
  const { topologyJsonSchema } = await import("../../topologies/load/topology-json-schema.ts");
  const text = `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`;
  if (values.file === undefined) process.stdout.write(text);
  else {
    const force = values.force === true || (await isOwnSchema(values.file));
    await refuseOverwrite(values.file, { force, option: "--file" });
    await replaceFile(values.file, text);
  }
  return 0;
}

/** Whether a file holds a schema of topologies, perhaps of an earlier version. */
async function isOwnSchema(file: string): Promise<boolean> {
  const stats = await stat(file).catch(() => null);
  if (stats?.isFile() !== true) return false;
  return /^\s*\{[^{}]*"title": "A topology of Fellowship"/.test(await readFile(file, "utf8"));
}
