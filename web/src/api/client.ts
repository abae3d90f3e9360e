/** The API, as its own description types it. Every answer is a value or an ApiError; nobody looks at status codes. */
import createClient, { type Middleware } from "openapi-fetch";
import { accessToken, renewed, tokenAgain } from "../session/oidc";
import { settings } from "../settings";
import type { components, operations, paths } from "./schema";

export type Schemas = components["schemas"];
export type ProblemDetail = Schemas["Problem"];

/** What an endpoint answers, by the name of its function: names of models may be shared, those are not. */
export type Answer<Name extends keyof operations> = operations[Name] extends { responses: { 200: { content: { "application/json": infer Value } } } } ? Value : never;

export interface FieldFault {
  at: string;
  code: string;
  detail: string;
}

/** What the API refused and why, in words for the reader (RFC 9457), or that it could not be reached (status 0). */
export class ApiError extends Error {
  readonly kind: string;

  constructor(
    readonly status: number,
    readonly problem: Partial<ProblemDetail>,
    readonly retryAfter: number | undefined = undefined,
  ) {
    super(problem.detail ?? "");
    this.kind = (problem.type ?? "").split(":").pop() ?? "";
  }

  get faults(): FieldFault[] {
    return (this.problem.errors ?? []) as unknown as FieldFault[];
  }

  /** Whether the same request may work in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 503 || (this.status === 429 && this.kind !== "quota-spent");
  }
}

type Listener = (why: "expired" | "revoked" | "terms" | "refused") => void;
let told: Listener = () => undefined;

/** The session hears of it when somebody has to sign in again, or to accept new terms. */
export function onSessionEnd(listener: Listener): void {
  told = listener;
}

/**
 * A fetch in the user's name. One renewal when the token was refused: a clock may be off, a key rotated. When the session has
 * ended, it waits until the same person has signed in again, and is then sent: what was decided is not lost.
 */
export async function authorised(request: Request): Promise<Response> {
  const again = request.clone();
  const answer = await sent(request, (await accessToken()) ?? (await afterEnd()));
  if (answer.status !== 401) return answer;
  const fresh = (await renewed()) ?? (await afterEnd());
  // The issuer still knows the user, and the API does not: the account was suspended, or never was.
  const second = await sent(again, fresh);
  if (second.status === 401) told("revoked");
  return second;
}

function afterEnd(): Promise<string> {
  told("expired");
  return tokenAgain();
}

async function sent(request: Request, token: string): Promise<Response> {
  request.headers.set("Authorization", `Bearer ${token}`);
  try {
    return await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, { type: "urn:reeve:problem:unreachable" });
  }
}

const problems: Middleware = {
  async onResponse({ response }) {
    if (!response.ok) {
      const error = await errorOf(response);
      // A role may have been taken away while the page was open; who this user is now, is asked anew.
      if (error.status === 403 && error.kind !== "terms-not-accepted" && !response.url.endsWith("/api/me")) told("refused");
      throw error;
    }
    return undefined;
  },
};

export async function errorOf(response: Response): Promise<ApiError> {
  let problem: Partial<ProblemDetail> = {};
  try {
    problem = (await response.json()) as ProblemDetail;
  } catch {
    // A proxy answered, not the API.
  }
  const error = new ApiError(response.status, problem, Number(response.headers.get("Retry-After")) || undefined);
  if (error.kind === "terms-not-accepted") told("terms");
  return error;
}

function make() {
  const made = createClient<paths>({ baseUrl: settings().api || location.origin, fetch: authorised });
  made.use(problems);
  return made;
}

let made: ReturnType<typeof make> | undefined;

/** The typed client: `await ok(api().GET("/api/alerts"))`. */
export function api(): ReturnType<typeof make> {
  made ??= make();
  return made;
}

/** The value of an answer; what is no value has been thrown already. */
export async function ok<T>(call: Promise<{ data?: T; response: Response }>): Promise<T> {
  return (await call).data as T;
}

/** The value and its ETag, for those who will change it. */
export async function withEtag<T>(call: Promise<{ data?: T; response: Response }>): Promise<{ value: T; etag: string }> {
  const { data, response } = await call;
  return { value: data as T, etag: response.headers.get("ETag") ?? "" };
}

export const freshKey = (): string => crypto.randomUUID();
