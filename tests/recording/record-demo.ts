/** Draws `docs/recordings/demo.svg` from the demo's own output: `npm run docs:recording`. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { drawRecording } from "./draw-recording.ts";

const folder = mkdtempSync(join(tmpdir(), "fellowship-recording-"));
try {
  const program = resolve("bin/fellowship.js");
  const printed = execFileSync(process.execPath, [program, "demo"], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  writeFileSync("docs/recordings/demo.svg", drawRecording("npx fellowship demo", printed));
} finally {
  rmSync(folder, { recursive: true });
}
