import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import type { Server } from 'node:https';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** How often the files are looked at, in milliseconds. */
const lookEvery = 2_000;

/** PEM files of a server that ends TLS itself. */
export interface TlsFiles {
  /** The certificate, followed by those of the authorities between it and the root. */
  certificate: string;
  key: string;
  /** The authorities of client certificates; absent: none are asked for. */
  clientAuthorities?: string;
}

/** What becomes of certificates that are read again. */
export interface CertificateEvents {
  onTaken(): void;
  /** They are not a certificate and its key; the server goes on with those that it had. */
  onProblem(error: Error): void;
}

/**
 * Reads the files for `https.createServer`. Clients are asked for a certificate, not made to have one: browsers have
 * none, and what needs one says so (RFC 8705).
 * @throws Error with the name of the file that cannot be read, or when certificate and key are no pair
 */
export function readTls({ certificate, key, clientAuthorities }: TlsFiles): SecureContextOptions {
  const options: SecureContextOptions = {
    cert: readFileSync(certificate),
    key: readFileSync(key),
    ...(clientAuthorities === undefined ? {} : { ca: readFileSync(clientAuthorities) }),
    minVersion: 'TLSv1.2',
  };
  try {
    createSecureContext(options);
  } catch (error) {
    const { code = 'unreadable' } = error as NodeJS.ErrnoException;
    throw new Error(`${certificate} and ${key} are not a PEM certificate and its key (${code})`);
  }
  return options;
}

/**
 * Takes the certificates again when one of the files has changed, or on SIGHUP: connections that are open keep theirs.
 * @returns what ends this
 */
export function renewTls(
  server: Server,
  files: TlsFiles,
  { onTaken, onProblem }: CertificateEvents,
): () => void {
  const renew = () => {
    try {
      server.setSecureContext(readTls(files));
    } catch (error) {
      return onProblem(error as Error);
    }
    onTaken();
  };
  const paths = Object.values(files) as string[];
  const changed = (now: { mtimeMs: number; ino: number }, before: { mtimeMs: number; ino: number }) => {
    if (now.mtimeMs !== before.mtimeMs || now.ino !== before.ino) renew();
  };
  for (const path of paths) watchFile(path, { interval: lookEvery, persistent: false }, changed);
  process.on('SIGHUP', renew);
  return () => {
    for (const path of paths) unwatchFile(path, changed);
    process.off('SIGHUP', renew);
  };
}
