/** A decision in a sentence. */
import { useText } from "../../i18n";
import type { Decision, Records } from "./case";

export function useSaid(exemptions: Records["exemptions"]) {
  const { answering: text } = useText();
  return (decision: Decision): string => {
    const { disclose, act = "nothing" } = decision;
    const ground = exemptions.find((each) => each.code === decision.exemption)?.says ?? decision.exemption ?? "";
    const told =
      disclose === "not_theirs" ? text.saidNotTheirs
      : disclose === "give" ? text.saidGiven((decision.redact?.length ?? 0) + (decision.leaveOut?.length ?? 0))
      : decision.neither ? text.saidNeither
      : text.saidWithheld(ground);
    return act === "nothing" ? told : `${told} ${text.willBe[act]}`;
  };
}
