// The rosette of docs/formats/rosette.md: all integers, so that paper and every screen show the same figure.

const TURN = 4096;
const UNIT = 10_000;

export function rosettePath(digest) {
  const b = Array.from({ length: 16 }, (_, place) => digest[place] ^ digest[place + 16]);
  const between = (byte, low, high) => low + Math.floor((byte * (high - low)) / 255);
  const third = (lobes) => Math.floor((lobes * 2) / 5);
  const mesh = 15 + (b[0] % 8);
  const hole = between(b[2], 1900, 3900);
  const outer = wave(mesh, between(b[1], Math.floor(mesh / 5), third(mesh)), 4900, hole, false);
  const star = 9 + (b[3] % 6);
  const heart = between(b[6], 600, 1800);
  const peak = between(b[5], hole - 300, Math.min(hole + 1500, 4600));
  const middle = wave(star, between(b[4], 3, third(star)), peak, heart, b[11] % 2 === 1);
  const core = between(b[9], heart, heart + 900);
  return outer + middle + wave(5 + (b[7] % 6), 2 + (b[8] % 2), core, between(b[10], 200, 600), b[12] % 2 === 1);
}

function wave(lobes, least, peak, trough, turned) {
  let turns = least;
  while (commonFactor(lobes, turns) !== 1) turns += 1;
  const step = cosine(Math.floor((turns * TURN) / (2 * lobes)));
  const divisor = 9 * UNIT * UNIT - step * step;
  let outer = Math.floor((4 * UNIT * (3 * UNIT * peak - step * trough)) / divisor);
  let inner = Math.floor((4 * UNIT * (3 * UNIT * trough - step * peak)) / divisor);
  if (inner < Math.floor(outer / 5)) {
    outer = Math.floor((20 * UNIT * peak) / (15 * UNIT + step));
    inner = Math.floor(outer / 5);
  }
  const offset = turned ? Math.floor(TURN / (2 * lobes)) : 0;
  const points = Array.from({ length: 2 * lobes }, (_, place) => {
    const angle = offset + Math.floor((place * turns * TURN + lobes) / (2 * lobes));
    const radius = place % 2 ? inner : outer;
    return [fifths(radius * cosine(angle)), fifths(radius * sine(angle))];
  });
  return spline(points);
}

function commonFactor(one, other) {
  return other === 0 ? one : commonFactor(other, one % other);
}

function sine(angle) {
  return Math.round(UNIT * Math.sin((2 * Math.PI * (angle % TURN)) / TURN));
}

function cosine(angle) {
  return sine(angle + TURN / 4);
}

function fifths(product) {
  return 250 + Math.floor((product + 100_000) / 200_000);
}

function spline(points) {
  const at = (place) => points[(place + points.length) % points.length];
  const apart = (one, other) => pair(one[0] - other[0], one[1] - other[1]);
  const start = pair(at(-1)[0] + at(0)[0], at(-1)[1] + at(0)[1]).trimStart();
  const first = (apart(at(0), at(-1)) + apart(at(1), at(-1))).trimStart();
  const steps = points.slice(1).map((_, place) => apart(at(place + 2), at(place)));
  return `M${start}q${first}t${steps.join("").trimStart()}z`;
}

function pair(x, y) {
  return [x, y].map((tenths) => {
    const whole = Math.floor(Math.abs(tenths) / 10);
    const tenth = Math.abs(tenths) % 10;
    return `${tenths < 0 ? "-" : " "}${tenth ? `${whole || ""}.${tenth}` : whole}`;
  }).join("");
}
