import { parseArgs, type ParseArgsConfig } from "node:util";
import { closestWord } from "../../state/closest-word.ts";
import { FellowshipError } from "../../state/fellowship-error.ts";
import { createMistakes } from "../../state/mistakes.ts";

type OptionTable = NonNullable<ParseArgsConfig["options"]>;

/**
 * Reads a command's arguments by the table of its options.
 *
 * @throws FellowshipError `bad_usage` listing the options that are not in the table, lack a value
 *   or have one too many
 */
export function parseOptions<const Options extends OptionTable>(
  argv: readonly string[],
  usage: string,
  options: Options,
) {
  const mistakes = createMistakes();
  for (const problem of optionProblems(argv, options)) {
    mistakes.add(new FellowshipError("bad_usage", problem));
  }
  mistakes.throwIfAny(usage);
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: true, strict: true });
  } catch (cause) {
    throw new FellowshipError("bad_usage", `${(cause as Error).message}\n${usage}`, { cause });
  }
}

/** What is wrong with the options themselves, a sentence for each. */
function optionProblems(argv: readonly string[], options: OptionTable): string[] {
  const { tokens } = parseArgs({
    args: [...argv],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  return tokens.flatMap((token) => {
    if (token.kind !== "option") return [];
    const { name, rawName, value } = token;
    const known = Object.hasOwn(options, name) ? options[name] : undefined;
    if (known === undefined) return [unknownOption(rawName, Object.keys(options))];
    if (known.type === "boolean" && value !== undefined) {
      return [`${rawName} takes no value, got "${value}".`];
    }
    // A word that begins with - is an option where it was forgotten, and a value only after =.
    const isOption = token.inlineValue !== true && /^-./.test(value ?? "");
    const isMissing = known.type === "string" && (value === undefined || isOption);
    return isMissing ? [`${rawName}: expected a value, found ${value ?? "none"}.`] : [];
  });
}

function unknownOption(rawName: string, known: readonly string[]): string {
  const meant = closestWord(rawName.replace(/^-+/, ""), known);
  return `Unknown option ${rawName}.${meant === null ? "" : ` Did you mean --${meant}?`}`;
}
