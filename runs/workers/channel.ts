import type { ChildProcess } from "node:child_process";

/** Sends messages to the other process. */
type Channel<Sent> = (message: Sent) => void;

/** One end of the channel between two processes. */
type Peer = Pick<ChildProcess | NodeJS.Process, "send" | "on" | "off" | "connected">;

/**
 * Sends messages to another process, all of one turn of the event loop together: a message of its
 * own for each would cost both processes more than the work that it asks for.
 *
 * @returns sends a message; what can't be delivered to a process that is gone is dropped
 */
export function openChannel<Messages extends { sent: unknown; received: unknown }>(
  peer: Peer,
  onMessage: (message: Messages["received"]) => void,
): Channel<Messages["sent"]> {
  let waiting: Messages["sent"][] = [];
  peer.on("message", (messages: readonly Messages["received"][]) => {
    for (const message of messages) onMessage(message);
  });

  function flush(): void {
    const together = waiting;
    waiting = [];
    // The callback takes the error of a process that has just gone.
    if (peer.connected) peer.send?.(together, undefined, undefined, () => undefined);
  }

  return (message) => {
    waiting.push(message);
    if (waiting.length === 1) setImmediate(flush);
  };
}
