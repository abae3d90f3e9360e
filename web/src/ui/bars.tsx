/** Bars with their values written beside them; the same as a list for those who cannot see it. */
import { scaleLinear } from "d3-scale";
import { useFormats } from "../i18n/format";
import { useWidth } from "./width";

const WIDEST = 740;
const ROW = 26;

interface Row {
  name: string;
  value: number;
  /** Whether something of it is not told. */
  partly: boolean;
}

export function Bars({ rows, label, untold }: { rows: readonly Row[]; label: string; untold: string }) {
  const { number } = useFormats();
  const [frame, wide] = useWidth<HTMLDivElement>(640);
  const width = Math.min(WIDEST, wide);
  const begin = Math.min(150, Math.round(width * 0.34));
  const length = scaleLinear([0, Math.max(1, ...rows.map((row) => row.value))], [0, width - begin - 60]);
  const said = ({ value, partly }: Row) => (partly ? `${value > 0 ? `${number(value)} + ` : ""}•` : number(value));
  const read = ({ value, partly }: Row) => (partly ? `${value > 0 ? `${number(value)}, ` : ""}${untold}` : number(value));
  const height = rows.length * ROW + 4;
  return (
    <div ref={frame}>
      <svg className="bars" width={width} height={height} role="img" aria-label={`${label}: ${rows.map((row) => `${row.name} ${read(row)}`).join(", ")}`}>
        {rows.map((row, index) => (
          <g key={row.name} transform={`translate(0 ${index * ROW})`}>
            <text x={begin - 8} y={ROW / 2 + 5} textAnchor="end">{row.name}</text>
            <rect x={begin} y={4} width={length(row.value)} height={ROW - 8} rx={3} />
            <text x={begin + length(row.value) + 6} y={ROW / 2 + 5}>{said(row)}</text>
          </g>
        ))}
      </svg>
    </div>
  );
}
