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

/** Changes something. */
export async function change(path, body = {}) {
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
    if (failure.name === 'AbortError') throw failure;
    throw new Problem(0, {
      code: 'unreachable',
      detail: method === 'GET'
        ? 'The server cannot be reached. Check your connection and try again.'
        : 'The server cannot be reached, so it is not known whether the change was made. Look before you try again.',
    });
  }
  if (response.type === 'opaqueredirect') {
    throw new Problem(401, { code: 'not_logged_in', detail: 'You are no longer logged in.' });
  }
  const type = response.headers.get('Content-Type') ?? '';
  const answer = type.includes('json') ? await response.json() : undefined;
  if (!response.ok) throw new Problem(response.status, answer);
  if (answer === undefined) throw new Problem(response.status);
  setNow(answer.now);
  return answer;
}
