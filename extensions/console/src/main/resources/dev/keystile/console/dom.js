// Building blocks of the page. Texts become text nodes: nothing here reads HTML.

/**
 * An element. Properties that begin with "on" are listeners, "class" and "data-…", "aria-…", "role", "for" and the like are
 * attributes, the rest are properties; undefined, null and false leave one out. Children are nodes, texts or lists of them.
 */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name in element && !ATTRIBUTES.has(name)) element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  append(element, children);
  return element;
}

const ATTRIBUTES = new Set(['list', 'form', 'role']);

/** An element of SVG, with attributes. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) element.append(child);
  }
}

/** In place of all that an element holds. */
export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
  return element;
}

let lastId = 0;

/** An id that no other element has. */
export function freshId(word) {
  return `${word}-${++lastId}`;
}

/** Says a sentence, to eyes and to screen readers; it goes by itself. */
export function say(sentence) {
  const said = document.getElementById('said');
  replace(said, el('p', {}, sentence));
  clearTimeout(say.timer);
  say.timer = setTimeout(() => said.replaceChildren(), 8000);
}

/** A button; while its work is under way it does nothing more. */
export function button(text, work, properties = {}) {
  let busy = false;
  const element = el('button', { type: 'button', ...properties }, text);
  element.addEventListener('click', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    element.setAttribute('aria-busy', 'true');
    try {
      await work(event);
    } finally {
      busy = false;
      element.removeAttribute('aria-busy');
    }
  });
  return element;
}

/**
 * One field of a form: a label, what explains it, the control, and a place for what is wrong with it.
 */
export function field(label, control, { hint, optional } = {}) {
  const id = control.id || (control.id = freshId('field'));
  const hintId = hint ? `${id}-hint` : undefined;
  const error = el('p', { class: 'error', id: `${id}-error`, hidden: true });
  const described = [hintId, error.id].filter(Boolean).join(' ');
  control.setAttribute('aria-describedby', described);
  const element = el(
    'div',
    { class: 'field' },
    el('label', { htmlFor: id }, label, optional ? el('span', { class: 'optional' }, ' optional') : null),
    hint ? el('p', { class: 'hint', id: hintId }, hint) : null,
    control,
    error,
  );
  return { element, control, showError: (message) => showError(control, error, message) };
}

/** Several controls that belong together, with one place for what is wrong with them. */
export function group(label, children, { hint, optional } = {}) {
  const id = freshId('group');
  const error = el('p', { class: 'error', id: `${id}-error`, hidden: true });
  const element = el(
    'fieldset',
    { class: 'field', 'aria-describedby': [hint ? `${id}-hint` : null, error.id].filter(Boolean).join(' ') },
    el('legend', {}, label, optional ? el('span', { class: 'optional' }, ' optional') : null),
    hint ? el('p', { class: 'hint', id: `${id}-hint` }, hint) : null,
    children,
    error,
  );
  return {
    element,
    showError: (message) => {
      replace(error, message ?? '');
      error.hidden = !message;
    },
  };
}

function showError(control, error, message) {
  replace(error, message ?? '');
  error.hidden = !message;
  if (message) control.setAttribute('aria-invalid', 'true');
  else control.removeAttribute('aria-invalid');
}

/** One of several choices, as radio buttons. */
export function radios(name, choices, chosen, onchange) {
  return el(
    'div',
    { class: 'choices' },
    choices.map(({ value, label, hint }) =>
      choice(
        el('input', { type: 'radio', id: freshId(name), name, value, checked: value === chosen, onchange: () => onchange?.(value) }),
        label, hint)),
  );
}

/** A radio button or a checkbox with its label, and what explains it. */
export function choice(control, label, hint) {
  const hintId = hint ? `${control.id}-hint` : undefined;
  if (hint) control.setAttribute('aria-describedby', hintId);
  return el(
    'div', { class: 'choice' },
    control,
    el('div', {}, el('label', { htmlFor: control.id }, label), hint ? el('span', { class: 'hint', id: hintId }, hint) : null));
}

export function select(choices, chosen, properties = {}) {
  return el(
    'select',
    properties,
    choices.map(({ value, label }) => el('option', { value, selected: value === chosen }, label)),
  );
}

/** What is asked before a dialog that is open is left. */
const leaving = new Set();

/** Whether all that is open may be left. What may not says why. */
export function mayLeaveDialogs() {
  return [...leaving].every((mayLeave) => mayLeave());
}

/**
 * Opens a dialog and gives what it was closed with; nothing if it was left. What it puts into the dialog gets a function that
 * closes it. The focus goes back to where it was.
 *
 * @param mayLeave asked before Escape closes the dialog, or another address shows another view
 */
export function dialog(title, build, { mayLeave = () => true, className = '' } = {}) {
  return new Promise((resolve) => {
    let result;
    const titleId = freshId('dialog');
    const element = el('dialog', { class: className, 'aria-labelledby': titleId });
    const close = (value) => {
      result = value;
      element.close();
    };
    replace(element, el('h2', { id: titleId }, title), build(close));
    element.addEventListener('cancel', (event) => {
      if (!mayLeave()) event.preventDefault();
    });
    // Browsers close a dialog at the second Escape in a row, whatever was said to the first.
    element.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && !mayLeave()) event.preventDefault();
    });
    leaving.add(mayLeave);
    element.addEventListener('close', () => {
      leaving.delete(mayLeave);
      element.remove();
      resolve(result);
    });
    document.body.append(element);
    element.showModal();
    element.querySelector('[data-focus]')?.focus();
  });
}

/** The buttons at the end of a dialog or form; the first is what the rest is about. */
export function buttons(...all) {
  return el('div', { class: 'buttons' }, all);
}

/** Says what went wrong, where it went wrong; empty until then. */
export function trouble() {
  const element = el('div', { class: 'trouble', role: 'alert' });
  return { element, show: (message) => replace(element, message ? el('p', {}, message) : null) };
}

/** A table whose cells keep their headings where the screen is narrow. */
export function table(caption, headings, rows, className = '') {
  return el(
    'table',
    { class: className, role: 'table' },
    el('caption', { class: 'unseen' }, caption),
    el(
      'thead',
      { role: 'rowgroup' },
      el('tr', { role: 'row' }, headings.map((heading) => el('th', { scope: 'col', role: 'columnheader' }, heading))),
    ),
    el(
      'tbody',
      { role: 'rowgroup' },
      rows.map((cells) =>
        el(
          'tr',
          { role: 'row', class: cells.className },
          cells.map((cell, i) =>
            i === 0
              ? el('th', { scope: 'row', role: 'rowheader' }, cell)
              : el('td', { role: 'cell', 'data-heading': headings[i] }, cell),
          ),
        ),
      ),
    ),
  );
}
