import { parseArgs, type ParseArgsConfig } from "node:util";
import { FellowshipError } from "../../state/fellowship-error.ts";

type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/**
 * Reads a command's arguments by the table of its options.
 *
 * @throws FellowshipError `bad_usage` for an option that is not in the table, or lacks its value.
 */
export function parseOptions<const Options extends OptionTable>(
  argv: readonly string[],
  usage: string,
  options: Options,
) {
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new FellowshipError("bad_usage", `${(cause as Error).message}\n${usage}`, { cause });
  }
}
