import { readFile } from 'node:fs/promises';

/** The PEM files of mutual TLS towards a service, by their settings; empty: none. */
export interface TlsFileNames {
  certificate: string;
  key: string;
  authorities: string;
}

/** What is in them. */
export interface TlsFiles {
  certificate?: Buffer;
  key?: Buffer;
  certificateAuthorities?: Buffer;
}

/**
 * Reads the files; `undefined` where there is neither a certificate nor an authority.
 * @throws Error when one cannot be read
 */
export async function readTlsFiles({
  certificate,
  key,
  authorities,
}: TlsFileNames): Promise<TlsFiles | undefined> {
  if (certificate === '' && authorities === '') return undefined;
  return {
    ...(certificate === '' ? {} : { certificate: await readFile(certificate) }),
    ...(key === '' ? {} : { key: await readFile(key) }),
    ...(authorities === '' ? {} : { certificateAuthorities: await readFile(authorities) }),
  };
}
