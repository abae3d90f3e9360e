/** A decision in a sentence: what will happen, or what did. */
import { useText } from "../../i18n";
import type { Decision } from "./case";

export function useSaid(done = false) {
  const { answering: text } = useText();
  return (decision: Decision): string => {
    const { disclose, act = "nothing" } = decision;
    const ground = text.grounded[decision.exemption ?? ""] ?? decision.exemption ?? "";
    const told =
      disclose === "not_theirs" ? text.saidNotTheirs
      : disclose === "give" ? text.saidGiven((decision.redact?.length ?? 0) + (decision.leaveOut?.length ?? 0))
      : decision.neither ? text.saidNeither
      : text.saidWithheld(ground);
    return act === "nothing" ? told : `${told} ${(done ? text.wasDone : text.willBe)[act]}`;
  };
}
