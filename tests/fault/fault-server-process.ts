import { createFaultServer } from "./server/create-fault-server.ts";
import { faults, isFaultName } from "./server/faults.ts";
import { defaultSettings, type ServerSettings } from "./server/server-settings.ts";

/**
 * The fault server as a process of its own:
 * `node --import tsx tests/fault/fault-server-process.ts '{"seed": 7}'`. It prints one line of JSON
 * with its urls and ends with its standard input, so that it never outlives who started it.
 */
const settings: ServerSettings = {
  ...defaultSettings,
  ...(JSON.parse(process.argv[2] ?? "{}") as Partial<ServerSettings>),
};
const unknown = settings.faults.find(({ fault }) => !isFaultName(fault));
if (unknown !== undefined) {
  const known = Object.keys(faults).join(", ");
  throw new Error(`no fault by the name of ${unknown.fault}; there are ${known}`);
}
const urls = await createFaultServer(settings);
process.stdout.write(`${JSON.stringify(urls)}\n`);
process.stdin.on("end", () => process.exit(0)).resume();
