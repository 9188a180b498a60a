import { Disclosed } from '../../src/audit/disclosed.ts';
import { finishedInteraction, mostPatients } from '../../src/audit/finished-interaction.ts';
import type { Done } from '../../src/interactions/access.ts';

const done = (given: Partial<Done>): Done => ({
  code: 'search-type',
  status: 200,
  received: () => 'GET /x',
  ...given,
});

function disclosed(...patients: string[]): Disclosed {
  const all = new Disclosed();
  for (const id of patients) {
    const body = Buffer.from(JSON.stringify({ resourceType: 'Patient', id }));
    all.add({
      type: 'Patient',
      id,
      version: 1,
      lastUpdated: 0,
      deleted: false,
      method: 'PUT',
      restricted: false,
      body,
    });
  }
  return all;
}

test('one event for each Patient, up to the most; the last tells how many more there were', () => {
  const names = Array.from({ length: mostPatients + 3 }, (_, index) => `p${index}`);
  const events = finishedInteraction(done({ code: 'operation', operation: 'export' }), disclosed(...names));
  expect(events).toHaveLength(mostPatients + 1);
  expect(events.slice(0, -1).map(({ patient }) => patient)).toEqual(names.slice(0, mostPatients));
  expect(events.at(-1)).toMatchObject({ outcome: '0', outcomeDesc: '3 more patients' });
  expect(events.at(-1)?.patient).toBeUndefined();
  expect(finishedInteraction(done({}), disclosed(...names.slice(0, mostPatients)))).toHaveLength(
    mostPatients,
  );
});

test.each([
  [400, 'invalid', '4'],
  [404, undefined, '4'],
  [500, 'exception', '8'],
  [503, 'transient', '8'],
] as const)('status %i is told with the code of its issue', (status, issue, outcome) => {
  const [event, ...others] = finishedInteraction(
    done({ status, ...(issue === undefined ? {} : { issue }) }),
    disclosed('a'),
  );
  expect(others).toEqual([]);
  expect(event).toMatchObject({
    outcome,
    outcomeDesc: issue === undefined ? String(status) : `${status} ${issue}`,
  });
  expect(event?.patient).toBeUndefined();
});

test('a write that was committed has its events already, one that was not is recorded as a look', () => {
  const written = disclosed('a');
  written.written = 1;
  expect(finishedInteraction(done({ code: 'update', status: 200 }), written)).toEqual([]);
  expect(finishedInteraction(done({ code: 'update', status: 200 }), disclosed('a'))).toEqual([
    expect.objectContaining({ kind: 'Query', interaction: 'update', patient: 'a' }),
  ]);
});

test.each(['batch', 'transaction', 'capabilities'])('a %s is recorded by what is in it', (code) => {
  expect(finishedInteraction(done({ code }), disclosed('a'))).toEqual([]);
});

test('what is no id in the address is told as part of the request alone', () => {
  const resourceOf = (id: string) =>
    finishedInteraction(done({ code: 'history-type', type: 'Patient', id }), disclosed())[0]?.resource;
  expect(resourceOf('_history')).toBeUndefined();
  expect(resourceOf('$match')).toBeUndefined();
  expect(resourceOf('a b')).toBeUndefined();
  expect(resourceOf('a-1.b')).toEqual({ type: 'Patient', id: 'a-1.b' });
});
