/** Bars with their values written beside them; the same as a list for those who cannot see it. */
import { scaleLinear } from "d3-scale";
import { useFormats } from "../i18n/format";

const WIDTH = 640;
const LABEL = 150;
const ROW = 26;

interface Row {
  name: string;
  value: number;
  /** Whether something of it is not told. */
  partly: boolean;
}

export function Bars({ rows, label, untold }: { rows: readonly Row[]; label: string; untold: string }) {
  const { number } = useFormats();
  const length = scaleLinear([0, Math.max(1, ...rows.map((row) => row.value))], [0, WIDTH - LABEL - 60]);
  const said = ({ value, partly }: Row) => (partly ? `${value > 0 ? `${number(value)} + ` : ""}•` : number(value));
  const read = ({ value, partly }: Row) => (partly ? `${value > 0 ? `${number(value)}, ` : ""}${untold}` : number(value));
  const height = rows.length * ROW + 4;
  return (
    <svg className="bars" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${label}: ${rows.map((row) => `${row.name} ${read(row)}`).join(", ")}`}>
      {rows.map((row, index) => (
        <g key={row.name} transform={`translate(0 ${index * ROW})`}>
          <text x={LABEL - 8} y={ROW / 2 + 5} textAnchor="end">{row.name}</text>
          <rect x={LABEL} y={4} width={length(row.value)} height={ROW - 8} rx={3} />
          <text x={LABEL + length(row.value) + 6} y={ROW / 2 + 5}>{said(row)}</text>
        </g>
      ))}
    </svg>
  );
}
