/** A part of a multipart body. */
export type MultipartPart = { readonly name: string; readonly body: string };

/**
 * Reads a body of LangSmith's multipart ingestion, as strictly as its documentation asks: every
 * part with a name, a content type and the length of its body in bytes.
 *
 * @throws Error for anything else.
 */
export function readMultipart(body: Buffer, contentType: string): MultipartPart[] {
  const boundary = /^multipart\/form-data; boundary=([\w'()+,./:=?-]{1,70})$/.exec(
    contentType,
  )?.[1];
  if (boundary === undefined) throw new Error(`no multipart: ${contentType}`);
  const parts: MultipartPart[] = [];
  const opening = `--${boundary}`;
  let at = 0;
  while (take(body, at, `${opening}\r\n`)) {
    const head = at + opening.length + 2;
    const headEnd = body.indexOf("\r\n\r\n", head);
    const headers = body.toString("utf8", head, headEnd);
    const name = /^content-disposition: form-data; name="([^"]+)"$/im.exec(headers)?.[1];
    const length = /^content-type: application\/json; length=(\d+)$/im.exec(headers)?.[1];
    if (headEnd < 0 || name === undefined || length === undefined) {
      throw new Error(`part ${parts.length} is without name, type or length: ${headers}`);
    }
    const start = headEnd + 4;
    const end = start + Number(length);
    if (!take(body, end, "\r\n--")) throw new Error(`part ${name} is not ${length} bytes long`);
    parts.push({ name, body: body.toString("utf8", start, end) });
    at = end + 2;
  }
  if (body.toString("utf8", at) !== `${opening}--\r\n`) throw new Error("no end of the parts");
  return parts;
}

function take(body: Buffer, at: number, text: string): boolean {
  return body.toString("utf8", at, at + text.length) === text;
}
