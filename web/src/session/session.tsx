/** Who is signed in, and what became of it: every way that a session ends has its own screen. */
import { useQueryClient } from "@tanstack/react-query";
import { createContext, useCallback, useContext, useEffect, useMemo, useRef, useState, type ReactNode } from "react";
import { navigate } from "wouter/use-browser-location";
import { api, ApiError, ok, onSessionEnd, type Schemas } from "../api/client";
import { completeSignIn, handedOver, isSignedIn, signIn } from "./oidc";

export type Me = Schemas["MeView"];
export type Role = Schemas["Role"];
export type Purpose = Schemas["Purpose"];

export type State =
  | { is: "out" }
  | { is: "entering" }
  | { is: "beside" }
  | { is: "failed"; away: boolean }
  | { is: "stranger" }
  | { is: "terms" }
  | { is: "revoked" }
  | { is: "in"; me: Me; ended: boolean };

interface Session {
  me: Me;
  purpose: Purpose;
  setPurpose: (purpose: Purpose) => void;
  has: (...roles: Role[]) => boolean;
  siteName: (id: string | null | undefined) => string;
  /** Asks the API again what this user may do; shows that access is gone if it is. */
  check: () => Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("nobody is signed in");
  return session;
}

export function useEntry() {
  const [state, setState] = useState<State>(() => (location.pathname === "/signed-in" ? { is: "entering" } : { is: "out" }));
  const queries = useQueryClient();
  const known = useRef("");

  const enter = useCallback(async () => {
    try {
      const me = await ok(api().GET("/api/me"));
      const roles = me.roles.join();
      // What was read in another role is not shown any longer.
      if (known.current && known.current !== roles) void queries.resetQueries();
      known.current = roles;
      setState(me.termsAccepted ? { is: "in", me, ended: false } : { is: "terms" });
    } catch (error) {
      const status = error instanceof ApiError ? error.status : 0;
      if (status === 403 || status === 404) {
        setState((before) => (before.is === "in" ? { is: "revoked" } : { is: "stranger" }));
        queries.clear();
      } else if (status !== 401) setState((before) => (before.is === "in" ? before : { is: "failed", away: true }));
      else setState((before) => (before.is === "entering" ? { is: "out" } : before));
    }
  }, [queries]);

  const begin = useCallback(() => {
    const here = location.pathname === "/signed-in" ? "/" : location.pathname + location.search;
    setState((before) => (before.is === "in" ? before : { is: "entering" }));
    void signIn(here).catch(() => setState({ is: "failed", away: true }));
  }, []);

  useEffect(() => {
    onSessionEnd((why) => {
      if (why === "terms") setState({ is: "terms" });
      else if (why === "refused") void enter();
      else if (why === "revoked") {
        setState((before) => (before.is === "in" ? { is: "revoked" } : { is: "stranger" }));
        queries.clear();
      } else setState((before) => (before.is === "in" ? { ...before, ended: true } : { is: "out" }));
    });
  }, [queries, enter]);

  useEffect(() => {
    if (location.pathname !== "/signed-in" || isSignedIn()) return;
    const url = new URL(location.href);
    // The code is spent at once and leaves the address bar and the history before anything else happens.
    history.replaceState(null, "", "/");
    handedOver(url)
      .then(async (beside) => {
        if (beside) {
          setState({ is: "beside" });
          return window.close();
        }
        navigate(await completeSignIn(url), { replace: true });
        await enter();
      })
      .catch((error: unknown) => setState({ is: "failed", away: error instanceof TypeError }));
  }, [enter]);

  return { state, enter, begin };
}

const PURPOSES: Record<Role, Purpose> = {
  reporter: "PREVENT_RISK",
  investigator: "INVESTIGATE",
  officer: "INVESTIGATE",
  privacy_officer: "INVESTIGATE",
  org_admin: "PREVENT_RISK",
  auditor: "PREVENT_RISK",
  operator: "PREVENT_RISK",
};
const BY_RANK: Role[] = ["investigator", "officer", "privacy_officer", "reporter", "org_admin", "auditor", "operator"];

export function SessionProvider({ me, check, children }: { me: Me; check: () => Promise<void>; children: ReactNode }) {
  const roles = me.roles as Role[];
  const first = BY_RANK.find((role) => roles.includes(role)) ?? "reporter";
  const [purpose, setPurpose] = useState<Purpose>(PURPOSES[first]);
  const value = useMemo<Session>(
    () => ({
      me,
      purpose,
      setPurpose,
      has: (...wanted) => wanted.some((role) => me.roles.includes(role)),
      siteName: (id) => me.sites.find((site) => site.id === id)?.name ?? "",
      check,
    }),
    [me, purpose, check],
  );
  return <Context value={value}>{children}</Context>;
}
