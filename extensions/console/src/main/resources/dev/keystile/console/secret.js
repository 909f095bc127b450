// The one moment in which a secret is seen.

import { button, buttons, dialog, el, freshId, replace } from './dom.js';

/**
 * Shows a secret until whoever sees it says that it is saved. Nothing of it stays in the page then.
 *
 * @param title  of the dialog
 * @param secret the text
 * @param notes  what else there is to say, elements
 * @param file   the name of the file that the text belongs into; null for a text that is copied
 */
export async function showSecret(title, secret, notes = [], file = null) {
  const stay = (event) => event.preventDefault();
  window.addEventListener('beforeunload', stay);
  const id = freshId('secret');
  const text = el(file ? 'textarea' : 'input', {
    id, class: 'secret', readOnly: true, value: secret, spellcheck: false, autocomplete: 'off',
    ...(file ? { rows: 4 } : { type: 'text' }),
    'data-focus': true, onfocus: (event) => event.target.select(),
  });
  const url = file ? URL.createObjectURL(new Blob([secret], { type: 'application/octet-stream' })) : null;
  const copied = el('span', { class: 'copied', role: 'status' });
  const savedId = freshId('saved');
  const saved = el('input', { type: 'checkbox', id: savedId });
  const error = el('p', { class: 'error', id: `${savedId}-error`, role: 'alert', hidden: true });
  saved.setAttribute('aria-describedby', error.id);
  saved.addEventListener('change', () => showUnsaved(false));

  function showUnsaved(isUnsaved) {
    error.hidden = !isUnsaved;
    replace(error, isUnsaved ? 'Say that you saved the key first. Once this is closed nobody can show it again.' : '');
    if (isUnsaved) saved.setAttribute('aria-invalid', 'true');
    else saved.removeAttribute('aria-invalid');
  }

  function mayLeave() {
    if (saved.checked) return true;
    showUnsaved(true);
    saved.focus();
    return false;
  }

  try {
    await dialog(
      title,
      (close) => [
        el(
          'p', { class: 'notice warning' },
          el('strong', {}, 'This is the only time it is shown.'),
          file
            ? ' Download it now to where your secrets are kept. It signs requests, and is stored nowhere here: if it is lost, rotate the key.'
            : ' Copy it now to where your secrets are kept. It is stored nowhere here: if it is lost, rotate the key.',
        ),
        el('label', { htmlFor: id, class: 'above' }, file ? 'Private key' : 'API key'),
        el(
          'div', { class: 'copy' },
          text,
          file
            ? el('a', { class: 'button primary', href: url, download: file, onclick: () => replace(copied, `Downloaded as ${file}`) }, `Download ${file}`)
            : null,
          button('Copy', async () => {
            replace(copied, (await copy(text)) ? 'Copied' : 'Could not copy: select the text and copy it yourself.');
          }, file ? {} : { class: 'primary' }),
        ),
        copied,
        notes,
        el('div', { class: 'choice saved' }, saved, el('label', { htmlFor: savedId }, 'I have saved the key')),
        error,
        buttons(button('Done', () => mayLeave() && close())),
      ],
      { mayLeave, className: 'wide' },
    );
  } finally {
    text.value = '';
    if (url) URL.revokeObjectURL(url);
    window.removeEventListener('beforeunload', stay);
  }
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text.value);
    return true;
  } catch {
    // Without TLS there is no clipboard but the old one.
    text.select();
    return document.execCommand('copy');
  }
}
