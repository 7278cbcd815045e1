import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createFence } from "../../../prompts/fence.ts";
import { withoutFenceLines } from "./without-fence-lines.ts";

const fence = createFence(["a question", "an answer"]);
const cut = (text: string) => withoutFenceLines(text, [fence.mark]);

describe("withoutFenceLines", () => {
  it.each([
    fence("response", "Blue light\n\nscatters more."),
    fence("response of Assistant A", "Blue light\n\nscatters more."),
    `<<<response ${fence.mark}>>>\r\n\r\nBlue light\n\nscatters more.`,
    `Blue light\n\nscatters more.\n\n**<<<end of response ${fence.mark}>>>**\n`,
    `Blue light\n\nscatters more.\n> <<<end of response ${fence.mark}`,
    `<response ${fence.mark}>\nBlue light\n\nscatters more.`,
    `\`\`<<<previous response ${fence.mark.toUpperCase()}>>>\`\`\nBlue light\n\nscatters more.`,
    `Blue light\n\nscatters more.\n${fence.mark}`,
    `Blue light\n<<<feedback ${fence.mark}>>>\n\nscatters more.`,
  ])("cuts the fence lines of %j", (text) => {
    expect(cut(text)).toBe("Blue light\n\nscatters more.");
  });

  it("leaves nothing of an answer that is only fences", () => {
    expect(cut(fence("response", ""))).toBe("");
  });

  it.each([
    "<<<response>>>\nBlue.\n<<<end of response>>>",
    "<<<response tovimera>>>\nBlue.",
    "  std::cout << x << y;\n\n\n",
    `The lines begin with <<<response ${fence.mark}>>> and end so too.`,
    `Dear ${fence.mark}\nyours`,
    `${fence.mark}: blue`,
    `<<<response ${fence.mark}>>> Blue light scatters more.`,
    `<<<response ${fence.mark}s>>>`,
    `<<<${"response ".repeat(40)}${fence.mark}>>>`,
  ])("leaves %j as it is", (text) => {
    expect(cut(text)).toBe(text);
  });

  it("changes no text that was shown in the request", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary" }), { minLength: 1 }), (texts) => {
        const { mark } = createFence(texts);
        for (const text of texts) expect(withoutFenceLines(text, [mark])).toBe(text);
      }),
      { numRuns: 30 },
    );
  });

  it("takes linear time", () => {
    const line = `<<<${"a ".repeat(90)}${fence.mark}`;
    for (const text of [`${"\n".repeat(200_000)}${fence.mark}`, `${line}\n`.repeat(5_000)])
      expect(cut(text).length).toBeLessThanOrEqual(text.length);
  });
});
