// The audit trail, of the account or of one key.

import { read } from './api.js';
import { button, el, replace, table } from './dom.js';
import { action, actor, plural, when } from './words.js';

export function activityView(main) {
  const heading = el('h1', { tabIndex: -1 }, 'Activity');
  const trail = trailOf('audit', { withKeys: true });
  replace(
    main,
    el('div', { class: 'head' }, el('div', {}, heading, el('p', { class: 'lead' }, 'Every change to the keys of the account: who made it, when and from where.'))),
    trail.element);
  return { title: 'Activity', focus: heading, ready: trail.ready };
}

/**
 * A trail that can be read on to its beginning.
 *
 * @param path     of the call
 * @param withKeys whether each entry says which key it is about
 */
export function trailOf(path, { withKeys = false, limit = 25 } = {}) {
  const rows = el('div', { class: 'results' });
  const said = el('p', { class: 'unseen', role: 'status' });
  const foot = el('div', { class: 'pager' });
  const entries = [];

  async function load(before) {
    let page;
    try {
      page = await read(path, { before, limit });
    } catch (problem) {
      if (problem.status === 401) throw problem;
      replace(foot, el('p', { class: 'notice problem', role: 'alert' }, problem.message));
      return;
    }
    entries.push(...page.entries);
    replace(rows, entries.length === 0 ? el('p', { class: 'muted' }, 'Nothing has happened yet.') : tableOf(entries, withKeys));
    replace(foot, page.next ? button('Show older', async () => {
      await load(page.next);
      replace(said, `${plural(entries.length, 'entry', 'entries')} are shown`);
      (foot.querySelector('button') ?? rows.querySelector('tbody tr:last-child a'))?.focus();
    }) : null);
  }

  return { element: el('div', { class: 'trail' }, rows, said, foot), ready: load() };
}

function tableOf(entries, withKeys) {
  return table(
    'Changes, newest first',
    ['What', ...(withKeys ? ['Key'] : []), 'Who', 'From', 'When'],
    entries.map((entry) => [
      el('div', {}, action(entry.action), entry.detail ? el('span', { class: 'under' }, entry.detail) : null),
      ...(withKeys ? [entry.key_id ? el('a', { href: `#/keys/${entry.key_id}` }, entry.key_name ?? entry.key_id) : el('span', { class: 'muted' }, 'The account')] : []),
      actor(entry.actor),
      entry.address ?? el('span', { class: 'muted' }, 'Not known'),
      when(entry.at),
    ]),
    'activity stacked');
}
