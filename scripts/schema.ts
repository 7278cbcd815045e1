import { join } from "node:path";
import { replaceFile } from "../storage/replace-file.ts";
import { FellowshipError } from "../state/fellowship-error.ts";
import { topologyJsonSchema } from "../topologies/schema/topology-json-schema.ts";
import { runCommand } from "./command-line/command.ts";
import { parseOptions } from "./command-line/parse-options.ts";

const usage = "Usage: npm run schema";
const help = `${usage}

Writes topologies/schema.json, the JSON Schema of topology files, from the definition that they are checked against.
Editors with a YAML language server read it through the first line of a topology file:

  # yaml-language-server: $schema=./schema.json

Examples:
  npm run schema

Options:
  --help               this text
`;

await runCommand(async (argv) => {
  const { values, positionals } = parseOptions(argv, usage, {
    help: { type: "boolean", short: "h" },
  });
  if (values.help === true) {
    process.stdout.write(help);
    return 0;
  }
  if (positionals.length > 0) {
    throw new FellowshipError("bad_usage", `Expected no arguments.\n${usage}`);
  }
  const file = join(import.meta.dirname, "..", "topologies", "schema.json");
  await replaceFile(file, `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`);
  process.stdout.write("topologies/schema.json\n");
  return 0;
});
