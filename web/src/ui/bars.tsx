/** Bars with their values written beside them; the same as a list for those who cannot see it. */
import { scaleLinear } from "d3-scale";
import { useFormats } from "../i18n/format";

const WIDTH = 640;
const LABEL = 150;
const ROW = 26;

export function Bars({ rows, label }: { rows: readonly { name: string; value: number }[]; label: string }) {
  const { number } = useFormats();
  const length = scaleLinear([0, Math.max(1, ...rows.map((row) => row.value))], [0, WIDTH - LABEL - 60]);
  const height = rows.length * ROW + 4;
  return (
    <svg className="bars" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={`${label}: ${rows.map((row) => `${row.name} ${number(row.value)}`).join(", ")}`}>
      {rows.map((row, index) => (
        <g key={row.name} transform={`translate(0 ${index * ROW})`}>
          <text x={LABEL - 8} y={ROW / 2 + 5} textAnchor="end">{row.name}</text>
          <rect x={LABEL} y={4} width={length(row.value)} height={ROW - 8} rx={3} />
          <text x={LABEL + length(row.value) + 6} y={ROW / 2 + 5}>{number(row.value)}</text>
        </g>
      ))}
    </svg>
  );
}
