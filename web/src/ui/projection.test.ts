import { expect, test } from "vitest";
import { KM_PER_DEGREE, projection, scaleBar } from "./projection";

const SITES = [{ latitude: 50.7, longitude: -1.9 }, { latitude: 51.1, longitude: -1.2 }, { latitude: 50.9, longitude: -1.6 }];

test("north is up, east is right, everything inside, a kilometre as long in both directions", () => {
  const { place, pixelsPerKm } = projection(SITES, 600, 400, 40);
  const [southWest, northEast] = [place(SITES[0]!), place(SITES[1]!)];
  expect(northEast[0]).toBeGreaterThan(southWest[0]);
  expect(northEast[1]).toBeLessThan(southWest[1]);
  for (const [x, y] of SITES.map(place)) {
    expect(x).toBeGreaterThanOrEqual(39.9);
    expect(x).toBeLessThanOrEqual(560.1);
    expect(y).toBeGreaterThanOrEqual(39.9);
    expect(y).toBeLessThanOrEqual(360.1);
  }
  const km = { north: 0.4 * KM_PER_DEGREE, east: 0.7 * KM_PER_DEGREE * Math.cos((50.9 * Math.PI) / 180) };
  expect(southWest[1] - northEast[1]).toBeCloseTo(km.north * pixelsPerKm, 5);
  expect(northEast[0] - southWest[0]).toBeCloseTo(km.east * pixelsPerKm, 5);
});

test("one site is in the middle, and its surroundings are some kilometres", () => {
  const { place, pixelsPerKm } = projection([SITES[0]!], 600, 400, 40);
  expect(place(SITES[0]!)).toEqual([300, 200]);
  expect(pixelsPerKm).toBe(160);
});

test.each([[1, 100, 100], [2.5, 100, 20], [160, 100, 0.5], [0.3, 90, 200]])("a scale bar has a round length: %f px per km, %f px", (per, most, km) => {
  const bar = scaleBar(per, most);
  expect(bar.km).toBeCloseTo(km, 9);
  expect(bar.length).toBeLessThanOrEqual(most);
});
