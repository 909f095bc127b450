// One key: what it is, what it may do, how it is used, what became of it, and what can be done to it.

import { trailOf } from './activity.js';
import { Problem, change, currentSession, isChanging, read } from './api.js';
import { chart } from './chart.js';
import { button, buttons, dialog, el, field, group, radios, replace, say, table, trouble } from './dom.js';
import { showSecret } from './secret.js';
import {
  access, actor, environmentBadge, isRotating, keyCode, keyText, moment, parts, relative, span, statusBadge, when, working,
} from './words.js';

const PERIODS = [
  { value: '24h', label: '24 hours' }, { value: '7d', label: '7 days' },
  { value: '30d', label: '30 days' }, { value: '90d', label: '90 days' },
];
const HOUR = 3600;
const DAY = 24 * HOUR;
const OVERLAPS = [
  { value: String(HOUR), label: '1 hour' },
  { value: String(DAY), label: '24 hours' },
  { value: String(7 * DAY), label: '7 days' },
  { value: '0', label: 'No overlap', hint: 'The old secret ends at once, whether or not the new one arrives.' },
  { value: 'own', label: 'Another time' },
];

export function keyView(main, id) {
  const heading = el('h1', { tabIndex: -1 }, 'API key');
  const body = el('div', { 'aria-busy': 'true' });
  const lead = el('p', { class: 'lead' });
  const doing = el('div', { class: 'buttons' });
  const head = el('div', { class: 'head' }, el('div', {}, heading, lead), doing);
  const told = el('div', { role: 'alert', tabIndex: -1 });
  replace(main, back(), head, told, body);

  let period = '7d';
  const usage = el('div', { class: 'results' });

  async function load() {
    const { key } = await read(`keys/${id}`);
    show(key);
    return key;
  }

  async function showUsage() {
    usage.setAttribute('aria-busy', 'true');
    try {
      replace(usage, chart(await read(`keys/${id}/usage`, { period })));
    } catch (problem) {
      if (problem.status === 401) throw problem;
      replace(usage, el('p', { class: 'notice problem', role: 'alert' }, problem.message));
    } finally {
      usage.removeAttribute('aria-busy');
    }
  }

  function show(key) {
    if (!heading.isConnected) return undefined;
    document.title = `${key.name} – API keys`;
    replace(heading, key.name);
    // The heading stays where it is, for the focus may be on it.
    replace(lead, keyCode(key), ' ', environmentBadge(key.environment), ' ', statusBadge(key));
    replace(doing, actions(key));
    const trail = trailOf(`keys/${id}/audit`, { limit: 10 });
    body.removeAttribute('aria-busy');
    replace(
      body,
      notices(key),
      section('Secrets', secrets(key)),
      section('Details', details(key)),
      section('Permissions', permissions(key)),
      section(
        'Usage',
        el('div', { class: 'periods', role: 'group', 'aria-label': 'Time shown' }, PERIODS.map(({ value, label }) => {
          const choice = button(label, async () => {
            period = value;
            for (const other of choice.parentElement.children) other.setAttribute('aria-pressed', String(other === choice));
            await showUsage();
          }, { 'aria-pressed': String(value === period) });
          return choice;
        })),
        usage),
      section('Activity', trail.element));
    return Promise.all([showUsage(), trail.ready]);
  }

  function actions(key) {
    const can = (word) => key.actions.includes(word);
    const act = (word, done, work) => button(word, async () => {
      // What the page shows may be hours old, and what a rotation ends depends on what was done meanwhile.
      const { key: current } = await read(`keys/${id}`);
      if (!current.actions.includes(word.toLowerCase())) {
        await show(current);
        heading.focus();
        return;
      }
      const outcome = await work(current);
      if (outcome instanceof Problem) {
        await lookAgain(outcome, done, current);
      } else if (outcome) {
        replace(told);
        await load();
        heading.focus();
      }
    }, { class: word === 'Revoke' ? 'danger' : null });
    return [
      can('rotate') ? act('Rotate', 'rotated', rotate) : null,
      can('disable') ? act('Disable', 'disabled', disable) : null,
      can('enable') ? act('Enable', 'enabled', enable) : null,
      can('revoke') ? act('Revoke', 'revoked', revoke) : null,
    ];
  }

  /** After a change that may have been made, or was made by somebody else: nothing is offered but of the key as it is now. */
  async function lookAgain(problem, done, before) {
    const tell = (...more) => {
      replace(told, el(
        'div', { class: 'notice problem' },
        el('p', {}, problem.isUncertain
          ? [el('strong', {}, `It is not known whether ${before.name} was ${done}.`), ` ${problem.reason}`, more]
          : [el('strong', {}, `${before.name} was not ${done}.`), ' Somebody else changed it at the same moment.', more])));
      told.focus();
    };
    replace(doing);
    try {
      const key = await load();
      tell(' Below is what it is now.', done === 'rotated' ? whatIsNew(before, key) : '');
    } catch (unreadable) {
      if (unreadable.status === 401) throw unreadable;
      replace(lead);
      replace(body);
      tell(' What it is now cannot be read, either.');
      told.firstChild.append(buttons(button('Read the key again', () => lookAgain(problem, done, before))));
    }
  }

  return { title: 'API key', focus: heading, ready: load() };
}

function whatIsNew(before, key) {
  const newest = key.secrets.at(-1);
  return newest.number === before.secrets.at(-1).number
    ? ' So far it has no new secret.'
    : ` The secret ${newest.last_four ? `ending in ${newest.last_four}` : `number ${newest.number}`} is new. Unless somebody else rotated the key, nobody has seen it: rotate the key again.`;
}

function back() {
  return el('p', { class: 'up' }, el('a', { href: '#/' }, 'All keys'));
}

function section(title, ...children) {
  return el('section', { class: 'part' }, el('h2', {}, title), children);
}

function notices(key) {
  const session = currentSession();
  const [old, fresh] = key.secrets;
  return [
    isRotating(key)
      ? el(
          'p', { class: 'notice' }, el('strong', {}, 'Two secrets work. '),
          old.overlap_seconds !== null
            ? `The old one, ending in ${old.last_four}, goes on for ${span(old.overlap_seconds)} once the new one, ending in ${fresh.last_four}, is used for the first time.`
            : `The old one, ending in ${old.last_four}, ends ${relative(old.ends_at)}. Deploy the new one, ending in ${fresh.last_four}, before that.`)
      : null,
    key.status === 'disabled' ? el('p', { class: 'notice warning' }, 'This key is disabled: it opens nothing until it is enabled again.') : null,
    key.status === 'suspended' ? el('p', { class: 'notice warning' }, 'The account is suspended: none of its keys opens anything until it is let in again.') : null,
    key.status === 'revoked' ? el('p', { class: 'notice' }, 'This key was revoked and opens nothing any more.') : null,
    key.status === 'expired' ? el('p', { class: 'notice' }, 'This key has expired and opens nothing any more.') : null,
    key.actions.length === 0 && key.status !== 'revoked' && !session.may_manage
      ? el('p', { class: 'notice' }, `Changing keys takes one of the roles ${session.managing_roles.join(', ')}.`)
      : null,
  ];
}

function secrets(key) {
  const open = working(key);
  return table(
    'Secrets of the key',
    ['Secret', 'Created', 'Works'],
    [...key.secrets].reverse().map((secret) => [
      keyCode(key, secret.last_four),
      when(secret.created_at),
      works(key, secret, open),
    ]),
    'plain stacked');
}

function works(key, secret, open) {
  if (!open.includes(secret)) return el('span', { class: 'muted' }, 'No longer');
  if (secret.overlap_seconds !== null) return `For ${span(secret.overlap_seconds)} from the first use of the new one`;
  if (secret.ends_at) return el('span', {}, 'Until ', moment(secret.ends_at));
  return key.expires_at ? el('span', {}, 'Until ', moment(key.expires_at)) : 'Yes';
}

function details(key) {
  const session = currentSession();
  const plan = key.plan ?? (session.default_plan ? `${session.default_plan.plan} (default)` : 'No limit');
  const attributes = Object.entries(key.attributes);
  return el(
    'dl', { class: 'details' },
    pair('Key id', el('code', {}, key.id)),
    pair('Environment', key.environment),
    pair('Kind', key.signing ? 'Signing: signs requests, for servers only' : key.kind === 'secret' ? 'Secret: for servers only' : 'Publishable: may stand in an app'),
    key.version ? pair('Version', String(key.version)) : null,
    pair('Plan', plan),
    pair('Owner', key.member ? key.member.name : 'Service: the key outlives who created it'),
    pair('Created', moment(key.created_at)),
    pair('Created by', actor(key.created_by)),
    pair('Last used', moment(key.last_used_at)),
    pair('Expires', moment(key.expires_at)),
    key.disabled_at ? pair('Disabled', moment(key.disabled_at)) : null,
    key.revoked_at ? pair('Revoked', moment(key.revoked_at)) : null,
    pair('Allowed addresses', key.addresses.length > 0 ? el('span', {}, key.addresses.map((address) => el('code', { class: 'item' }, address))) : 'All'),
    attributes.length > 0 ? pair('Attributes', el('span', {}, attributes.map(([name, value]) => el('code', { class: 'item' }, `${name} = ${value}`)))) : null);
}

function pair(term, value) {
  return el('div', {}, el('dt', {}, term), el('dd', {}, value));
}

function permissions(key) {
  const byResource = new Map();
  for (const scope of key.effective_scopes) {
    const { resource, action } = parts(scope);
    byResource.set(resource, [...(byResource.get(resource) ?? []), action]);
  }
  return [
    el('p', {}, access(key), key.roles.length > 0 ? `, by the roles ${key.roles.join(', ')}${key.scopes.length > 0 ? ' and scopes of its own' : ''}` : '', '.'),
    byResource.size > 0
      ? table(
          'What the key may do',
          ['Resource', 'Permissions'],
          [...byResource].map(([resource, actions]) => [resource || 'General', actions.map((action) => el('code', { class: 'item' }, action))]),
          'plain')
      : null,
  ];
}

/**
 * A dialog that makes a change. It gives what was answered; or the problem, if the change may have been made or the key is no
 * longer what the dialog shows, so that nobody sends the change again without a look.
 *
 * @param build gets what makes the change, and a button that leaves
 */
function changing(title, build) {
  return dialog(title, (close) => {
    const failed = trouble();
    const make = async (path, body) => {
      try {
        close(await change(path, body));
      } catch (problem) {
        if (problem.isUncertain || problem.code === 'changed_meanwhile') close(problem);
        else failed.show(problem.message);
      }
    };
    return build(make, failed.element, (properties) => button('Cancel', () => isChanging() || close(), properties));
  }, { mayLeave: () => !isChanging() });
}

/** Rotates a key; gives true if it did. */
async function rotate(key) {
  const [old, fresh] = key.secrets;
  const rotating = isRotating(key);
  const ends = rotating && old.overlap_seconds === null ? old : rotating ? fresh : null;
  const answer = await changing(`Rotate ${key.name}`, (make, failed, cancel) => {
    let overlap = String(DAY);
    // An answer that is lost then ends nothing.
    let from = 'first-use';
    const own = field('Hours', el('input', { type: 'number', min: '1', max: '8784', value: '48', inputMode: 'numeric' }));
    own.element.hidden = true;
    const lengths = group('The old secret goes on for', [
      radios('overlap', OVERLAPS, overlap, (value) => {
        overlap = value;
        own.element.hidden = value !== 'own';
        start.element.hidden = value === '0';
      }),
      own.element,
    ]);
    const start = group('Counted', radios('from', [
      { value: 'first-use', label: 'From the first use of the new secret', hint: 'The old secret goes on until the new one is in use, however long that takes, and then as long as said above.' },
      { value: 'now', label: 'From now' },
    ], from, (value) => { from = value; }));
    lengths.element.querySelector('input[checked], input:checked')?.setAttribute('data-focus', '');
    return [
      el('p', {}, 'The key gets a new secret. Its id, permissions, plan and history stay.'),
      ends ? el('p', { class: 'notice warning' }, `The secret ending in ${ends.last_four} ends at once: no more than two work at a time.`) : null,
      lengths.element,
      start.element,
      failed,
      buttons(
        button('Rotate key', async () => {
          const hours = Number(own.control.value);
          own.showError('');
          if (overlap === 'own' && !(Number.isInteger(hours) && hours >= 1 && hours <= 8784)) {
            own.showError('Expected whole hours, 1 to 8784');
            own.control.focus();
            return;
          }
          await make(`keys/${key.id}/rotate`, {
            overlap_seconds: overlap === 'own' ? hours * HOUR : Number(overlap),
            from_first_use: overlap !== '0' && from === 'first-use',
          });
        }, { class: 'primary' }),
        cancel()),
    ];
  });
  if (!answer || answer instanceof Problem) return answer;
  const before = answer.key.secrets.length > 1 ? answer.key.secrets[0] : null;
  await showSecret('Save the new secret', answer.secret, [
    el('p', {}, before
      ? before.overlap_seconds !== null
        ? `The secret before it${ending(before)} goes on for ${span(before.overlap_seconds)} from the first use of this one.`
        : `The secret before it${ending(before)} ends ${relative(before.ends_at)}.`
      : 'The secret before it has ended.'),
  ], answer.file_name);
  say(`${key.name} was rotated`);
  return true;
}

/** How people know a secret; of a key that signs there is nothing to know it by. */
function ending(secret) {
  return secret.last_four ? `, ending in ${secret.last_four},` : '';
}

function disable(key) {
  return confirm(
    `Disable ${key.name}?`,
    [el('p', {}, 'Requests with this key are refused from the next one on, until it is enabled again.'), lastUse(key)],
    'Disable key', 'danger', `keys/${key.id}/disable`, `${key.name} was disabled`);
}

function enable(key) {
  return confirm(
    `Enable ${key.name}?`, [el('p', {}, 'The key opens again what it may.')],
    'Enable key', 'primary', `keys/${key.id}/enable`, `${key.name} was enabled`);
}

function lastUse(key) {
  return el('p', { class: 'muted' }, key.last_used_at ? `It was last used ${relative(key.last_used_at)}.` : 'It was not used so far, as far as is known.');
}

/** Revokes a key, once its name was typed. */
function revoke(key) {
  const name = field(
    'Name of the key', el('input', { type: 'text', autocomplete: 'off', spellcheck: false, 'data-focus': true }),
    { hint: `Type ${key.name} to confirm.` });
  return confirm(
    `Revoke ${key.name}?`,
    [
      el('p', {}, el('code', {}, keyText(key)), ' stops working with the next request, for ever, with all its secrets. This cannot be undone.'),
      lastUse(key),
      name.element,
    ],
    'Revoke key', 'danger', `keys/${key.id}/revoke`, `${key.name} was revoked`,
    () => {
      // As it is seen: browsers show many blanks as one, and some characters not at all.
      const seen = (text) => text.replace(/\p{Cf}/gu, '').replace(/\s+/gu, ' ').trim();
      const same = seen(name.control.value) === seen(key.name);
      name.showError(same ? '' : 'This is not the name of the key');
      if (!same) name.control.focus();
      return same;
    });
}

/** Asks, then makes a change; gives something if it did. */
async function confirm(title, body, word, look, path, done, isSure = () => true) {
  const answer = await changing(title, (make, failed, cancel) => {
    const go = button(word, () => isSure() && make(path), { class: look });
    return el(
      'form', { noValidate: true, onsubmit: (event) => { event.preventDefault(); go.click(); } },
      body, failed, buttons(go, cancel({ 'data-focus': true })));
  });
  if (answer && !(answer instanceof Problem)) say(done);
  return answer;
}
