// How often a key was used: bars for eyes, a table for everybody.

import { el, freshId, svg, table } from './dom.js';
import { date, dateAndTime, number, outcome, plural } from './words.js';

const WIDTH = 10;
const HEIGHT = 100;
/** From the bottom up. What is neither is refused. */
const LAYERS = [
  { name: 'allowed', label: 'Allowed', has: (word) => word === 'allowed' },
  { name: 'limited', label: 'Rate limited', has: (word) => word === 'rate-limited' },
  { name: 'refused', label: 'Refused', has: (word) => word !== 'allowed' && word !== 'rate-limited' },
];

/** @param usage what the call says */
export function chart(usage) {
  const all = sum(usage.totals);
  if (all === 0) {
    return el('p', { class: 'muted quiet' }, 'No requests in this time.');
  }
  const highest = Math.max(...usage.steps.map((step) => sum(step.outcomes)));
  const spoken = LAYERS.map((layer) => [layer, sum(usage.totals, layer)])
    .filter(([, count]) => count > 0)
    .map(([layer, count]) => `${number(count)} ${layer.label.toLowerCase()}`)
    .join(', ');
  const titleId = freshId('chart');
  const bars = svg(
    'svg',
    {
      class: 'chart', viewBox: `0 0 ${usage.steps.length * WIDTH} ${HEIGHT}`, preserveAspectRatio: 'none', role: 'img',
      'aria-labelledby': titleId,
    },
    svg('title', { id: titleId }, `${plural(all, 'request')} from ${dateAndTime(usage.from)}: ${spoken}`),
    usage.steps.map((step, i) => bar(step, i, highest)),
  );
  return el(
    'figure', { class: 'usage' },
    el(
      'figcaption', {},
      el('span', { class: 'total' }, plural(all, 'request')),
      LAYERS.filter((layer) => sum(usage.totals, layer) > 0)
        .map((layer) => el('span', { class: `legend ${layer.name}` }, `${layer.label} ${number(sum(usage.totals, layer))}`))),
    el('div', { class: 'plot' }, el('span', { class: 'most' }, number(highest)), bars),
    el('div', { class: 'axis' }, el('span', {}, label(usage, usage.from)), el('span', {}, 'now')),
    el(
      'details', {}, el('summary', {}, 'Show as a table'),
      el('div', { class: 'scroll', role: 'region', 'aria-label': 'Requests as a table', tabIndex: 0 }, tableOf(usage))),
  );
}

function bar(step, i, highest) {
  const layers = LAYERS.map(({ name, ...layer }) => ({ name, count: sum(step.outcomes, layer) })).filter(({ count }) => count > 0);
  // What happened once is seen beside what happened ten thousand times, which make room for it.
  const heights = layers.map(({ count }) => Math.max(1.5, (count / highest) * HEIGHT));
  const tallest = heights.indexOf(Math.max(...heights));
  heights[tallest] -= Math.max(0, heights.reduce((all, height) => all + height, 0) - HEIGHT);
  let bottom = HEIGHT;
  return svg(
    'g', {},
    layers.map(({ name }, at) => {
      bottom -= heights[at];
      return svg('rect', { class: name, x: i * WIDTH + 1, y: bottom, width: WIDTH - 2, height: heights[at] });
    }),
  );
}

function sum(outcomes, layer) {
  return Object.entries(outcomes)
    .filter(([word]) => !layer || layer.has(word))
    .reduce((total, [, count]) => total + count, 0);
}

function label(usage, at) {
  return usage.step_seconds < 86400 ? dateAndTime(at) : date(at);
}

function tableOf(usage) {
  const words = Object.keys(usage.totals);
  return table(
    'Requests by time and outcome',
    ['From', ...words.map(outcome)],
    usage.steps.filter((step) => sum(step.outcomes) > 0)
      .map((step) => [label(usage, step.at), ...words.map((word) => number(step.outcomes[word] ?? 0))]),
    'plain');
}
