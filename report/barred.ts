/**
 * The lines of a text of others behind a bar, so that none of them passes for a line of our own.
 */
export function barred(text: string): string[] {
  return text.split(/\r\n|[\n\r\u0085\u2028\u2029]/).map((line) => `  │ ${line}`);
}
