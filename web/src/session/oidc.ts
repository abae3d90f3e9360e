/**
 * Signing in with OpenID Connect: authorization code flow with PKCE (RFC 7636), the same for every issuer.
 *
 * Tokens live in this module's memory and nowhere else: a reload signs in anew, and no script of a later page finds any.
 * Only what the redirect needs (state, nonce, verifier) waits in sessionStorage, and is taken out once.
 */
import * as oauth from "oauth4webapi";
import { settings } from "../settings";

interface Tokens {
  access: string;
  id: string | undefined;
  refresh: string | undefined;
  /** Milliseconds since 1970. */
  expires: number;
}

interface Pending {
  state: string;
  nonce: string;
  verifier: string;
  returnTo: string;
}

const PENDING = "reeve.signin";
const BESIDE = "reeve.signin.beside";
const HEARD_MS = 2000;
const RENEW_BEFORE_MS = 60_000;

let tokens: Tokens | undefined;
let server: Promise<oauth.AuthorizationServer> | undefined;
let renewing: Promise<string | undefined> | undefined;
/** Who is at work on this page, as the issuer names them. It outlives their tokens. */
let person: string | undefined;
let ended: { promise: Promise<string>; resolve: (token: string) => void } | undefined;
let attempt: AbortController | undefined;

const redirectUri = () => `${location.origin}/signed-in`;
const client = (): oauth.Client => ({ client_id: settings().clientId });

/** Plain http only where the issuer is this machine. */
const transport = () => ({ [oauth.allowInsecureRequests]: new URL(settings().issuer).protocol === "http:" });

function discovered(): Promise<oauth.AuthorizationServer> {
  server ??= (async () => {
    const issuer = new URL(settings().issuer);
    return oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, transport()));
  })();
  server.catch(() => (server = undefined));
  return server;
}

/** Where to send somebody who signs in, and what has to be known when they come back. */
async function question(returnTo: string): Promise<{ at: URL; pending: Pending }> {
  const verifier = oauth.generateRandomCodeVerifier();
  const pending: Pending = { state: oauth.generateRandomState(), nonce: oauth.generateRandomNonce(), verifier, returnTo };
  const at = new URL((await discovered()).authorization_endpoint!);
  at.search = new URLSearchParams({
    client_id: settings().clientId,
    redirect_uri: redirectUri(),
    response_type: "code",
    scope: settings().scope,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    state: pending.state,
    nonce: pending.nonce,
  }).toString();
  return { at, pending };
}

/** Leaves the page for the issuer's own. */
export async function signIn(returnTo: string): Promise<void> {
  const { at, pending } = await question(returnTo);
  sessionStorage.setItem(PENDING, JSON.stringify(pending));
  location.assign(at);
}

/** Comes back from the issuer. Returns the path to go on at. */
export async function completeSignIn(url: URL): Promise<string> {
  const kept = sessionStorage.getItem(PENDING);
  sessionStorage.removeItem(PENDING);
  if (!kept) throw new Error("no sign-in was begun here");
  const pending = JSON.parse(kept) as Pending;
  const answer = await exchanged(url, pending);
  person = oauth.getValidatedIdTokenClaims(answer)?.sub;
  keep(answer);
  return pending.returnTo;
}

async function exchanged(url: URL, pending: Pending): Promise<oauth.TokenEndpointResponse> {
  const issuer = await discovered();
  const parameters = oauth.validateAuthResponse(issuer, client(), url, pending.state);
  const answer = await oauth.authorizationCodeGrantRequest(
    issuer, client(), oauth.None(), parameters, redirectUri(), pending.verifier, transport(),
  );
  return oauth.processAuthorizationCodeResponse(issuer, client(), answer, { expectedNonce: pending.nonce });
}

/**
 * Signs in again in a window beside the page, which so keeps what is written on it; the verifier never leaves this memory.
 * Whether it is the same person. Another person's tokens are not kept: nothing is ever sent in their name from this page.
 */
export async function signInAgain(): Promise<boolean> {
  attempt?.abort();
  const mine = (attempt = new AbortController());
  // Before anything is waited for: a browser opens windows only while a press of a button is fresh.
  const beside = window.open("", "_blank", "popup,width=520,height=760");
  if (!beside) throw new WindowRefused();
  const { at, pending } = await question("");
  beside.location.replace(at);
  const answer = await exchanged(await cameBack(pending.state, mine.signal), pending);
  if (oauth.getValidatedIdTokenClaims(answer)?.sub !== person) return false;
  keep(answer);
  ended?.resolve(answer.access_token);
  ended = undefined;
  return true;
}

/** The browser opened no window. */
export class WindowRefused extends Error {}

function cameBack(state: string, signal: AbortSignal): Promise<URL> {
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(BESIDE);
    signal.addEventListener("abort", () => channel.close());
    channel.onmessage = ({ data }: MessageEvent<string>) => {
      // The other side's word that it was heard is no address.
      if (!URL.canParse(data)) return;
      const url = new URL(data);
      if (url.searchParams.get("state") !== state) return;
      channel.postMessage(state);
      channel.close();
      resolve(url);
    };
  });
}

/** In the window beside: gives what the issuer answered to the page that waits for it. Whether one does. */
export function handedOver(url: URL): Promise<boolean> {
  const state = url.searchParams.get("state") ?? "";
  if (!state || sessionStorage.getItem(PENDING)?.includes(state)) return Promise.resolve(false);
  return new Promise((resolve) => {
    const channel = new BroadcastChannel(BESIDE);
    const end = (heard: boolean) => {
      clearTimeout(timer);
      channel.close();
      resolve(heard);
    };
    const timer = setTimeout(() => end(false), HEARD_MS);
    channel.onmessage = ({ data }: MessageEvent<string>) => data === state && end(true);
    channel.postMessage(url.href);
  });
}

/** A token when the same person has signed in again. It never comes otherwise: the page ends then. */
export function tokenAgain(): Promise<string> {
  if (!ended) {
    let resolve: (token: string) => void = () => undefined;
    ended = { promise: new Promise<string>((back) => (resolve = back)), resolve: (token) => resolve(token) };
  }
  return ended.promise;
}

/** A token that is good for a while yet, renewed if need be; undefined when somebody has to sign in. */
export async function accessToken(): Promise<string | undefined> {
  if (tokens && tokens.expires - Date.now() > RENEW_BEFORE_MS) return tokens.access;
  return renewed();
}

export function isSignedIn(): boolean {
  return tokens !== undefined;
}

/** One renewal at a time: a refresh token is good once. */
export function renewed(): Promise<string | undefined> {
  renewing ??= renew().finally(() => (renewing = undefined));
  return renewing;
}

async function renew(): Promise<string | undefined> {
  const before = tokens;
  if (!before?.refresh) {
    tokens = undefined;
    return undefined;
  }
  try {
    const issuer = await discovered();
    const answer = await oauth.refreshTokenGrantRequest(issuer, client(), oauth.None(), before.refresh, transport());
    keep(await oauth.processRefreshTokenResponse(issuer, client(), answer), before);
    return tokens?.access;
  } catch (error) {
    // Away is not the same as over: without a network the old token is tried until the API says no.
    if (error instanceof TypeError) return before.access;
    tokens = undefined;
    return undefined;
  }
}

function keep(answer: oauth.TokenEndpointResponse, before?: Tokens): void {
  tokens = {
    access: answer.access_token,
    id: answer.id_token ?? before?.id,
    refresh: answer.refresh_token ?? before?.refresh,
    expires: Date.now() + 1000 * (answer.expires_in ?? 300),
  };
}

/** Forgets the tokens, then has the issuer end its own session. */
export async function signOut(): Promise<void> {
  const hint = tokens?.id;
  tokens = undefined;
  const at = (await discovered()).end_session_endpoint;
  if (!at) return location.assign("/");
  const target = new URL(at);
  target.searchParams.set("post_logout_redirect_uri", `${location.origin}/`);
  target.searchParams.set("client_id", settings().clientId);
  if (hint) target.searchParams.set("id_token_hint", hint);
  location.assign(target);
}
