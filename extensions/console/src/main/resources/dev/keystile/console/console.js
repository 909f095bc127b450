// Where the page begins: who is logged in, and which view the address asks for.

import { activityView } from './activity.js';
import { currentSession, isChanging, openSession } from './api.js';
import { createView } from './create.js';
import { button, el, mayLeaveDialogs, replace } from './dom.js';
import { keyView } from './key.js';
import { listView } from './keys.js';
import { idInside } from './words.js';

const main = document.getElementById('main');
let views = 0;
let shown = location.href;

document.getElementById('skip').addEventListener('click', (event) => {
  // The part of the address behind # says which view is shown.
  event.preventDefault();
  main.focus();
});
window.addEventListener('hashchange', () => {
  // What a change gives is seen once: the way back, or another address, must not take it away.
  if (!isChanging() && mayLeaveDialogs()) show();
  else if (location.href !== shown) history.pushState(null, '', shown);
});
window.addEventListener('unhandledrejection', (event) => {
  event.preventDefault();
  fail(event.reason);
});

async function show() {
  shown = location.href;
  document.querySelectorAll('dialog').forEach((dialog) => dialog.close());
  const [path, query = ''] = location.hash.replace(/^#\/?/, '').split('?');
  const [first, second] = path.split('/');
  let view;
  if (first === 'new') view = createView(main);
  else if (first === 'activity') view = activityView(main);
  else if (first === 'keys' && second) view = keyView(main, idAlone(second));
  else view = listView(main, new URLSearchParams(query));
  mark(first);
  document.title = view.title;
  window.scrollTo(0, 0);
  const mine = ++views;
  // Who opens the page begins at its top.
  if (mine > 1) view.focus.focus();
  try {
    await view.ready;
  } catch (problem) {
    if (mine === views) fail(problem);
  }
}

/** Of a whole key that stands in the place of its id only that is asked for, and left in the address. */
function idAlone(entered) {
  const id = idInside(entered, currentSession().prefixes);
  if (!id) return entered;
  history.replaceState(null, '', `#/keys/${id}`);
  shown = location.href;
  return id;
}

function mark(first) {
  for (const link of document.querySelectorAll('#nav a')) {
    const here = (link.hash === '#/activity') === (first === 'activity');
    if (here) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

function fail(problem) {
  const loggedOut = problem.status === 401;
  const gone = problem.code === 'key_not_found';
  replace(
    main,
    el(
      'div', { class: 'empty', role: 'alert' },
      el('h1', {}, loggedOut ? 'You are not logged in' : gone ? 'There is no such key' : 'This did not work'),
      el('p', {}, loggedOut ? 'Log in to see and manage the API keys of your account.'
        : gone ? 'It may belong to another account, or never have been.' : problem.message ?? 'Something went wrong in the page.'),
      loggedOut
        ? problem.loginUrl ? el('a', { class: 'button primary', href: problem.loginUrl }, 'Log in') : null
        : gone ? el('a', { class: 'button', href: '#/' }, 'All keys') : button('Try again', () => location.reload())));
}

async function start() {
  try {
    const session = await openSession();
    replace(document.getElementById('who'), `${session.member.name} · ${session.account}`);
    document.getElementById('nav').hidden = false;
    if (session.home_url) {
      const home = document.getElementById('home');
      home.href = session.home_url;
      home.hidden = false;
    }
    await show();
  } catch (problem) {
    fail(problem);
  }
}

start();
