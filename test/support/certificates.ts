import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Certificates made for a test by openssl, in a folder of their own. */
export interface TestCertificates {
  openssl(...parameters: string[]): void;
  /** A certificate authority: `<name>.key`, `<name>.pem`. */
  authority(name: string): void;
  /** A certificate for 127.0.0.1: `<name>.key`, `<name>.pem`. */
  certificate(name: string, commonName: string, signedBy: string): void;
  file(name: string): Buffer;
  path(name: string): string;
  remove(): void;
}

export function testCertificates(): TestCertificates {
  const folder = mkdtempSync(join(tmpdir(), 'certificates-'));
  const path = (name: string) => join(folder, name);
  const openssl = (...parameters: string[]) => {
    execFileSync('openssl', parameters, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  return {
    openssl,
    authority(name) {
      const subject = ['-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE'];
      openssl(
        'req',
        '-x509',
        ...newKey,
        '-days',
        '2',
        ...subject,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.pem`,
      );
    },
    certificate(name, commonName, signedBy) {
      writeFileSync(path(`${name}.ext`), 'subjectAltName=IP:127.0.0.1\n');
      openssl(
        'req',
        ...newKey,
        '-subj',
        `/CN=${commonName}`,
        '-keyout',
        `${name}.key`,
        '-out',
        `${name}.csr`,
      );
      const signing = [
        '-CA',
        `${signedBy}.pem`,
        '-CAkey',
        `${signedBy}.key`,
        '-CAcreateserial',
        '-days',
        '2',
      ];
      openssl(
        'x509',
        '-req',
        '-in',
        `${name}.csr`,
        ...signing,
        '-extfile',
        `${name}.ext`,
        '-out',
        `${name}.pem`,
      );
    },
    file: (name) => readFileSync(path(name)),
    path,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
