import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Request, type Response, Router } from 'express';
import { fhirError } from '../fhir/error.ts';
import { PackageThereError } from '../fhir/packages/install-package.ts';
import type { PackageLibrary } from '../fhir/packages/package-library.ts';
import { type FhirPackage, PackageError } from '../fhir/packages/read-package.ts';
import { refusing } from './refusing.ts';

/** The most bytes of a package that is sent. */
const mostBytes = 256 * 1024 * 1024;

export interface PackageRoutesOptions {
  packages: PackageLibrary;
  /** @throws FhirError when who asks may not administer packages */
  checkAdministrator(response: Response): void;
  /** Told of what was done. */
  onChange(event: 'package added' | 'package removed', name: string, version: string): void;
}

/**
 * The administration of FHIR packages: `GET /` lists them, `POST /` adds the .tgz file that is its body, and
 * `DELETE /:name/:version` takes one away.
 */
export function packageRoutes({ packages, checkAdministrator, onChange }: PackageRoutesOptions): Router {
  const router = Router();
  router.get(
    '/',
    refusing(async (_request, response) => {
      checkAdministrator(response);
      const { packages: all, broken, missing } = packages.loaded;
      response.json({
        packages: all.map(summary),
        broken: broken.map(({ path, reason }) => ({ file: basename(path), reason })),
        missing,
      });
    }),
  );
  router.post(
    '/',
    refusing(async (request, response) => {
      checkAdministrator(response);
      const file = join(packages.directory, `.${randomUUID()}.tgz`);
      await mkdir(packages.directory, { recursive: true });
      try {
        await save(request, file);
        const added = summary(await addedTo(packages, file));
        onChange('package added', added.name, added.version);
        response.status(201).json({ ...added, missing: packages.loaded.missing });
      } finally {
        await rm(file, { force: true });
      }
    }),
  );
  router.delete(
    '/:name/:version',
    refusing(async (request, response) => {
      checkAdministrator(response);
      const [name, version] = [String(request.params['name']), String(request.params['version'])];
      if (!(await packages.remove(name, version)))
        throw fhirError(404, 'not-found', 'There is no such package');
      onChange('package removed', name, version);
      response.status(204).end();
    }),
  );
  return router;
}

function summary({ name, version, resources }: FhirPackage) {
  return { name, version, resources: resources.length };
}

/** @throws FhirError 413 */
async function save(request: Request, file: string): Promise<void> {
  let received = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      if (received > mostBytes) done(fhirError(413, 'too-long', `A package has at most ${mostBytes} bytes`));
      else done(null, chunk);
    },
  });
  await pipeline(request, limit, createWriteStream(file));
}

/** @throws FhirError 409 for one that is there, 422 for what is no package of R4 */
async function addedTo(packages: PackageLibrary, file: string): Promise<FhirPackage> {
  try {
    return await packages.add(file);
  } catch (error) {
    if (error instanceof PackageThereError) throw fhirError(409, 'duplicate', error.message);
    if (error instanceof PackageError)
      throw fhirError(422, 'invalid', `It is no FHIR package: ${error.reason}`);
    throw error;
  }
}
