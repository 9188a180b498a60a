import type { Resource } from 'fhir/r4.d.ts';
import { type Answer, entriesOf, serverUnderTest } from '../support/fhir-http.ts';

const http = serverUnderTest();

const form = 'http://forms.test/Questionnaire/pain';

/** Two versions of one form, one without a version, and one that this server itself is the address of. */
const questionnaires = [
  { id: 'pain-1', url: form, version: '1', title: 'Douleur' },
  { id: 'pain-2', url: form, version: '2', title: 'Douleur revue' },
  { id: 'plain', url: 'http://forms.test/Questionnaire/plain', title: 'Simple' },
].map((one) => ({ resourceType: 'Questionnaire', status: 'active', ...one }));

const activities = [
  { id: 'walk', url: 'http://forms.test/ActivityDefinition/walk', version: '1.0', title: 'Marche' },
].map((one) => ({ resourceType: 'ActivityDefinition', status: 'active', ...one }));

function response(id: string, questionnaire: string, status = 'completed') {
  return { resourceType: 'QuestionnaireResponse', id, status, questionnaire };
}

const responses = [
  response('any', form),
  response('first', `${form}|1`),
  response('second', `${form}|2`, 'in-progress'),
  response('absent', `${form}|3`),
  response('plain', 'http://forms.test/Questionnaire/plain'),
];

const plans = [
  {
    resourceType: 'PlanDefinition',
    id: 'plan',
    status: 'active',
    action: [
      { definitionCanonical: 'http://forms.test/ActivityDefinition/walk|1.0' },
      { definitionUri: `${form}|2` },
    ],
  },
  {
    resourceType: 'PlanDefinition',
    id: 'inside',
    status: 'active',
    contained: [{ resourceType: 'ActivityDefinition', id: 'rest', status: 'active', title: 'Repos' }],
    action: [{ definitionCanonical: '#rest' }],
  },
];

beforeAll(async () => {
  for (const resource of [...responses, ...plans, ...questionnaires, ...activities] as Resource[]) {
    expect((await http.put(`${resource.resourceType}/${resource.id}`, resource)).status).toBe(201);
  }
  const own = {
    resourceType: 'Questionnaire',
    id: 'own',
    status: 'active',
    url: `${http.base}/Questionnaire/own`,
  };
  await http.put('Questionnaire/own', { ...own, title: 'Ici' });
  await http.put('QuestionnaireResponse/own', response('own', own.url));
});

function ids(answer: Answer, mode: 'match' | 'include'): string {
  expect(answer.status).toBe(200);
  const found = entriesOf(answer, mode).map(({ resource }) => resource!.id);
  expect(new Set(found).size).toBe(found.length);
  return found.sort().join(' ');
}

describe('chains go through canonical references (search.html#chaining, references.html#canonical)', () => {
  test.each([
    ['one without a version is to any version', 'questionnaire.title=Douleur', 'any first second'],
    ['one with a version is to that version alone', 'questionnaire.title:exact=Douleur revue', 'any second'],
    ['by the version of the target', 'questionnaire:Questionnaire.version=1', 'any first'],
    ['one to a URL of this server', 'questionnaire.title=ici', 'own'],
    ['one to what is not there leads nowhere', 'questionnaire.version=3', ''],
    ['the URL alone finds all versions', `questionnaire=${form}`, 'absent any first second'],
    ['the URL with a version finds that version', `questionnaire=${form}|3`, 'absent'],
    ['together with another criterion', 'status=completed&questionnaire.version=2', 'any'],
  ])('%s', async (_rule, query, expected) => {
    expect(ids(await http.get(`QuestionnaireResponse?${query}`), 'match')).toBe(expected);
  });

  test.each([
    ['of an element of either type, canonical', 'definition:ActivityDefinition.title=marche', 'plan'],
    ['of an element of either type, uri', 'definition:Questionnaire.title=douleur', 'plan'],
    ['without a type all types are meant', 'definition.title=marche', 'plan'],
    ['to a contained resource', 'definition.title=repos', 'inside'],
    ['to another version', 'definition:Questionnaire.version=1', ''],
  ])('%s', async (_rule, query, expected) => {
    expect(ids(await http.get(`PlanDefinition?${query}`), 'match')).toBe(expected);
  });

  test('a deleted target is no target', async () => {
    const url = 'http://forms.test/Questionnaire/gone';
    await http.put('Questionnaire/gone', {
      resourceType: 'Questionnaire',
      id: 'gone',
      status: 'active',
      url,
      title: 'Parti',
    });
    await http.put('QuestionnaireResponse/gone', response('gone', url));
    expect(ids(await http.get('QuestionnaireResponse?questionnaire.title=parti'), 'match')).toBe('gone');
    await http.delete('Questionnaire/gone');
    expect(ids(await http.get('QuestionnaireResponse?questionnaire.title=parti'), 'match')).toBe('');
  });
});

describe(':below finds the versions that begin with one (search.html#versions)', () => {
  const url = 'http://forms.test/Questionnaire/long';

  beforeAll(async () => {
    for (const version of ['1.0', '1.2.3', '10', '2.1']) {
      const id = `long-${version}`;
      await http.put(`QuestionnaireResponse/${id}`, {
        ...response(id, `${url}|${version}`),
        meta: { profile: [`${url}|${version}`] },
      });
    }
  });

  test.each(['questionnaire', '_profile'])('of %s', async (code) => {
    const found = async (value: string) =>
      ids(await http.get(`QuestionnaireResponse?${code}:below=${value}`), 'match');
    expect(await found(url)).toBe('long-1.0 long-1.2.3 long-10 long-2.1');
    expect(await found(`${url}|1`)).toBe('long-1.0 long-1.2.3');
    expect(await found(`${url}|1.2`)).toBe('long-1.2.3');
    expect(await found(`${url}|2.1`)).toBe('long-2.1');
    expect(await found(`${url}|3`)).toBe('');
  });
});

describe('_has goes back through canonical references (search.html#has)', () => {
  test.each([
    ['by a criterion of the source', '_has:QuestionnaireResponse:questionnaire:status=in-progress', 'pain-2'],
    ['each version by what names it', '_has:QuestionnaireResponse:questionnaire:_id=first', 'pain-1'],
    ['all versions by what names none', '_has:QuestionnaireResponse:questionnaire:_id=any', 'pain-1 pain-2'],
    ['by a URL of this server', '_has:QuestionnaireResponse:questionnaire:_id=own', 'own'],
    ['by another type', '_has:PlanDefinition:definition:_id=plan', 'pain-2'],
  ])('%s', async (_rule, query, expected) => {
    expect(ids(await http.get(`Questionnaire?${query}`), 'match')).toBe(expected);
  });
});

describe('_include and _revinclude follow canonical references (search.html#include)', () => {
  test.each([
    [
      'one without a version includes all versions',
      'QuestionnaireResponse?_id=any&_include=QuestionnaireResponse:questionnaire',
      'pain-1 pain-2',
    ],
    [
      'one with a version includes that version',
      'QuestionnaireResponse?_id=second&_include=QuestionnaireResponse:questionnaire',
      'pain-2',
    ],
    [
      'a URL of this server is included once',
      'QuestionnaireResponse?_id=own&_include=QuestionnaireResponse:questionnaire',
      'own',
    ],
    [
      'what is not there is not included',
      'QuestionnaireResponse?_id=absent&_include=QuestionnaireResponse:questionnaire',
      '',
    ],
    ['of several types', 'PlanDefinition?_id=plan&_include=PlanDefinition:definition', 'pain-2 walk'],
    [
      'of one of the types',
      'PlanDefinition?_id=plan&_include=PlanDefinition:definition:Questionnaire',
      'pain-2',
    ],
    ['by *', 'PlanDefinition?_id=plan&_include=*', 'pain-2 walk'],
    [
      'back to all that name the URL or the version',
      'Questionnaire?_id=pain-1&_revinclude=QuestionnaireResponse:questionnaire',
      'any first',
    ],
    [
      'back and on by :iterate',
      'ActivityDefinition?_id=walk&_revinclude=PlanDefinition:definition&_include:iterate=PlanDefinition:definition',
      'pain-2 plan',
    ],
  ])('%s', async (_rule, query, expected) => {
    expect(ids(await http.get(query), 'include')).toBe(expected);
  });
});
