interface Description {
  name: string;
  title: string;
  description: string;
}

interface Metadata extends Description {
  version?: string;
  status: 'active';
  experimental: false;
  date?: string;
  publisher: string;
  jurisdiction: { coding: { system: string; code: string }[] }[];
  copyright: string;
}

/** Of what follows FR Core 2.2.0, in whose version and at whose date it is. */
export function frCoreMetadata(source: Description): Metadata {
  return {
    version: '2.2.0',
    ...metadata(
      source,
      "The rules are those of FR Core 2.2.0 (Interop'Santé, CC0-1.0), written anew for this server.",
      '2026-03-25',
    ),
  };
}

/** Of what stands for a nomenclature, whose versions are not followed. */
export function nomenclatureMetadata(source: Description): Metadata {
  return metadata(
    source,
    'Stands for a nomenclature of the Agence du Numérique en Santé, which alone publishes the whole content.',
  );
}

function metadata({ name, title, description }: Description, copyright: string, date?: string): Metadata {
  return {
    name,
    title,
    status: 'active',
    experimental: false,
    ...(date === undefined ? {} : { date }),
    publisher: 'Passerelle',
    description,
    jurisdiction: [{ coding: [{ system: 'urn:iso:std:iso:3166', code: 'FR' }] }],
    copyright,
  };
}
