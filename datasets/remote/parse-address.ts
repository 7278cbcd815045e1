import { FellowshipError } from "../../state/fellowship-error.ts";
import { shownAddress } from "../../state/files/remote-address.ts";

/** A data set on the Hugging Face Hub, or a part of it. */
export type HubAddress = {
  readonly kind: "hub";
  /** `ORG/NAME`. */
  readonly dataSet: string;
  /** A branch, tag or commit; the main branch where not given. */
  readonly revision: string | undefined;
  /** The parts behind the name: a config, a split, both, or the path of a file. */
  readonly parts: readonly string[];
};

/** A file on any web server. */
export type WebAddress = { readonly kind: "web"; readonly url: URL };

const hubForm =
  /^hf:\/\/(?:datasets\/)?([\w.-]+\/[\w.-]+)(?:@(refs\/(?:convert|pr)\/[^/]+|[^/]+))?(?:\/(.*))?$/i;

/**
 * Reads the address of an input.
 *
 * @throws FellowshipError `bad_usage` for an address of another form, or one with a password in it
 */
export function parseAddress(address: string): HubAddress | WebAddress {
  return /^hf:/i.test(address) ? parseHubAddress(address) : parseWebAddress(address);
}

function parseHubAddress(address: string): HubAddress {
  const [, dataSet, revision, rest = ""] = hubForm.exec(address) ?? [];
  if (dataSet !== undefined) {
    const parts = rest.split("/").filter((part) => part !== "");
    const named = revision === undefined ? undefined : decoded(revision);
    return { kind: "hub", dataSet, revision: named, parts: parts.map(decoded) };
  }
  throw new FellowshipError(
    "bad_usage",
    `${address}: expected hf://ORG/NAME[@REVISION][/CONFIG][/SPLIT], ` +
      "such as hf://HuggingFaceH4/ultrafeedback_binarized/train_prefs.",
    { facts: { address } },
  );
}

/** The address of a part of a data set at a commit, which leads to the same bytes for ever. */
export function pinnedAddress(
  dataSet: string,
  { commit, parts }: { readonly commit: string; readonly parts: readonly string[] },
): string {
  return [`hf://${dataSet}@${commit}`, ...parts.map(encoded)].join("/");
}

function parseWebAddress(address: string): WebAddress {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  const shown = shownAddress(address);
  if (url === undefined) {
    throw new FellowshipError(
      "bad_usage",
      `${shown}: expected an address, found one that can't be read.`,
    );
  }
  if (url.username === "" && url.password === "") return { kind: "web", url };
  throw new FellowshipError(
    "bad_usage",
    `${shown}: expected an address without a user name and password, which run files would keep. ` +
      "Download the file first.",
    { facts: { address: shown } },
  );
}

/** Slashes and signs that an address gives a meaning to; others stay readable. */
function encoded(part: string): string {
  return part.replaceAll(/[%/?#@\s]/g, encodeURIComponent);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
