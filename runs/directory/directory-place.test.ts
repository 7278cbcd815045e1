import { mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { holdPlace } from "./directory-place.ts";

describe("the place of a directory", () => {
  it.skipIf(process.platform === "win32")(
    "is lost for all rows that end together, and found again",
    async () => {
      const parent = await mkdtemp(join(tmpdir(), "fellowship-"));
      onTestFinished(() => rm(parent, { recursive: true }));
      const [path, other] = [join(parent, "run"), join(parent, "other")];
      await mkdir(path);
      const place = await holdPlace(path);
      onTestFinished(() => place.close());
      const askTogether = () =>
        Promise.allSettled([place.assertSame(), place.assertSame(), place.assertSame()]);
      await rename(path, other);
      for (const { status } of await askTogether()) expect(status).toBe("rejected");
      await rename(other, path);
      for (const { status } of await askTogether()) expect(status).toBe("fulfilled");
    },
  );
});
