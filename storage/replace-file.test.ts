import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createMemoryFileSystem,
  systemError,
  type Operation,
} from "../tests/memory-file-system.ts";
import { replaceFile } from "./replace-file.ts";

describe("replaceFile", () => {
  let directory = "";
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "replace-file-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("writes a new file and replaces an old one, leaving nothing else", async () => {
    const path = join(directory, "run.json");
    await replaceFile(path, "first");
    await replaceFile(path, Buffer.from("zwölf"));
    expect(await readFile(path, "utf8")).toBe("zwölf");
    expect(await readdir(directory)).toEqual(["run.json"]);
  });

  it("never shows a reader anything but the whole old or the whole new content", async () => {
    const path = join(directory, "run.json");
    const contents = ["a", "b"].map((letter) => letter.repeat(200_000));
    await replaceFile(path, contents[0] ?? "");
    let writing = true;
    const writer = (async () => {
      for (let count = 0; count < 40; count += 1)
        await replaceFile(path, contents[count % 2] ?? "");
      writing = false;
    })();
    while (writing) expect(contents.includes(await readFile(path, "utf8"))).toBe(true);
    await writer;
  });

  it("says storage_failed where the directory is not there", async () => {
    await expect(replaceFile(join(directory, "none", "run.json"), "x")).rejects.toMatchObject({
      code: "storage_failed",
    });
  });
});

describe("replaceFile on a failing disk", () => {
  const failing: Operation["name"][] = ["open", "write", "sync", "rename"];

  it.each(failing)("keeps the old content when %s fails", async (name) => {
    let broken = false;
    const fileSystem = createMemoryFileSystem({
      before: (operation) => {
        if (broken && operation.name === name) throw systemError("EIO");
      },
    });
    await replaceFile("/out/run.json", "old", { fileSystem });
    broken = true;
    await expect(replaceFile("/out/run.json", "new", { fileSystem })).rejects.toMatchObject({
      code: "storage_failed",
      facts: { file: "/out/run.json", systemCode: "EIO" },
    });
    expect(fileSystem.contentOf("/out/run.json")?.toString()).toBe("old");
    expect(fileSystem.paths()).toEqual(["/out/run.json"]);
  });

  it("keeps the old content when the disk is full", async () => {
    const fileSystem = createMemoryFileSystem({ capacityBytes: 10 });
    await replaceFile("/out/run.json", "old", { fileSystem });
    await expect(replaceFile("/out/run.json", "new content", { fileSystem })).rejects.toThrow(
      /could not write \/out\/run\.json: ENOSPC.*room/s,
    );
    expect(fileSystem.contentOf("/out/run.json")?.toString()).toBe("old");
  });

  it("syncs the content before the rename and the directory after it", async () => {
    const order: string[] = [];
    const fileSystem = createMemoryFileSystem({
      before: ({ name, path }) => void order.push(`${name} ${path}`),
    });
    await replaceFile("/out/run.json", "x", { fileSystem });
    expect(order.filter((step) => /sync|rename/.test(step))).toEqual([
      "sync /out/run.json.tmp",
      "rename /out/run.json",
      "sync /out",
    ]);
  });
});
