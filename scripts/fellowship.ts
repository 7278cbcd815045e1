import { Console } from "node:console";
import { closestWord } from "../state/closest-word.ts";
import { packageVersion } from "../state/package-root.ts";
import { commandGroups, commands } from "./commands.ts";

/** Exit code of bad usage (contract section 1). */
const badUsage = 2;

/**
 * The program: runs the command that the first argument names, and sets the exit code. Only that
 * command's modules are loaded, and for `--help` only its help.
 *
 * @param argv The arguments after the program's name.
 * @param onGuarded Called when the command itself listens for Ctrl-C and the like.
 */
export async function runFellowship(
  argv: readonly string[],
  onGuarded: () => void = () => undefined,
): Promise<void> {
  const [name, ...rest] = argv;
  if (name === undefined || name === "help" || isHelp(name)) {
    process.stdout.write(overview());
    return;
  }
  if (name === "--version" || name === "-v") {
    process.stdout.write(`${packageVersion()}\n`);
    return;
  }
  const command = commands.find((known) => known.name === name);
  if (command === undefined) {
    process.stderr.write(unknownCommand(name));
    process.exitCode = badUsage;
    return;
  }
  const { help, run } = await command.load();
  if (asksForHelp(rest)) {
    process.stdout.write(help);
    return;
  }
  // Standard output is for results: whatever a library prints goes elsewhere.
  globalThis.console = new Console(process.stderr);
  const { runCommand } = await import("./command-line/command.ts");
  await runCommand(() => {
    onGuarded();
    return run(rest);
  });
}

function isHelp(word: string): boolean {
  return word === "--help" || word === "-h";
}

/** Words after `--` are arguments, whatever they look like. */
function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return (end === -1 ? argv : argv.slice(0, end)).some(isHelp);
}

function overview(): string {
  const width = Math.max(...commands.map(({ name }) => name.length));
  const groups = commandGroups.map(({ purpose, commands: listed }) => {
    const lines = listed.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}\n`);
    return `${purpose}:\n${lines.join("")}`;
  });
  return `Usage: fellowship COMMAND [arguments]

Preference data from graphs of language models: generators and reviewers, judges, juries and
debates, measured against people.

${groups.join("\n")}
Examples:
  fellowship demo
  fellowship generate feedback-loop --input prompts.jsonl --out out/mine --dry-run
  fellowship evaluate --help

Options:
  --help               this text; after a command, the help of that command
  --version            the version

In a checkout: npm run COMMAND -- [arguments].
`;
}

function unknownCommand(name: string): string {
  const meant = closestWord(
    name,
    commands.map((command) => command.name),
  );
  const hint = meant === null ? "" : ` Did you mean ${meant}?`;
  const known = commands.map((command) => command.name).join(", ");
  return (
    `Unknown command ${JSON.stringify(name)}.${hint} Commands: ${known}. See fellowship ` +
    "--help.\n"
  );
}
