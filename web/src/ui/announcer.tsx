/** Short messages that are seen for a moment and read out. */
import { createContext, useCallback, useContext, useRef, useState, type ReactNode } from "react";

const SHOWN_MS = 6000;
const Context = createContext<(message: string) => void>(() => undefined);

export function Announcer({ children }: { children: ReactNode }) {
  const [message, setMessage] = useState("");
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const say = useCallback((text: string) => {
    clearTimeout(timer.current);
    setMessage(text);
    timer.current = setTimeout(() => setMessage(""), SHOWN_MS);
  }, []);
  return (
    <Context value={say}>
      {children}
      <div className="announcer" role="status" aria-live="polite">{message && <p>{message}</p>}</div>
    </Context>
  );
}

export const useAnnounce = () => useContext(Context);
