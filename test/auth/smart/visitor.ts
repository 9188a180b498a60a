/** One step of a browser: where it is, and what it was shown. */
export interface Shown {
  status: number;
  url: URL;
  text: string;
  headers: Headers;
}

interface Cookie {
  name: string;
  value: string;
  path: string;
}

/**
 * A browser without scripts over fetch: it keeps cookies by their path, follows redirects within one origin, and stops at
 * the address of an app.
 */
export class Visitor {
  readonly #origin: string;
  #cookies: Cookie[] = [];

  constructor(origin: string) {
    this.#origin = origin;
  }

  open(address: string | URL, init: RequestInit = {}): Promise<Shown> {
    return this.#follow(new URL(address, this.#origin), init);
  }

  /** Sends the form of a page with these fields; those that are hidden are sent as they are. */
  submit(page: Shown, fields: Record<string, string | readonly string[]>): Promise<Shown> {
    const body = new URLSearchParams();
    for (const { name, value } of inputsOf(page.text)) {
      if (name in fields) continue;
      body.append(name, value);
    }
    for (const [name, value] of Object.entries(fields)) {
      for (const each of [value].flat()) body.append(name, each);
    }
    const action = /<form method="post" action="([^"]+)"/.exec(page.text)?.[1] ?? '';
    return this.open(new URL(action, page.url), { method: 'POST', body, headers: { Origin: this.#origin } });
  }

  cookie(name: string): string | undefined {
    return this.#cookies.find((each) => each.name === name)?.value;
  }

  async #follow(url: URL, init: RequestInit): Promise<Shown> {
    for (let step = 0; step < 20; step += 1) {
      const headers = new Headers(init.headers);
      const cookies = this.#cookies.filter(({ path }) => isBelow(url.pathname, path));
      if (cookies.length > 0)
        headers.set('Cookie', cookies.map(({ name, value }) => `${name}=${value}`).join('; '));
      const response = await fetch(url, { ...init, headers, redirect: 'manual' });
      for (const text of response.headers.getSetCookie()) this.#keep(text);
      const location = response.headers.get('location');
      if (location === null)
        return { status: response.status, url, text: await response.text(), headers: response.headers };
      await response.arrayBuffer();
      const next = new URL(location, url);
      if (next.origin !== this.#origin)
        return { status: response.status, url: next, text: '', headers: response.headers };
      [url, init] = [next, {}];
    }
    throw new Error('Too many redirects');
  }

  #keep(text: string): void {
    const [pair = '', ...attributes] = text.split('; ');
    const [name = '', value = ''] = pair.split(/=(.*)/s);
    const path = attributes.find((each) => each.toLowerCase().startsWith('path='))?.slice(5) ?? '/';
    this.#cookies = this.#cookies.filter((each) => each.name !== name || each.path !== path);
    const expires = attributes.find((each) => each.toLowerCase().startsWith('expires='))?.slice(8);
    if (value !== '' && (expires === undefined || new Date(expires) > new Date()))
      this.#cookies.push({ name, value, path });
  }
}

function isBelow(pathname: string, path: string): boolean {
  return path === '/' || pathname === path || pathname.startsWith(`${path}/`);
}

/** Hidden fields and those that are ticked. */
function inputsOf(page: string): { name: string; value: string }[] {
  return [...page.matchAll(/<input ([^>]*)>/g)].flatMap(([, attributes = '']) => {
    const attribute = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1];
    const type = attribute('type');
    const name = attribute('name');
    if (name === undefined) return [];
    if (type !== 'hidden' && !/ checked/.test(attributes)) return [];
    return [{ name, value: decode(attribute('value') ?? '') }];
  });
}

function decode(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(Number(code)));
}
