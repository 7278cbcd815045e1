import type { Endpoint } from "../../models/endpoint.ts";
import type { Fields } from "../../models/wire/request-params.ts";
import type { Wave } from "./wave-files/batch-state.ts";

/** Where batches are answered: from their files, on any machine, or by providers' services. */
export type BatchPlace = {
  /** Where the files of waves are. */
  readonly folder: string;
  /** The name of each model in files, of those whose calls go into batches. */
  readonly names: ReadonlyMap<string, string>;
  /** Whether the calls of a model, with its settings, go into batches. */
  readonly takes: (endpoint: Pick<Endpoint, "spec" | "settings" | "protocol">) => boolean;
  /** The line of a call, without its end; it begins with its id. */
  readonly lineOf: (id: string, body: Fields) => string;
  /** The most that a file of a model takes, in lines and in bytes. */
  readonly limitsOf: (model: string) => { readonly requests: number; readonly bytes: number };
  /** The bytes that a call takes up of them; those of its line where not given. */
  readonly bytesOf?: (model: string, id: string, body: Fields) => number;
  /** Has a wave answered; where not given, that is done outside while the run waits. */
  readonly bring?: (wave: Wave) => Promise<void>;
};
