/**
 * The response to a client that waits for a run, with the message of a run that failed as plain
 * text: the server puts the error into its message as JSON. All else passes as it is, blank lines
 * that keep the connection open at once.
 */
export function withPlainError(response: Response): Response {
  if (response.body === null) return response;
  // What was not passed on yet; null once it is clear that the run did not fail.
  let held: string | null = "";
  const decode = new TransformStream<string, string>({
    transform(text, controller) {
      const soFar: string = (held ?? "") + text;
      const start = soFar.trimStart().slice(0, failureStart.length);
      const mayFail = held !== null && failureStart.startsWith(start);
      if (mayFail && start !== "") {
        held = soFar;
        return;
      }
      controller.enqueue(soFar);
      held = mayFail ? "" : null;
    },
    flush(controller) {
      if (held !== null) controller.enqueue(plainError(held));
    },
  });
  const body = response.body
    .pipeThrough(new TextDecoderStream())
    .pipeThrough(decode)
    .pipeThrough(new TextEncoderStream());
  return new Response(body, response);
}

const failureStart = '{"__error__":';

/** `{"__error__": {"error", "message"}}` without the JSON inside its message. */
function plainError(text: string): string {
  try {
    const { message } = (JSON.parse(text) as { __error__: { message: string } }).__error__;
    const inner: unknown = JSON.parse(message);
    return JSON.stringify({ __error__: inner });
  } catch {
    return text;
  }
}
