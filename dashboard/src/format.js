// Human-readable numbers: [text, unit], so that the unit can be set smaller, or one string.

const locale = "en";
const kNone = ["–", ""];

function digits(value, significant = 3) {
  return new Intl.NumberFormat(locale, {
    maximumSignificantDigits: Math.max(significant, String(Math.trunc(Math.abs(value))).length),
  }).format(value);
}

function scaled(value, step, units) {
  let power = 0;
  // 999.6 would be shown as 1,000 of the smaller unit.
  while (power < units.length - 1 && Math.abs(value) >= step * 0.9995) {
    value /= step;
    ++power;
  }
  return [digits(value), units[power]];
}

const isNone = (value) => value === null || value === undefined || Number.isNaN(value);

export const parts = {
  rate: (value) => {
    if (isNone(value)) return kNone;
    return scaled(value < 10 ? Math.round(value * 10) / 10 : Math.round(value), 1000,
      ["/s", "k/s", "M/s", "G/s"]);
  },
  count: (value) => {
    if (isNone(value)) return kNone;
    return value < 10_000 ? [digits(value), ""] : scaled(value, 1000, ["", "k", "M", "G", "T"]);
  },
  percent: (value) => {
    if (isNone(value)) return kNone;
    // Never 100 % if there was a miss, nor 0 % if there was a hit.
    const shown = value > 0.9995 && value < 1 ? 0.999 : value > 0 && value < 0.0005 ? 0.001 : value;
    return [(shown * 100).toFixed(shown === 1 || shown === 0 ? 0 : 1), "%"];
  },
  bytes: (value) => {
    if (isNone(value)) return kNone;
    return scaled(value, 1024, ["B", "KB", "MB", "GB", "TB"]);
  },
  byteRate: (value) => {
    if (isNone(value)) return kNone;
    return scaled(Math.round(value), 1024, ["B/s", "KB/s", "MB/s", "GB/s"]);
  },
  microseconds: (value) => (isNone(value) ? kNone : scaled(value, 1000, ["µs", "ms", "s"])),
  seconds: (value) => {
    if (isNone(value)) return kNone;
    if (value < 120) return [digits(value, 2), "s"];
    if (value < 7200) return [digits(value / 60, 2), "min"];
    if (value < 172800) return [digits(value / 3600, 2), "h"];
    return [digits(value / 86400, 2), "d"];
  },
};

// "12.3 k/s", with a non-breaking space.
export function text(kind, value) {
  const [number, unit] = parts[kind](value);
  return unit === "" ? number : `${number}\u00a0${unit}`;
}

export function whole(value) {
  return isNone(value) ? "–" : new Intl.NumberFormat(locale).format(value);
}

export function uptime(seconds) {
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days} d ${hours} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  if (minutes > 0) return `${minutes} min`;
  return `${Math.floor(seconds)} s`;
}

// A decoded key, except for invisible or misleading bytes, which stay percent-encoded.
export function key(encoded) {
  return encoded.replace(/%([2-7][0-9a-f])/gi, (sequence, code) => {
    const character = String.fromCharCode(parseInt(code, 16));
    return /[!-$&-~]/.test(character) ? character : sequence;
  });
}

const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const clockMinutes = new Intl.DateTimeFormat("en-GB", { timeStyle: "short" });

export function time(seconds, withSeconds = true) {
  return (withSeconds ? clock : clockMinutes).format(new Date(seconds * 1000));
}
