import { randomBytes } from 'node:crypto';

/** Markup that is safe to put in a page. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A template of markup: what is put into it is escaped, unless it is markup itself or a list of such. */
export function html(parts: TemplateStringsArray, ...values: readonly unknown[]): Html {
  return new Html(parts.reduce((whole, part, index) => whole + markup(values[index - 1]) + part));
}

function markup(value: unknown): string {
  if (value instanceof Html) return value.text;
  if (Array.isArray(value)) return value.map(markup).join('');
  if (value === undefined || value === false) return '';
  return String(value).replace(/[&<>"']/g, (letter) => `&#${letter.codePointAt(0)};`);
}

export type Language = 'fr' | 'en';

/** The language of a page: the first one understood of those asked for, French otherwise. */
export function languageOf(...wishes: readonly (string | undefined)[]): Language {
  const tags = wishes
    .flatMap((each) => (each ?? '').split(/[\s,;]+/))
    .map((tag) => tag.slice(0, 2).toLowerCase());
  return tags.find((tag): tag is Language => tag === 'fr' || tag === 'en') ?? 'fr';
}

interface Page {
  language: Language;
  title: string;
  body: Html;
  /** Origins that a form of the page may lead to by redirects, beside this server. */
  formTargets?: readonly string[];
}

/** A page as its headers and text: it runs no script, loads nothing and is in no frame. */
export function renderPage({ language, title, body, formTargets = [] }: Page) {
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    "default-src 'none'",
    `style-src 'nonce-${nonce}'`,
    `form-action ${["'self'", ...formTargets].join(' ')}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
  ];
  const text = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} – Passerelle</title>
<style nonce="${nonce}">${new Html(style)}</style>
</head>
<body>
<main>
<h1>${title}</h1>
${body}
</main>
</body>
</html>
`;
  return {
    headers: {
      'Content-Type': 'text/html; charset=utf-8',
      'Content-Security-Policy': policy.join('; '),
      'Cache-Control': 'no-store',
      'Referrer-Policy': 'same-origin',
      'X-Content-Type-Options': 'nosniff',
    },
    text: text.text,
  };
}

const style = `
body { font: 1rem/1.5 system-ui, sans-serif; margin: 0; color: #161616; background: #f6f6f6; }
main { max-width: 42rem; margin: 2rem auto; padding: 1.5rem 2rem; background: #fff; border: 1px solid #ccc; }
h1 { font-size: 1.5rem; margin-top: 0; }
fieldset { border: 1px solid #929292; margin: 1rem 0; padding: .5rem 1rem 1rem; }
legend { font-weight: 700; padding: 0 .5rem; }
label { display: block; padding: .35rem 0; }
input[type=text] { font: inherit; padding: .4rem; width: 20rem; max-width: 100%; border: 1px solid #3a3a3a; }
button { font: inherit; padding: .5rem 1.25rem; margin: .25rem .5rem .25rem 0; border: 1px solid #000091; background: #fff; color: #000091; }
button.main { background: #000091; color: #fff; }
:focus-visible { outline: 3px solid #0a76f6; outline-offset: 2px; }
.error { border-left: 4px solid #ce0500; padding-left: 1rem; color: #ce0500; font-weight: 700; }
code { overflow-wrap: anywhere; }
`;
