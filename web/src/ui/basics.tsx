/** The parts that every page is made of. Plain elements first: the browser knows how to make them accessible. */
import { useEffect, useId, useRef, type ComponentProps, type ReactNode } from "react";
import { Link } from "wouter";
import { useText } from "../i18n";

export function Page({ title, lead, actions, children }: { title: string; lead?: ReactNode; actions?: ReactNode; children: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { app } = useText();
  useEffect(() => {
    document.title = `${title} · ${app.name}`;
  }, [title, app.name]);
  // Whoever follows a link with a screen reader is told where it led.
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <header className="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>{title}</h1>
          {lead && <p className="lead">{lead}</p>}
        </div>
        {actions && <div className="actions">{actions}</div>}
      </header>
      {children}
    </>
  );
}

export function Section({ title, actions, children, className = "" }: { title: string; actions?: ReactNode; children: ReactNode; className?: string }) {
  const id = useId();
  return (
    <section className={`card ${className}`} aria-labelledby={id}>
      <div className="section-head">
        <h2 id={id}>{title}</h2>
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

type ButtonProps = ComponentProps<"button"> & { look?: "plain" | "primary" | "danger" | "quiet"; busy?: boolean };

export function Button({ look = "plain", busy = false, disabled, children, ...rest }: ButtonProps) {
  return (
    <button type="button" {...rest} className={`button ${look} ${rest.className ?? ""}`} disabled={disabled || busy} aria-busy={busy || undefined}>
      {children}
    </button>
  );
}

export function ButtonLink({ to, look = "plain", children }: { to: string; look?: "plain" | "primary" | "quiet"; children: ReactNode }) {
  return <Link href={to} className={`button ${look}`}>{children}</Link>;
}

export function Badge({ tone = "neutral", children }: { tone?: "neutral" | "good" | "warn" | "bad" | "info"; children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export function Notice({ tone = "info", title, children, role }: { tone?: "info" | "warn" | "bad" | "good"; title?: string; children?: ReactNode; role?: "alert" | "status" }) {
  return (
    <div className={`notice ${tone}`} role={role}>
      {title && <p className="notice-title">{title}</p>}
      {children}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <div>{children}</div>}
    </div>
  );
}

/** Name and value pairs; a pair without a value is left out. */
export function Facts({ rows }: { rows: readonly (readonly [string, ReactNode])[] }) {
  return (
    <dl className="facts">
      {rows.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What the server said in words of its own, which are English whatever the page speaks. */
export function Server({ children }: { children: ReactNode }) {
  return <span lang="en">{children}</span>;
}

/** For what may be wider than the screen: the keyboard can scroll it as well. */
export const scrolling = { className: "scroll", role: "group", tabIndex: 0 } as const;
