// Calls of the JSON API, beside this file.

import { setNow } from './words.js';

/** What the server answered in place of what was asked for. */
export class Problem extends Error {
  constructor(status, { code = 'failed', detail = 'The server did not answer as it should.', errors = [], login_url: loginUrl } = {}) {
    super(detail);
    this.status = status;
    this.code = code;
    this.errors = errors;
    this.loginUrl = loginUrl;
  }

  /** Whether a change that was answered so may have been made all the same. */
  get isUncertain() {
    return this.status < 400 || this.status >= 500;
  }

  /** Why nobody knows. */
  get reason() {
    return this.status === 0 ? 'The server could not be reached, or its answer was lost.' : 'The server did not answer as it should.';
  }
}

let session;

/** Who is logged in, and what they can choose from. */
export async function openSession() {
  session = await send('GET', 'session');
  return session;
}

export function currentSession() {
  return session;
}

/** Reads something. */
export function read(path, parameters = {}, signal) {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value)).toString();
  return send('GET', query ? `${path}?${query}` : path, undefined, signal);
}

let changes = 0;

/** Whether the answer to a change is awaited. */
export function isChanging() {
  return changes > 0;
}

function stay(event) {
  event.preventDefault();
}

/** Changes something. Until the answer is there the browser asks before it leaves the page. */
export async function change(path, body = {}) {
  changes++;
  window.addEventListener('beforeunload', stay);
  try {
    return await sendChange(path, body);
  } finally {
    changes--;
    if (changes === 0) window.removeEventListener('beforeunload', stay);
  }
}

async function sendChange(path, body) {
  try {
    return await send('POST', path, body);
  } catch (problem) {
    if (problem.code !== 'token_refused') throw problem;
    const before = session;
    await openSession();
    if (session.account !== before.account || session.member.id !== before.member.id) {
      throw new Problem(409, {
        code: 'member_changed',
        detail: `You are now logged in as ${session.member.name}, for account ${session.account}. Reload the page to go on.`,
      });
    }
    return send('POST', path, body);
  }
}

async function send(method, path, body, signal) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) {
    headers['Content-Type'] = 'application/json';
    headers['X-Console-Token'] = session.token;
  }
  let response;
  try {
    response = await fetch(`api/${path}`, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: 'same-origin',
      cache: 'no-store',
      redirect: 'manual',
      signal,
    });
  } catch (failure) {
    throw unreachable(failure);
  }
  if (response.type === 'opaqueredirect') {
    throw new Problem(401, { code: 'not_logged_in', detail: 'You are no longer logged in.' });
  }
  const type = response.headers.get('Content-Type') ?? '';
  let answer;
  try {
    if (type.includes('json')) answer = await response.json();
  } catch (failure) {
    throw unreachable(failure);
  }
  if (!response.ok) throw new Problem(response.status, answer);
  if (answer === undefined) throw new Problem(response.status);
  setNow(answer.now);
  return answer;
}

/** Also of an answer that breaks off. */
function unreachable(failure) {
  if (failure.name === 'AbortError') return failure;
  return new Problem(0, { code: 'unreachable', detail: 'The server cannot be reached. Check your connection and try again.' });
}
