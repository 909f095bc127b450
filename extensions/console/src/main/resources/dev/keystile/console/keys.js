// The list of keys.

import { currentSession, read } from './api.js';
import { button, el, freshId, replace, select, table } from './dom.js';
import {
  STATUS_CHOICES, access, environmentBadge, idInside, isRotating, keyCode, now, plural, statusBadge, when,
} from './words.js';

const FILTERS = ['text', 'environment', 'status', 'member'];
const PAGE = 50;
const SOON = 7 * 86400 * 1000;

/** Names of members that were seen, by id. */
const members = new Map();

export function listView(main, parameters) {
  const session = currentSession();
  const filters = Object.fromEntries(FILTERS.map((name) => [name, parameters.get(name) ?? '']));
  let after = parameters.get('after') ?? '';
  // Where the pages before this one begin; the browser keeps it with the address.
  let trail = (after && history.state?.trail) || [];
  members.set(session.member.id, session.member.name);
  let reading;
  let typing;

  const results = el('div', { class: 'results' });
  const count = el('p', { class: 'count', role: 'status' });
  const pager = el('nav', { class: 'pager', 'aria-label': 'Pages of keys' });
  const hint = el('p', { class: 'hint', role: 'status' });
  const known = el('datalist', { id: freshId('members') });

  const text = el('input', {
    type: 'search', id: 'filter-text', value: filters.text, maxLength: 200, autocomplete: 'off', spellcheck: false,
    placeholder: 'Name, key id or last four', oninput: onType,
  });
  const environment = select(
    [{ value: '', label: 'Any' }, ...session.environments.map(({ name }) => ({ value: name, label: name }))],
    filters.environment, { id: 'filter-environment', onchange: apply });
  const status = select(
    [{ value: '', label: 'Any' }, ...STATUS_CHOICES], filters.status, { id: 'filter-status', onchange: apply });
  const member = el('input', {
    id: 'filter-member', type: 'text', value: members.get(filters.member) ?? filters.member, list: known.id, maxLength: 100,
    autocomplete: 'off', spellcheck: false, placeholder: 'Anyone', onchange: apply,
  });
  const form = el(
    'form', { class: 'filters', role: 'search', 'aria-label': 'Filter keys', onsubmit: (event) => { event.preventDefault(); apply(); } },
    filter('Search', text), filter('Environment', environment), filter('Status', status), filter('Member', member), known);

  function filter(label, control) {
    return el('div', { class: 'filter' }, el('label', { htmlFor: control.id }, label), control);
  }

  function onType() {
    clearTimeout(typing);
    typing = setTimeout(apply, 250);
  }

  function apply() {
    clearTimeout(typing);
    if (!form.isConnected) return undefined;
    withoutKeys();
    filters.text = text.value.trim();
    filters.environment = environment.value;
    filters.status = status.value;
    filters.member = idOf(member.value.trim());
    after = '';
    trail = [];
    history.replaceState(null, '', address(after));
    return load();
  }

  /** Takes whole keys out of what is typed by people, before anything of it stands in an address. */
  function withoutKeys() {
    const id = idInside(text.value, session.prefixes);
    const inMember = idInside(member.value, session.prefixes);
    if (id) text.value = id;
    if (inMember) member.value = '';
    replace(
      hint,
      id ? 'There was a whole key in it: only the id inside it is searched for, and the key was not sent.' : '',
      inMember ? 'That was a whole key, and no member. It was not sent.' : '');
  }

  function address(cursor) {
    const query = new URLSearchParams(Object.entries({ ...filters, after: cursor }).filter(([, value]) => value)).toString();
    return query ? `#/?${query}` : '#/';
  }

  function clear() {
    for (const control of [text, environment, status, member]) control.value = '';
    apply();
    text.focus();
  }

  async function load() {
    reading?.abort();
    reading = new AbortController();
    const mine = reading;
    results.setAttribute('aria-busy', 'true');
    try {
      const page = await read('keys', { ...filters, after, limit: PAGE }, mine.signal);
      if (mine === reading) show(page);
    } catch (problem) {
      if (problem.name === 'AbortError' || mine !== reading) return;
      if (problem.status === 401) throw problem;
      replace(count);
      replace(pager);
      replace(results, el('p', { class: 'notice problem', role: 'alert' }, problem.message));
    } finally {
      if (mine === reading) results.removeAttribute('aria-busy');
    }
  }

  function show(page) {
    for (const key of page.keys) {
      if (key.member) members.set(key.member.id, key.member.name);
    }
    replace(known, [...members].map(([id, name]) => el('option', { value: name === id ? id : `${name} (${id})` })));
    const filtered = FILTERS.some((name) => filters[name]);
    replace(results, page.keys.length > 0 ? tableOf(page.keys) : nothing(filtered));
    if (page.keys.some((key) => key.suspended_at)) {
      results.prepend(el('p', { class: 'notice warning' }, 'The account is suspended: none of its keys opens anything until it is let in again.'));
    }
    const more = page.next || after ? ` on this page` : '';
    replace(count, page.keys.length > 0 ? `${plural(page.keys.length, 'key')}${more}` : filtered ? 'No key matches' : '');
    replace(
      pager,
      after ? button('Newer', () => turn(trail.at(-1) ?? '', trail.slice(0, -1))) : null,
      page.next ? button('Older', () => turn(page.next, [...trail, after])) : null);
  }

  async function turn(cursor, before) {
    after = cursor;
    trail = before;
    history.pushState({ trail }, '', address(after));
    await load();
    heading.focus();
    window.scrollTo(0, 0);
  }

  function nothing(filtered) {
    if (filtered) {
      return el(
        'div', { class: 'empty' },
        el('h2', {}, 'No key matches'),
        el('p', {}, 'Nothing here has all of what the filters ask for.'),
        button('Clear the filters', clear));
    }
    return el(
      'div', { class: 'empty' },
      el('h2', {}, after ? 'No more keys' : 'No API keys yet'),
      el('p', {}, session.may_manage
        ? 'A key lets a server or an app call the API. Create the first one with just what it needs.'
        : 'A key lets a server or an app call the API.'),
      session.may_manage ? el('a', { class: 'button primary', href: '#/new' }, 'Create a key') : null);
  }

  const heading = el('h1', { tabIndex: -1 }, 'API keys');
  replace(
    main,
    el(
      'div', { class: 'head' },
      el('div', {}, heading, el('p', { class: 'lead' }, 'Keys let your servers and apps call the API. Give each its own, with no more than it needs.')),
      session.may_manage ? el('a', { class: 'button primary', href: '#/new' }, 'Create key') : null),
    session.may_manage ? null : el('p', { class: 'notice' }, `You can see the keys of this account. Changing them takes one of the roles ${session.managing_roles.join(', ')}.`),
    form, hint, count, results, pager);
  // An address can be pasted as well.
  if (idInside(`${filters.text} ${filters.member}`, session.prefixes)) {
    return { title: 'API keys', focus: heading, ready: apply() };
  }
  return { title: 'API keys', focus: heading, ready: load() };
}

/** What was chosen from the list has the id behind the name; a name alone is as good. */
function idOf(entered) {
  for (const [id, name] of members) {
    if (entered === name || entered === `${name} (${id})`) return id;
  }
  return entered;
}

function tableOf(keys) {
  return table('API keys', ['Name', 'Environment', 'Permissions', 'Plan', 'Created', 'Expires', 'Last used', 'Status'], keys.map(row), 'keys stacked');
}

function row(key) {
  const cells = [
    el('div', { class: 'name' }, el('a', { href: `#/keys/${key.id}` }, key.name), keyCode(key), kind(key)),
    environmentBadge(key.environment),
    el('div', {}, access(key), el('span', { class: 'under', title: key.effective_scopes.join('\n') }, scopes(key))),
    key.plan ?? el('span', { class: 'muted' }, planWithout()),
    el('div', {}, when(key.created_at), el('span', { class: 'under' }, `by ${key.created_by.name}`)),
    el('span', { class: endsSoon(key) ? 'soon' : null }, when(key.expires_at)),
    when(key.last_used_at),
    el('div', {}, statusBadge(key), isRotating(key) ? el('span', { class: 'under' }, 'Two secrets work') : null),
  ];
  cells.className = key.status === 'revoked' || key.status === 'expired' ? 'over' : '';
  return cells;
}

/** What is not a secret that is sent itself. */
function kind(key) {
  const said = key.signing ? 'Signs requests' : key.kind === 'publishable' ? 'Publishable' : null;
  return said ? el('span', { class: 'under' }, said) : null;
}

function scopes(key) {
  const shown = [...key.roles, ...key.scopes];
  return shown.length <= 2 ? shown.join(', ') : plural(key.effective_scopes.length, 'scope');
}

function planWithout() {
  return currentSession().default_plan?.plan ?? 'No limit';
}

function endsSoon(key) {
  return key.expires_at && key.status === 'active' && Date.parse(key.expires_at) - now() < SOON;
}
