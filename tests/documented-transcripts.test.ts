import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { withDrawings } from "../topologies/with-drawings.ts";
import { runScript } from "./run-script.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

const folder = "docs/topologies";
const pages = readdirSync(folder).filter((name) => name.endsWith(".md"));

describe("the pages of the topologies", () => {
  it.each(pages)(
    "show their graph and a row as they are: %s (npx vitest run tests/documented-transcripts.test.ts --update writes them)",
    async (name) => {
      const file = join(folder, name);
      const text = await withTranscript(await withDrawings(readFileSync(file, "utf8")));
      await expect(text).toMatchFileSnapshot(resolve(file));
    },
  );

  it("are there for every preset", () => {
    const presets = readdirSync("topologies").filter((name) => name.endsWith(".yaml"));
    expect(pages).toEqual(
      expect.arrayContaining(presets.map((name) => name.replace("yaml", "md"))),
    );
  });
});

/** A page with the first row of the run that it names, as `fellowship show` prints it. */
async function withTranscript(page: string): Promise<string> {
  const block =
    /(<!-- transcript -->\n```bash\nnpx fellowship (.+) --out (\S+)\n[^`]+```\n\n```text\n)[\s\S]*?(```\n<!-- \/transcript -->)/;
  const [, start = "", line = "", out = "", end = ""] = block.exec(page) ?? [];
  const [command = "", ...argv] = line.replaceAll('"', "").split(" ");
  const directory = temporaryDirectory();
  const run = await runScript(command, [...argv, "--out", join(directory, out), "--quiet"]);
  expect(run.code, run.stderr).toBe(0);
  const shown = await runScript("show", [join(directory, out), "--row", "1"]);
  expect(shown.code, shown.stderr).toBe(0);
  const printed = shown.stdout.replaceAll(`${directory}/`, "");
  return page.replace(block, () => `${start}${printed.trimEnd()}\n${end}`);
}
