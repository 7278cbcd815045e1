import { FellowshipError } from "../../state/fellowship-error.ts";
import { hasHubToken, hubEndpoint, type RemoteResponse } from "./remote-request.ts";

/** What was asked for, for a message. */
export type Asked = {
  /** The address as it may be shown. */
  readonly shown: string;
  /** `ORG/NAME`, where it is a data set on the Hub. */
  readonly dataSet?: string | undefined;
};

/** The error of a server that doesn't give a file, with a remedy; the body is thrown away. */
export async function refused(asked: Asked, response: RemoteResponse): Promise<FellowshipError> {
  const { status, headers, body } = response;
  await body.dump().catch(() => undefined);
  const text = asked.dataSet === undefined ? webText(status) : hubText(asked.dataSet, response);
  return new FellowshipError("bad_input", `${asked.shown}: ${text}`, {
    facts: { address: asked.shown, status, reason: headers["x-error-code"] },
  });
}

function hubText(dataSet: string, { status, headers }: RemoteResponse): string {
  const reason = headers["x-error-code"];
  const page = `${hubEndpoint()}/datasets/${dataSet}`;
  if (reason === "GatedRepo" || status === 403) {
    return hasHubToken()
      ? `access is refused (${status}). Accept its terms at ${page}, with the account whose ` +
          "token HF_TOKEN holds."
      : `access is refused (${status}). Accept its terms at ${page}, and set HF_TOKEN to a ` +
          "token of that account.";
  }
  if (reason === "RevisionNotFound") return "the data set has no such revision (404).";
  if (status === 401) {
    return hasHubToken()
      ? "not found, or HF_TOKEN may not read it (401). Check the name and the token."
      : "not found, or private (401). Check the name; set HF_TOKEN to a token that may read it.";
  }
  if (status === 404) return `not found (404). Check the name and the revision: ${page}.`;
  return otherText(status);
}

function webText(status: number): string {
  if (status === 404 || status === 410) return `not found (${status}). Check the address.`;
  if (status === 401 || status === 403) {
    return (
      `access is refused (${status}). Check the address; where it was signed, it may have ` +
      "expired. Or download the file first."
    );
  }
  return otherText(status);
}

function otherText(status: number): string {
  return `expected a file, the server answered with status ${status}. Try again later.`;
}
