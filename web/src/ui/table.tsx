/** A table that is a list of cards where the screen is narrow. Browsers keep what its cells mean. */
import type { ReactNode } from "react";

export interface Line {
  id: string;
  /** The first names the line. */
  cells: readonly ReactNode[];
}

export function Table({ columns, lines, caption, label }: { columns: readonly string[]; lines: readonly Line[]; caption?: ReactNode; label?: string }) {
  return (
    <div className="as-cards">
      <table aria-label={label}>
        {caption && <caption>{caption}</caption>}
        <thead><tr>{columns.map((name) => (name ? <th key={name} scope="col">{name}</th> : <td key="" />))}</tr></thead>
        <tbody>
          {lines.map(({ id, cells: [first, ...rest] }) => (
            <tr key={id}>
              <th scope="row">{first}</th>
              {rest.map((cell, place) => <td key={place} data-label={columns[place + 1]}>{cell}</td>)}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
