/** A session that ended over an open page: what is written stays in the page's memory, out of sight, until its writer is back. */
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";
import { useText } from "../i18n";
import { useFormats } from "../i18n/format";
import { Button, Notice } from "../ui/basics";
import { Dialog } from "../ui/dialog";
import { signIn, signInAgain, signOut, WindowRefused } from "./oidc";

const KEPT_MINUTES = 30;

export function Ended({ enter, begin }: { enter: () => Promise<void>; begin: () => void }) {
  const { session: text } = useText();
  const { number } = useFormats();
  useOutOfSight();
  useForgetting();
  const again = useMutation({
    // Whoever else signs in gets a page of their own, with nothing of this one.
    mutationFn: async () => ((await signInAgain()) ? enter() : signIn("/")),
  });
  const refused = again.error instanceof WindowRefused;
  return (
    <Dialog open title={text.expired} className="session-ended">
      <p>{text.expiredWhy(number(KEPT_MINUTES))}</p>
      <p className="hint">{text.expiredOther}</p>
      {again.error && <Notice tone="warn" role="alert" title={refused ? text.noWindow : text.failed}>{refused ? text.noWindowWhy : text.issuerAway}</Notice>}
      <div className="actions">
        <Button look="primary" onClick={() => again.mutate()}>{text.signIn}</Button>
        {refused && <Button onClick={begin}>{text.here}</Button>}
        <Button onClick={() => void signOut()}>{text.forget}</Button>
      </div>
    </Dialog>
  );
}

/** Till and back office are shared: what was open is seen by nobody who comes by. */
function useOutOfSight(): void {
  useEffect(() => {
    const { classList } = document.documentElement;
    classList.add("out-of-sight");
    return () => classList.remove("out-of-sight");
  }, []);
}

/** By the clock and not by a timer alone, which sleeps with the device. */
function useForgetting(): void {
  useEffect(() => {
    const until = Date.now() + KEPT_MINUTES * 60_000;
    const forget = () => Date.now() >= until && location.replace("/");
    const timer = setInterval(forget, 10_000);
    addEventListener("focus", forget);
    return () => {
      clearInterval(timer);
      removeEventListener("focus", forget);
    };
  }, []);
}
