import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { refuseOverwrite } from "./refuse-overwrite.ts";

const refusal = (file: string, force: boolean) =>
  refuseOverwrite(file, { force, option: "--file" }).then(
    () => "accepted",
    (error: Error) => error.message,
  );

describe("refuseOverwrite", () => {
  it("lets an existing file be overwritten only by force", async () => {
    const directory = temporaryDirectory();
    const file = join(directory, "prompts.jsonl");
    expect(await refusal(file, false)).toBe("accepted");
    writeFileSync(file, "");
    expect(await refusal(file, false)).toContain("exists already");
    expect(await refusal(file, true)).toBe("accepted");
  });

  it("refuses a file that the command reads by force too, by any name of it", async () => {
    const directory = temporaryDirectory();
    const [input, other, sameFile] = ["input", "other", "same"].map((name) =>
      join(directory, name),
    );
    writeFileSync(input!, "");
    writeFileSync(other!, "");
    linkSync(input!, sameFile!);
    const options = { force: true, option: "--out", inputs: [input!, join(directory, "none")] };
    for (const file of [input!, `${directory}/./input`, sameFile!]) {
      await expect(refuseOverwrite(file, options)).rejects.toThrow("the command reads this file");
    }
    await refuseOverwrite(other!, options);
  });

  it("refuses what is no regular file, by force too", async () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "target"), "");
    symlinkSync("target", join(directory, "link"));
    expect(await refusal(join(directory, "link"), true)).toContain("found a link");
    expect(await refusal(directory, true)).toContain("found a directory");
    expect(await refusal("/dev/null", true)).toContain("found a device or pipe");
  });

  it("refuses any file in a run's directory", async () => {
    const directory = join(temporaryDirectory(), "out");
    mkdirSync(directory);
    writeFileSync(join(directory, "journal.plan"), "");
    expect(await refusal(join(directory, "journal.rows"), true)).toContain("a run's directory");
    expect(await refusal(join(directory, "new.jsonl"), false)).toContain("a run's directory");
  });
});
