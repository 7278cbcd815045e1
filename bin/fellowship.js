#!/usr/bin/env node
/**
 * Starts `fellowship COMMAND …`, in an installed package and in a checkout alike. A checkout also
 * holds `compile.js`, which first compiles the sources that were edited; a package holds only the
 * compiled files.
 */
import { existsSync } from "node:fs";

function stopEarly() {
  process.stderr.write("Stopped by Ctrl-C before the run began; nothing was sent.\n");
  process.exit(130);
}

// Loading takes a moment, and until then no command listens for it.
process.on("SIGINT", stopEarly);

const compiler = new URL("compile.js", import.meta.url);
if (existsSync(compiler)) await (await import(compiler.href)).compileEdited();

const program = new URL("../dist/scripts/fellowship.js", import.meta.url);
const { runFellowship } = await import(program.href);
await runFellowship(process.argv.slice(2), () => process.off("SIGINT", stopEarly));
