// The form that creates a key.

import { change, currentSession } from './api.js';
import { button, buttons, choice, el, field, freshId, group, radios, replace, say, select, trouble } from './dom.js';
import { showSecret } from './secret.js';
import { date as dateOf, isRead, now, parts, plan as planText, span } from './words.js';

const MINUTE = 60 * 1000;
const DAY = 24 * 60 * MINUTE;
const EXPIRIES = [{ value: '30', label: '30 days' }, { value: '90', label: '90 days' }, { value: '365', label: '1 year' }];

export function createView(main) {
  const session = currentSession();
  const heading = el('h1', { tabIndex: -1 }, 'Create a key');
  const up = el('p', { class: 'up' }, el('a', { href: '#/' }, 'All keys'));
  if (!session.may_manage) {
    replace(main, up, heading, el('p', { class: 'notice' }, `Creating keys takes one of the roles ${session.managing_roles.join(', ')}.`));
    return { title: 'Create a key', focus: heading };
  }
  const { offer } = session;
  const name = field(
    'Name', el('input', { type: 'text', maxLength: 100, autocomplete: 'off', required: true }),
    { hint: 'What people will recognise it by, such as the service that uses it.' });
  const expiry = expiryField(session);
  const which = whichKey(offer, expiry.show);
  const owner = group('Owner', radios('owner', [
    { value: 'me', label: `${session.member.name} (you)`, hint: 'The key goes when you leave the account.' },
    { value: 'service', label: 'A service', hint: 'The key belongs to the account alone and outlives whoever created it.' },
  ], 'me'));
  const access = permissions(offer);
  const plan = field('Plan', select(
    [
      { value: '', label: session.default_plan ? `${planText(session.default_plan)} (default)` : 'Default: no limit' },
      ...offer.plans.filter((it) => it.plan !== session.default_plan?.plan).map((it) => ({ value: it.plan, label: planText(it) })),
    ], ''));
  const addresses = field(
    'Allowed addresses', el('textarea', { rows: 3, spellcheck: false, autocomplete: 'off' }),
    { optional: true, hint: 'One IP address or range a line, such as 203.0.113.7 or 10.0.0.0/8. Without any the key works from everywhere.' });
  const attributes = Object.entries(offer.attributes).map(([attribute, values]) => ({
    attribute,
    ...field(attribute, select([{ value: '', label: 'Not set' }, ...values.map((value) => ({ value, label: value }))], ''), { optional: true }),
  }));
  const failed = trouble();
  const fields = {
    name, environment: which, kind: which, signing: which, prefix: which, version: which, scopes: access, roles: access, plan, addresses,
    expires_at: expiry, service_owned: owner, attributes: attributes[0] ?? failedField(),
  };

  function failedField() {
    return { showError: () => {}, control: null };
  }

  const create = button('Create key', submit, { class: 'primary' });
  const form = el(
    'form', { class: 'form', noValidate: true, onsubmit: (event) => { event.preventDefault(); create.click(); } },
    name.element, which.element, access.element, expiry.element, plan.element, owner.element,
    attributes.map((it) => it.element), addresses.element, failed.element,
    buttons(create, el('a', { class: 'button', href: '#/' }, 'Cancel')));

  async function submit() {
    for (const it of Object.values(fields)) it.showError('');
    failed.show('');
    const wanted = {
      name: name.control.value.trim(),
      ...which.value(),
      ...access.value(),
      service_owned: form.querySelector('[name=owner]:checked').value === 'service',
      attributes: Object.fromEntries(attributes.filter((it) => it.control.value).map((it) => [it.attribute, it.control.value])),
      addresses: addresses.control.value.split('\n').map((line) => line.trim()).filter(Boolean),
    };
    if (plan.control.value) wanted.plan = plan.control.value;
    const end = expiry.value();
    if (end.error) {
      mark([{ field: 'expires_at', message: end.error }]);
      return;
    }
    if (end.at) wanted.expires_at = end.at;
    if (!wanted.name) {
      mark([{ field: 'name', message: 'Give the key a name' }]);
      return;
    }
    let answer;
    try {
      answer = await change('keys', wanted);
    } catch (problem) {
      if (problem.errors.length > 0) mark(problem.errors);
      else failed.show(problem.isUncertain ? unsure(problem) : problem.message);
      return;
    }
    await showSecret(answer.file_name ? 'Save your private key' : 'Save your API key', answer.secret, [], answer.file_name);
    say(`${answer.key.name} was created`);
    location.hash = `#/keys/${answer.key.id}`;
  }

  function mark(errors) {
    let first;
    const unknown = [];
    for (const { field: at, message } of errors) {
      const it = fields[at];
      if (!it) unknown.push(message);
      else {
        it.showError(sentence(message));
        first ??= it.control ?? it.element?.querySelector('input, select, textarea');
      }
    }
    failed.show(unknown.length > 0 ? unknown.join(' ') : '');
    first?.focus();
  }

  replace(
    main, up,
    el('div', { class: 'head' }, el('div', {}, heading, el('p', { class: 'lead' }, 'The key is shown once, when it is created.'))),
    form);
  return { title: 'Create a key', focus: heading };
}

function unsure(problem) {
  return [
    `It is not known whether the key was created. ${problem.reason} Look at `,
    el('a', { href: '#/' }, 'the keys'),
    ' before you create it again, and revoke one whose secret nobody has seen.',
  ];
}

function sentence(message) {
  return message.charAt(0).toUpperCase() + message.slice(1);
}

const KINDS = {
  secret: { value: 'secret', label: 'Secret', hint: 'For servers. Whoever has it can do what it may.' },
  publishable: { value: 'publishable', label: 'Publishable', hint: 'May stand in an app or a page.' },
  signing: { value: 'signing', label: 'Signing', hint: 'For servers. Signs requests, and is never sent itself.' },
};

/** Environment, kind, version and prefix: each asked for only where there is a choice. */
function whichKey(offer, onEnvironment) {
  const environments = [...new Set([...offer.prefixes.map((it) => it.environment), ...offer.signing])];
  // What is tried out is tried out on test data.
  const chosen = { environment: environments.find((it) => it !== 'live') ?? environments[0], kind: 'secret', version: '', prefix: '' };
  const more = el('div', { class: 'more' });
  const preview = el('p', { class: 'hint', role: 'status' });

  function fitting() {
    return offer.prefixes.filter((it) => it.environment === chosen.environment && it.kind === chosen.kind);
  }

  function show() {
    const kinds = [...new Set(offer.prefixes.filter((it) => it.environment === chosen.environment).map((it) => it.kind))];
    if (offer.signing.includes(chosen.environment)) kinds.push('signing');
    if (!kinds.includes(chosen.kind)) chosen.kind = kinds[0];
    let prefixes = fitting();
    const said = [...new Set(prefixes.map((it) => it.version).filter(Boolean))];
    const versions = said.length > 0 ? said : offer.versions;
    if (!versions.includes(Number(chosen.version))) chosen.version = versions.length > 0 ? String(Math.max(...versions)) : '';
    prefixes = prefixes.filter((it) => !it.version || String(it.version) === chosen.version);
    if (!prefixes.some((it) => it.prefix === chosen.prefix)) chosen.prefix = prefixes[0]?.prefix ?? '';
    const again = (part) => (value) => { chosen[part] = value; show(); more.querySelector(`[name=${part}]:checked`)?.focus(); };
    replace(
      more,
      kinds.length > 1
        ? group('Kind', radios('kind', kinds.map((kind) => KINDS[kind]), chosen.kind, again('kind'))).element
        : null,
      versions.length > 1
        ? group('API version', radios('version', versions.map((it) => ({ value: String(it), label: `Version ${it}` })), chosen.version, again('version'))).element
        : null,
      prefixes.length > 1
        ? group('Prefix', radios('prefix', prefixes.map((it) => ({ value: it.prefix, label: it.prefix })), chosen.prefix, again('prefix'))).element
        : null);
    if (chosen.kind === 'signing') replace(preview, 'You will download its private half, which signs requests.');
    else replace(preview, 'It will begin with ', el('code', {}, chosen.prefix), '.');
    onEnvironment(chosen.environment);
  }

  const environment = group('Environment', [
    radios('environment', environments.map((it) => ({
      value: it, label: it, hint: it === 'live' ? 'Real data, real effects.' : null,
    })), chosen.environment, (value) => { chosen.environment = value; show(); }),
  ]);
  show();
  return {
    element: el('div', { class: 'which' }, environment.element, more, preview),
    showError: environment.showError,
    value: () => ({
      environment: chosen.environment,
      ...(chosen.kind === 'signing' ? { signing: true } : { kind: chosen.kind }),
      ...(chosen.version ? { version: Number(chosen.version) } : {}),
      ...(fitting().length > 1 ? { prefix: chosen.prefix } : {}),
    }),
  };
}

/** A table of resources with what can be done to each, shortcuts over it, and roles. */
function permissions(offer) {
  const boxes = new Map();
  const implied = new Map(offer.scopes.map((it) => [it.scope, it.implies]));
  const summary = el('p', { class: 'hint', role: 'status' });
  const shortcuts = [
    { word: 'Read only', scopes: offer.scopes.map((it) => it.scope).filter(isRead) },
    { word: 'Read and write', scopes: offer.scopes.map((it) => it.scope) },
    { word: 'None', scopes: [] },
  ].filter((it) => it.word === 'None' || it.scopes.length > 0)
    // Where all that can be granted is reading there is nothing to write.
    .filter((it, _, all) => it.word !== 'Read and write' || it.scopes.length > all[0].scopes.length || all[0].word !== 'Read only');
  const shortcutButtons = shortcuts.map((shortcut) =>
    button(shortcut.word, () => {
      for (const [scope, box] of boxes) {
        box.checked = shortcut.scopes.includes(scope);
        box.disabled = false;
        delete box.dataset.own;
        delete box.dataset.included;
      }
      settle();
    }, { 'aria-pressed': 'false' }));

  function chosen() {
    return [...boxes].filter(([, box]) => box.checked && !box.disabled).map(([scope]) => scope);
  }

  /** What a chosen scope implies is chosen with it, and cannot be taken away by itself. */
  function settle() {
    const included = new Set([...boxes].filter(([, box]) => box.checked && box.dataset.included !== 'yes').flatMap(([scope]) => implied.get(scope)));
    for (const [scope, box] of boxes) {
      if (included.has(scope)) {
        box.dataset.own ??= box.checked ? 'yes' : 'no';
        box.checked = true;
        box.disabled = true;
        box.dataset.included = 'yes';
      } else if (box.dataset.included === 'yes') {
        box.checked = box.dataset.own === 'yes';
        box.disabled = false;
        delete box.dataset.own;
        delete box.dataset.included;
      }
    }
    const now = chosen();
    const all = [...boxes].filter(([, box]) => box.checked).map(([scope]) => scope);
    shortcutButtons.forEach((it, i) => {
      const same = shortcuts[i].scopes.length === all.length && shortcuts[i].scopes.every((scope) => all.includes(scope));
      it.setAttribute('aria-pressed', String(same));
    });
    replace(summary, all.length === 0 ? 'No permission is chosen: the key opens only what asks for none.'
      : `${all.length} of ${boxes.size} permissions${all.length > now.length ? `, ${all.length - now.length} of them included in others` : ''}.`);
  }

  const byResource = new Map();
  for (const { scope } of offer.scopes) {
    const { resource } = parts(scope);
    byResource.set(resource, [...(byResource.get(resource) ?? []), scope]);
  }
  const rows = [...byResource].map(([resource, scopes]) => {
    const labelId = freshId('resource');
    return el(
      'tr', {},
      el('th', { scope: 'row', id: labelId }, resource || 'General'),
      el(
        'td', {},
        el('div', { class: 'boxes', role: 'group', 'aria-labelledby': labelId }, scopes.map((scope) => {
          const id = freshId('scope');
          const box = el('input', { type: 'checkbox', id, value: scope, onchange: settle });
          boxes.set(scope, box);
          return el('div', { class: 'choice' }, box, el('label', { htmlFor: id, title: scope }, parts(scope).action));
        }))));
  });
  const roleBoxes = offer.roles.map(({ role, scopes }) => {
    const box = el('input', { type: 'checkbox', id: freshId('role'), value: role });
    return { role, box, element: choice(box, role, scopes.join(', ')) };
  });
  const all = group('Permissions', [
    offer.scopes.length === 0 && offer.roles.length === 0 ? el('p', { class: 'notice' }, 'There is nothing that you may grant.') : null,
    offer.scopes.length > 0
      ? [
          el('div', { class: 'periods', role: 'group', 'aria-label': 'Shortcuts' }, shortcutButtons),
          el('table', { class: 'grants' }, el('caption', { class: 'unseen' }, 'Permissions by resource'),
            el('thead', {}, el('tr', {}, el('th', { scope: 'col' }, 'Resource'), el('th', { scope: 'col' }, 'May'))),
            el('tbody', {}, rows)),
          summary,
        ]
      : null,
    offer.roles.length > 0
      ? el('div', { class: 'roles', role: 'group', 'aria-label': 'Roles' }, el('p', { class: 'sub' }, 'Roles'), roleBoxes.map(({ element }) => element))
      : null,
  ], { hint: 'Only what you may grant is listed.' });
  settle();
  return {
    element: all.element,
    showError: all.showError,
    value: () => ({ scopes: chosen(), roles: roleBoxes.filter(({ box }) => box.checked).map(({ role }) => role) }),
  };
}

/** When the key ends: no later than its environment lets it. */
function expiryField(session) {
  const day = (millis) => new Date(millis).toISOString().slice(0, 10);
  const date = el('input', { type: 'date', 'aria-label': 'Date of expiry' });
  const end = el('select', { onchange: showDate });
  const it = field('Expires', end, { hint: 'A key that ends by itself cannot be forgotten.' });
  end.after(date);
  let longest = Infinity;

  function showDate() {
    date.hidden = end.value !== 'date';
  }

  function show(environment) {
    const { max_age_seconds: most, default_age_seconds: own } = session.environments.find(({ name }) => name === environment);
    // A minute less than may be, for the clocks of browser and server do not run alike.
    longest = most ? most * 1000 - MINUTE : Infinity;
    const fitting = EXPIRIES.filter(({ value }) => Number(value) * DAY <= longest + MINUTE && Number(value) * DAY !== own * 1000);
    const chosen = end.value;
    date.min = day(now() + DAY);
    // A day that is chosen lasts to its end, so the last one has to end before the key must.
    date.max = most ? day(now() + longest - DAY + 1000) : '';
    date.value ||= day(now() + 90 * DAY);
    if (date.max && date.value > date.max) date.value = date.max;
    replace(
      end,
      own ? el('option', { value: '' }, `${span(own)} (default)`) : null,
      fitting.map(({ value, label }) => el('option', { value }, label)),
      !date.max || date.min <= date.max ? el('option', { value: 'date' }, 'On a date') : null,
      own ? null : el('option', { value: '' }, 'Never'));
    const before = [...end.options].find(({ value }) => value === chosen);
    end.value = before && chosen ? chosen : own ? '' : '90';
    showDate();
  }

  return {
    ...it,
    show,
    value: () => {
      if (end.value === '') return {};
      if (end.value !== 'date') return { at: new Date(now() + Math.min(Number(end.value) * DAY, longest)).toISOString() };
      const last = Date.parse(`${date.value}T23:59:59Z`);
      if (Number.isNaN(last) || last <= now()) return { error: 'Choose a day to come' };
      if (date.max && date.value > date.max) return { error: `Choose a day up to ${dateOf(`${date.max}T00:00`)}` };
      return { at: new Date(last).toISOString() };
    },
  };
}
