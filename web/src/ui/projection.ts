/** A few dozen kilometres on a flat sheet: each degree as long as it is at the middle of what is shown, north up. */
export interface Point {
  latitude: number;
  longitude: number;
}

export const KM_PER_DEGREE = 111.2;
const LEAST_KM = 2;

/** `place` gives pixels from the top left; `pixelsPerKm` is the same in both directions. */
export function projection(points: readonly Point[], width: number, height: number, margin: number) {
  const middle = (values: number[]) => (Math.min(...values) + Math.max(...values)) / 2;
  const latitude = middle(points.map((point) => point.latitude)), longitude = middle(points.map((point) => point.longitude));
  const shrink = Math.cos((latitude * Math.PI) / 180);
  const east = (point: Point) => (point.longitude - longitude) * KM_PER_DEGREE * shrink;
  const north = (point: Point) => (point.latitude - latitude) * KM_PER_DEGREE;
  const wide = Math.max(LEAST_KM, 2 * Math.max(...points.map((point) => Math.abs(east(point)))));
  const high = Math.max(LEAST_KM, 2 * Math.max(...points.map((point) => Math.abs(north(point)))));
  const pixelsPerKm = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high);
  return {
    pixelsPerKm,
    place: (point: Point) => [width / 2 + east(point) * pixelsPerKm, height / 2 - north(point) * pixelsPerKm] as const,
  };
}

/** The longest of 1, 2, 5, 10, … kilometres that is at most `pixels` long. */
export function scaleBar(pixelsPerKm: number, pixels: number): { km: number; length: number } {
  const most = pixels / pixelsPerKm;
  const power = 10 ** Math.floor(Math.log10(most));
  const km = ([5, 2, 1].find((step) => step * power <= most) ?? 1) * power;
  return { km, length: km * pixelsPerKm };
}
