import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageVersion } from "../state/package-root.ts";

const browserFile = (name: string) =>
  readFileSync(join(import.meta.dirname, "browser", name), "utf8");

const body = `<header>
  <h1>Which response is better?</h1>
  <p id="agreement"></p>
  <p class="progress"><progress id="bar" max="1" value="0" aria-label="Pairs that you have judged"></progress>
    <span id="progress"></span></p>
  <p id="note" role="status"></p>
  <p id="problem" role="alert" hidden></p>
</header>
<main>
  <section aria-labelledby="prompt-name"><h2 id="prompt-name">Prompt</h2><div id="prompt"></div></section>
  <div class="sides">
    <section aria-labelledby="a-name"><h2 id="a-name">Response A</h2><div id="a"></div></section>
    <section aria-labelledby="b-name"><h2 id="b-name">Response B</h2><div id="b"></div></section>
  </div>
</main>
<footer><div role="group" aria-label="Your answer">
  <button type="button" data-answer="a">A is better <kbd>a</kbd></button>
  <button type="button" data-answer="tie">Tie <kbd>t</kbd></button>
  <button type="button" data-answer="b">B is better <kbd>b</kbd></button>
  <span class="apart"></span>
  <button type="button" data-answer="skip">Skip <kbd>s</kbd></button>
  <button type="button" data-answer="undo">Undo <kbd>u</kbd></button>
</div></footer>
<noscript><p>This page needs JavaScript.</p></noscript>`;

/** The page on which people judge pairs, and the policy that lets it run its own script alone. */
export function labelPage(): { readonly text: string; readonly policy: string } {
  const script = browserFile("label.js");
  const style = browserFile("label.css");
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  const text = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="fellowship ${packageVersion()}">
<title>Which response is better?</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
${body}
<script>${script}</script>
</body>
</html>
`;
  return { text, policy };
}
