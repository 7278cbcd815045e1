import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryDirectory } from "../tests/temporary-directory.ts";
import { makeDirectory } from "./make-directory.ts";

describe("makeDirectory", () => {
  it("makes the directories above too, and accepts one that exists", async () => {
    const path = join(temporaryDirectory(), "a", "b", "c");
    await makeDirectory(path);
    await makeDirectory(`${path}/`);
    expect(statSync(path).isDirectory()).toBe(true);
  });

  it("does not take a file for a directory", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    await expect(makeDirectory(file)).rejects.toMatchObject({ code: "EEXIST" });
    await expect(makeDirectory(join(file, "below"))).rejects.toMatchObject({ code: "ENOTDIR" });
  });

  it.skipIf(!existsSync("/proc/self"))("ends where the system makes no entries", async () => {
    await expect(makeDirectory("/proc/fellowship/out")).rejects.toMatchObject({ code: "ENOENT" });
  });
});
