import type { Patient } from 'fhir/r4.d.ts';
import { created, issueOf, matchIds, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();
const patient: Patient = { resourceType: 'Patient', name: [{ family: 'Supprimé' }] };

describe('delete (http.html#delete)', () => {
  test('answers 204 without body, and the resource is gone', async () => {
    const id = await created(http, patient);
    const answer = await http.delete(`Patient/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const read = await http.get(`Patient/${id}`);
    expect(read.status).toBe(410);
    expect(issueOf(read).code).toBe('deleted');
  });

  test('takes the resource out of every search', async () => {
    const id = await created(http, patient);
    const searches = [`_id=${id}`, 'family=supprime', 'family:missing=false', '_lastUpdated=gt2000'];
    for (const search of searches) expect(matchIds(await http.get(`Patient?${search}`))).toContain(id);
    await http.delete(`Patient/${id}`);
    for (const search of searches) expect(matchIds(await http.get(`Patient?${search}`))).not.toContain(id);
  });

  test('answers 204 again when it is repeated, without a further version', async () => {
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    expect((await http.delete(`Patient/${id}`)).status).toBe(204);
    expect((await http.get(`Patient/${id}/_history/3`)).status).toBe(404);
  });

  test('answers 204 or 404 for an id that was never used, which stays unknown', async () => {
    expect([204, 404]).toContain((await http.delete('Patient/never-used')).status);
    expect((await http.get('Patient/never-used')).status).toBe(404);
  });

  test('makes one version of 20 simultaneous deletions', async () => {
    const id = await created(http, patient);
    const answers = await Promise.all(Array.from({ length: 20 }, () => http.delete(`Patient/${id}`)));
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    expect((await http.get(`Patient/${id}/_history/2`)).status).toBe(410);
    expect((await http.get(`Patient/${id}/_history/3`)).status).toBe(404);
  });

  test('answers 412 and deletes nothing when If-Match names another version', async () => {
    const id = await created(http, patient);
    const answer = await http.delete(`Patient/${id}`, { 'If-Match': 'W/"2"' });
    expect(answer.status).toBe(412);
    expect((await http.get(`Patient/${id}`)).status).toBe(200);
    expect((await http.delete(`Patient/${id}`, { 'If-Match': 'W/"1"' })).status).toBe(204);
  });

  test('answers an OperationOutcome when the caller prefers one', async () => {
    const id = await created(http, patient);
    const answer = await http.delete(`Patient/${id}`, { Prefer: 'return=OperationOutcome' });
    expect(answer.status).toBe(200);
    expect(answer.json()).toMatchObject({ resourceType: 'OperationOutcome' });
    expect((await http.get(`Patient/${id}`)).status).toBe(410);
  });

  test('leaves the way open for an update that brings the resource back', async () => {
    const id = await created(http, patient);
    await http.delete(`Patient/${id}`);
    const answer = await http.put(`Patient/${id}`, { ...patient, id });
    expect(answer.status).toBe(201);
    expect(answer.headers['etag']).toBe('W/"3"');
    expect((await http.get(`Patient/${id}`)).status).toBe(200);
    expect(matchIds(await http.get(`Patient?_id=${id}`))).toEqual([id]);
  });

  test('answers 405 with Allow to DELETE on a type and on the base', async () => {
    for (const path of ['Patient', '']) {
      const answer = await http.delete(path);
      expect(answer.status).toBe(405);
      expect(answer.headers['allow']).toContain('POST');
      issueOf(answer);
    }
  });
});
