/** Fields of forms: a label, a hint, an error that is read out with the field. */
import { useId, type ComponentProps, type ReactNode } from "react";
import { useText } from "../i18n";

interface Framed {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
}

function Frame({ id, label, hint, error, optional, children }: Framed & { id: string; children: ReactNode }) {
  const { app } = useText();
  return (
    <div className={`field ${error ? "wrong" : ""}`}>
      <label htmlFor={id}>
        {label}
        {optional && <span className="optional"> ({app.optional})</span>}
      </label>
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
      {children}
      {error && <p className="error" id={`${id}-error`}>{error}</p>}
    </div>
  );
}

const described = (id: string, { hint, error }: Framed) =>
  [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ") || undefined;

function split<P extends Framed>({ label, hint, error, optional, ...rest }: P) {
  return [{ label, hint, error, optional }, rest] as const;
}

export function TextField(props: Framed & ComponentProps<"input">) {
  const id = useId();
  const [frame, rest] = split(props);
  return (
    <Frame id={id} {...frame}>
      <input id={id} aria-describedby={described(id, frame)} aria-invalid={!!frame.error || undefined} autoComplete="off" {...rest} />
    </Frame>
  );
}

export function TextArea(props: Framed & ComponentProps<"textarea">) {
  const id = useId();
  const [frame, rest] = split(props);
  return (
    <Frame id={id} {...frame}>
      <textarea id={id} rows={4} aria-describedby={described(id, frame)} aria-invalid={!!frame.error || undefined} {...rest} />
    </Frame>
  );
}

export type Options = readonly (readonly [string, string])[];

export function Select(props: Framed & ComponentProps<"select"> & { options: Options }) {
  const id = useId();
  const [frame, { options, ...rest }] = split(props);
  return (
    <Frame id={id} {...frame}>
      <select id={id} aria-describedby={described(id, frame)} aria-invalid={!!frame.error || undefined} {...rest}>
        {options.map(([value, text]) => <option key={value} value={value}>{text}</option>)}
      </select>
    </Frame>
  );
}

export function Checkbox({ label, hint, ...rest }: { label: ReactNode; hint?: ReactNode } & ComponentProps<"input">) {
  const id = useId();
  return (
    <div className="check">
      <input id={id} type="checkbox" aria-describedby={hint ? `${id}-hint` : undefined} {...rest} />
      <label htmlFor={id}>{label}</label>
      {hint && <p className="hint" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

/** One of few, all in sight: big enough for a thumb. */
export function Choices({ legend, name, options, value, onChange, hint, error }: {
  legend: string; name: string; options: Options; value: string; onChange: (value: string) => void; hint?: string; error?: string | undefined;
}) {
  const id = useId();
  return (
    <fieldset className="choices" aria-describedby={error ? `${id}-error` : undefined}>
      <legend>{legend}</legend>
      {hint && <p className="hint">{hint}</p>}
      <div>
        {options.map(([key, text]) => (
          <label key={key} className={value === key ? "chosen" : ""}>
            <input type="radio" name={name} value={key} checked={value === key} onChange={() => onChange(key)} />
            <span>{text}</span>
          </label>
        ))}
      </div>
      {error && <p className="error" id={`${id}-error`}>{error}</p>}
    </fieldset>
  );
}

/** Any of few. */
export function Several({ legend, options, value, onChange, hint }: {
  legend: string; options: Options; value: readonly string[]; onChange: (value: string[]) => void; hint?: string;
}) {
  return (
    <fieldset className="choices">
      <legend>{legend}</legend>
      {hint && <p className="hint">{hint}</p>}
      <div>
        {options.map(([key, text]) => (
          <label key={key} className={value.includes(key) ? "chosen" : ""}>
            <input
              type="checkbox"
              value={key}
              checked={value.includes(key)}
              onChange={(event) => onChange(event.target.checked ? [...value, key] : value.filter((each) => each !== key))}
            />
            <span>{text}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** `2026-11-28T14:30` of a datetime-local field, in the device's zone. */
export const localValue = (moment: Date): string =>
  new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
