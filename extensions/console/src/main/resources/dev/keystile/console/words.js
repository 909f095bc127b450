// How the page says things: times, spans, keys and states.

import { el } from './dom.js';

let offset = 0;

/** Takes the server's clock as the one that counts. */
export function setNow(iso) {
  offset = Date.parse(iso) - Date.now();
}

/** What the server's clock shows, in milliseconds. */
export function now() {
  return Date.now() + offset;
}

const RELATIVE = new Intl.RelativeTimeFormat('en');
const EXACT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'short',
});
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit',
});
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
const NUMBER = new Intl.NumberFormat('en');

const SPANS = [
  ['year', 365 * 86400], ['month', 30 * 86400], ['day', 86400], ['hour', 3600], ['minute', 60],
];

/** Such as "3 days ago" or "in 2 hours". */
export function relative(iso) {
  const seconds = (Date.parse(iso) - now()) / 1000;
  for (const [unit, length] of SPANS) {
    // What was a day off when the page asked still is a moment later.
    if (Math.abs(seconds) >= length * 0.99) return RELATIVE.format(Math.round(seconds / length), unit);
  }
  return seconds > 0 ? 'in less than a minute' : 'just now';
}

/** A moment as people say it, with the exact time for those who point at it. */
export function when(iso, none = 'Never') {
  return iso
    ? el('time', { dateTime: iso, title: EXACT.format(new Date(iso)) }, relative(iso))
    : el('span', { class: 'muted' }, none);
}

/** A moment with its date, and how far away it is. */
export function moment(iso, none = 'Never') {
  return iso
    ? el('time', { dateTime: iso, title: EXACT.format(new Date(iso)) }, `${MOMENT.format(new Date(iso))} (${relative(iso)})`)
    : el('span', { class: 'muted' }, none);
}

export function date(iso) {
  return DAY.format(new Date(iso));
}

export function dateAndTime(iso) {
  return MOMENT.format(new Date(iso));
}

export function number(value) {
  return NUMBER.format(value);
}

export function plural(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** Such as "24 hours" or "7 days". */
export function span(seconds) {
  if (seconds === 0) return 'no time';
  for (const [unit, length] of [['day', 86400], ['hour', 3600], ['minute', 60]]) {
    // A day is said in hours, as overlaps are.
    if (seconds % length === 0 && (unit !== 'day' || seconds > length)) return plural(seconds / length, unit);
  }
  return plural(seconds, 'second');
}

/** What is shown of a key: how it begins, and its last four characters; of one of which neither is known, its id. */
export function keyText(key, lastFour = key.last_four) {
  return key.prefix || lastFour ? `${key.prefix}…${lastFour}` : key.id;
}

export function keyCode(key, lastFour) {
  return el('code', { class: 'key' }, keyText(key, lastFour));
}

/**
 * The id inside what may be a whole key, wherever in a text it stands; empty if there is none. The rest of it must not stand
 * in an address, which browsers, proxies and logs keep. It is told as KeyTexts does on the server.
 */
export function idInside(entered, prefixes) {
  for (const prefix of [...prefixes].sort((one, other) => other.length - one.length)) {
    for (let at = entered.indexOf(prefix); at >= 0; at = entered.indexOf(prefix, at + 1)) {
      const [run] = /^[0-9A-Za-z]*/.exec(entered.slice(at + prefix.length));
      if (run.length >= 20) return run.slice(0, 12);
    }
  }
  return '';
}

const STATUSES = {
  active: 'Active', disabled: 'Disabled', expired: 'Expired', revoked: 'Revoked', suspended: 'Suspended',
};

export const STATUS_CHOICES = Object.entries(STATUSES).map(([value, label]) => ({ value, label }));

export function statusBadge(key) {
  return el('span', { class: `badge ${key.status}` }, STATUSES[key.status] ?? key.status);
}

export function environmentBadge(name) {
  return el('span', { class: `environment ${name === 'live' ? 'live' : ''}` }, name);
}

/** The secrets that still open something. */
export function working(key) {
  return key.status === 'active' || key.status === 'disabled' ? key.secrets.filter((secret) => !secret.ended) : [];
}

export function isRotating(key) {
  return working(key).length > 1;
}

/** A scope in its two parts: "invoices:read" is read on invoices. */
export function parts(scope) {
  const colon = scope.lastIndexOf(':');
  return colon < 0 ? { resource: '', action: scope } : { resource: scope.slice(0, colon), action: scope.slice(colon + 1) };
}

const READS = new Set(['read', 'list', 'get', 'view']);

export function isRead(scope) {
  return READS.has(parts(scope).action);
}

/** What a key may do, in two words. */
export function access(key) {
  if (key.effective_scopes.length === 0) return 'No permissions';
  const reads = key.effective_scopes.filter(isRead).length;
  if (reads === 0) return 'Write only';
  return reads === key.effective_scopes.length ? 'Read only' : 'Read and write';
}

const UNITS = { 1000: 'second', 60000: 'minute', 3600000: 'hour', 86400000: 'day' };

/** Such as "60 a minute, 10 at once". */
export function limit({ count, window_ms: windowMs, burst, per }) {
  const window = UNITS[windowMs]
    ? `${windowMs === 3600000 ? 'an' : 'a'} ${UNITS[windowMs]}`
    : `in ${windowMs % 1000 === 0 ? span(windowMs / 1000) : `${number(windowMs)} ms`}`;
  return `${number(count)} ${window}${burst ? `, ${number(burst)} at once` : ''}${per === 'account' ? ', for the account' : ''}`;
}

export function plan(it) {
  return `${it.plan} – ${it.limits.map(limit).join('; ')}`;
}

const ACTIONS = {
  issue: 'Created',
  import: 'Imported',
  rotate: 'Rotated',
  'begin-overlap': 'New secret first used',
  revoke: 'Revoked',
  disable: 'Disabled',
  enable: 'Enabled',
  upgrade: 'Secret stored anew',
  'announce-expiry': 'Expiry announced',
  'suspend-account': 'Account suspended',
  'resume-account': 'Account let in again',
};

export function action(word) {
  return ACTIONS[word] ?? word;
}

/** Who did something. */
export function actor({ type, id, name }) {
  if (type === 'member') return el('span', { title: name === id ? null : id }, name);
  if (type === 'operator') return `${name} (operator)`;
  if (type === 'key') return 'The key itself';
  return type === 'keystile' ? 'Automatically' : name;
}

const OUTCOMES = {
  allowed: 'Allowed',
  'rate-limited': 'Rate limited',
  forbidden: 'Not permitted',
  unauthorized: 'Refused',
  unavailable: 'Could not be told',
  'invalid-request': 'Unreadable',
};

export function outcome(word) {
  return OUTCOMES[word] ?? word;
}
