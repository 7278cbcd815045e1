import { existsSync } from "node:fs";
import { chromium, type Browser } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where Chromium is; null on a machine without it. */
export const chromiumPath =
  [process.env["FELLOWSHIP_CHROMIUM"] ?? "", ...places].find(
    (path) => path !== "" && existsSync(path),
  ) ?? null;

/** Starts Chromium without a window. A process of root can't have its sandbox. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumPath ?? "", args: ["--no-sandbox"] });
}
