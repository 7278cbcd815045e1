#!/usr/bin/env node
/**
 * Starts `fellowship COMMAND …`, in an installed package and in a checkout alike. A checkout also
 * holds `compile.js`, which first compiles the sources that were edited; a package holds only the
 * compiled files.
 */
import { existsSync } from "node:fs";

const compiler = new URL("compile.js", import.meta.url);
if (existsSync(compiler)) await (await import(compiler.href)).compileEdited();

const program = new URL("../dist/scripts/fellowship.js", import.meta.url);
await (await import(program.href)).runFellowship(process.argv.slice(2));
