import type { AuditEvent, AuditEventAgent, AuditEventEntity, Coding } from 'fhir/r4.d.ts';

/** One slice of the agents or entities of a profile, found by its type. */
interface Slice {
  name: string;
  types: readonly string[];
  least: number;
  most: number;
}

interface AgentSlice extends Slice {
  /** What an agent of the slice has to have, and what it must not. */
  has: readonly (keyof AuditEventAgent)[];
  hasNot: readonly (keyof AuditEventAgent)[];
  requestor?: boolean;
}

interface EntitySlice extends Slice {
  /** `system|code` */
  roles?: readonly string[];
  has: readonly (keyof AuditEventEntity)[];
  hasNot: readonly (keyof AuditEventEntity)[];
  whatType?: string;
}

/** A profile of IHE BALP as the tables of its guide say it; texts of codings are `system|code`. */
interface Shape {
  type: string;
  action: string;
  subtypes: readonly string[];
  outcomes: readonly string[];
  agents: readonly AgentSlice[];
  entities: readonly EntitySlice[];
  leastEntities: number;
  isClosed?: true;
}

const dcm = (code: string) => `http://dicom.nema.org/resources/ontology/DCM|${code}`;
const participation = (code: string) => `http://terminology.hl7.org/CodeSystem/v3-ParticipationType|${code}`;
const restful = (code: string) => `http://hl7.org/fhir/restful-interaction|${code}`;
const entityType = (code: string) => `http://terminology.hl7.org/CodeSystem/audit-entity-type|${code}`;
const role = (code: string) => `http://terminology.hl7.org/CodeSystem/object-role|${code}`;
const balp = 'https://profiles.ihe.net/ITI/BALP/CodeSystem';

const machine = { has: ['who', 'network'], hasNot: ['media'] } as const;
const person = { has: ['who'], hasNot: ['media', 'network'], requestor: true } as const;

function restAgents(client: string, server: string, users: readonly string[]): AgentSlice[] {
  return [
    { name: 'client', types: [client], least: 1, most: 1, ...machine },
    { name: 'server', types: [server], least: 1, most: 1, ...machine },
    { name: 'user', types: users, least: 0, most: 1, ...person },
  ];
}

const transaction: EntitySlice = {
  name: 'transaction',
  types: [`${balp}/BasicAuditEntityType|XrequestId`],
  least: 0,
  most: 1,
  has: ['what'],
  hasNot: [],
};
const patient: EntitySlice = {
  name: 'patient',
  types: [entityType('1')],
  least: 1,
  most: 1,
  roles: [role('1')],
  has: ['what'],
  hasNot: [],
  whatType: 'Patient',
};
const data: EntitySlice = {
  name: 'data',
  types: [entityType('2')],
  least: 1,
  most: 1,
  roles: [role('3'), role('4'), role('20')],
  has: ['what'],
  hasNot: [],
};
const query: EntitySlice = {
  name: 'query',
  types: [entityType('2')],
  least: 1,
  most: 1,
  roles: [role('24')],
  has: ['query'],
  hasNot: ['what'],
};

const rest = {
  type: 'http://terminology.hl7.org/CodeSystem/audit-event-type|rest',
  outcomes: ['0'],
  leastEntities: 1,
};
const reader = [participation('IRCP')];
const writers = ['AUT', 'INF', 'CST'].map(participation);
const sender = restAgents(dcm('110153'), dcm('110152'), writers);

const base: Record<string, Shape> = {
  Read: {
    ...rest,
    action: 'R',
    subtypes: ['read', 'vread'].map(restful),
    agents: restAgents(dcm('110152'), dcm('110153'), reader),
    entities: [data, transaction],
  },
  Query: {
    ...rest,
    action: 'E',
    subtypes: ['search', 'search-type', 'search-system'].map(restful),
    agents: restAgents(dcm('110153'), dcm('110152'), reader),
    entities: [query, transaction],
  },
  Create: {
    ...rest,
    action: 'C',
    subtypes: [restful('create')],
    agents: sender,
    entities: [data, transaction],
  },
  Update: {
    ...rest,
    action: 'U',
    subtypes: ['update', 'patch'].map(restful),
    agents: sender,
    entities: [data, transaction],
  },
  Delete: {
    ...rest,
    action: 'D',
    subtypes: [restful('delete')],
    agents: restAgents(
      dcm('110150'),
      'http://terminology.hl7.org/CodeSystem/provenance-participant-type|custodian',
      writers,
    ),
    entities: [data, transaction],
  },
};

const anyOutcome = ['0', '4', '8', '12'];

function disclosure(type: string, action: string): Shape {
  return {
    type,
    action,
    subtypes: ['http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle|disclose'],
    outcomes: anyOutcome,
    leastEntities: 2,
    agents: [
      { name: 'source', types: [dcm('110153')], least: 1, most: 1, has: ['who', 'network'], hasNot: [] },
      { name: 'recipient', types: [dcm('110152')], least: 1, most: 1, has: ['who', 'network'], hasNot: [] },
    ],
    entities: [patient],
  };
}

const others: Record<string, Shape> = {
  'PrivacyDisclosure.Source': disclosure(dcm('110106'), 'R'),
  'PrivacyDisclosure.Recipient': disclosure(dcm('110107'), 'C'),
  AuthZconsent: {
    type: dcm('110113'),
    action: 'E',
    subtypes: ['AuthZ-Consent', 'AuthZ-Role'].map((code) => `${balp}/AuthZsubType|${code}`),
    outcomes: anyOutcome,
    leastEntities: 2,
    isClosed: true,
    agents: [
      { name: 'client', types: [dcm('110150')], least: 1, most: 1, ...machine },
      { name: 'user', types: reader, least: 1, most: 1, ...person },
      {
        name: 'userorg',
        types: ['http://terminology.hl7.org/CodeSystem/v3-RoleClass|PROV'],
        least: 1,
        most: 1,
        has: ['who'],
        hasNot: ['role', 'media', 'network', 'policy'],
        requestor: false,
      },
      {
        name: 'authorizer',
        types: ['http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver'],
        least: 1,
        most: 1,
        has: ['who'],
        hasNot: ['role', 'media', 'network', 'policy', 'purposeOfUse'],
        requestor: false,
      },
    ],
    entities: [
      patient,
      {
        name: 'consent',
        types: ['http://hl7.org/fhir/resource-types|Consent'],
        least: 1,
        most: Number.POSITIVE_INFINITY,
        has: ['what'],
        hasNot: [],
        whatType: 'Consent',
      },
      {
        name: 'token',
        types: [`${balp}/UserAgentTypes|UserOauthAgent`],
        least: 0,
        most: 1,
        has: ['what'],
        hasNot: [],
      },
    ],
  },
};

const accessToken: Shape = {
  type: dcm('110114'),
  action: 'E',
  subtypes: ['urn:ihe:event-type-code|ITI-71'],
  outcomes: ['0'],
  leastEntities: 1,
  isClosed: true,
  agents: [
    { name: 'client', types: [dcm('110150')], least: 1, most: 1, ...machine },
    {
      name: 'auth-server',
      types: [`${balp}/UserAgentTypes|AuthzOauthService`],
      least: 1,
      most: 1,
      ...machine,
    },
    { name: 'user', types: reader, least: 0, most: 1, ...person },
  ],
  entities: [{ ...query, name: 'token-request' }],
};

const profileStart = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/';

/** What an event has against the profiles that it claims; without a profile nothing. */
export function balpViolations(event: AuditEvent): string[] {
  return (event.meta?.profile ?? []).flatMap((url) => {
    const shape = shapeOf(url.replace(profileStart, ''));
    return shape === undefined ? [`the profile ${url} is unknown`] : violations(event, shape);
  });
}

function shapeOf(id: string): Shape | undefined {
  if (id === 'IHE.IUA.71') return accessToken;
  const name = id.replace(/^IHE\.BasicAudit\./, '');
  const isPatient = name.startsWith('Patient');
  const shape = base[name.replace(/^Patient/, '')];
  if (shape === undefined || !isPatient) return shape ?? others[name];
  return { ...shape, leastEntities: 2, entities: [...shape.entities, patient] };
}

function violations(event: AuditEvent, shape: Shape): string[] {
  const { type, action, subtype = [], outcome = '', agent, entity = [], source } = event;
  return [
    ...unless(text(type) === shape.type, 'type'),
    ...unless(action === shape.action, 'action'),
    ...unless(
      subtype.filter((each) => shape.subtypes.includes(text(each))).length === 1,
      'subtype is not one of those of the profile',
    ),
    ...unless(shape.outcomes.includes(outcome), 'outcome'),
    ...unless(agent.length >= 2, 'agents are fewer than two'),
    ...unless(entity.length >= shape.leastEntities, 'entities are too few'),
    ...unless(source.observer !== undefined, 'source'),
    ...shape.agents.flatMap((slice) => agentViolations(agent, slice)),
    ...shape.entities.flatMap((slice) => entityViolations(entity, slice)),
    ...(shape.isClosed ? strangers(entity, shape.entities) : []),
    ...sourceViolations(event, shape),
  ];
}

/** BALP, invariant val-audit-source: who records is one of the agents. */
function sourceViolations({ agent, source }: AuditEvent, shape: Shape): string[] {
  const names = { [dcm('110106')]: 'source', [dcm('110107')]: 'recipient', [dcm('110113')]: 'authorizer' };
  const slice = shape.agents.find(({ name }) => name === names[shape.type]);
  if (slice === undefined) return [];
  const own = agent.find((each) => slice.types.includes(text(each.type?.coding?.[0])));
  return unless(
    JSON.stringify(own?.who) === JSON.stringify(source.observer),
    `${slice.name} is not the source`,
  );
}

function agentViolations(agents: readonly AuditEventAgent[], slice: AgentSlice): string[] {
  const own = agents.filter(({ type }) => slice.types.includes(text(type?.coding?.[0])));
  return [
    ...unless(own.length >= slice.least && own.length <= slice.most, `${slice.name}: ${own.length} agents`),
    ...own.flatMap((agent) => [
      ...slice.has.filter((name) => agent[name] === undefined).map((name) => `${slice.name} lacks ${name}`),
      ...slice.hasNot.filter((name) => agent[name] !== undefined).map((name) => `${slice.name} has ${name}`),
      ...unless(
        slice.requestor === undefined || agent.requestor === slice.requestor,
        `${slice.name} requestor`,
      ),
    ]),
  ];
}

function entityViolations(entities: readonly AuditEventEntity[], slice: EntitySlice): string[] {
  const own = entities.filter(
    ({ type, role: own }) =>
      slice.types.includes(text(type)) && (slice.roles === undefined || slice.roles.includes(text(own))),
  );
  return [
    ...unless(own.length >= slice.least && own.length <= slice.most, `${slice.name}: ${own.length} entities`),
    ...own.flatMap((entity) => [
      ...slice.has.filter((name) => entity[name] === undefined).map((name) => `${slice.name} lacks ${name}`),
      ...slice.hasNot.filter((name) => entity[name] !== undefined).map((name) => `${slice.name} has ${name}`),
      ...unless(
        slice.whatType === undefined || entity.what?.reference?.startsWith(`${slice.whatType}/`) === true,
        `${slice.name} is no ${slice.whatType}`,
      ),
    ]),
  ];
}

function strangers(entities: readonly AuditEventEntity[], slices: readonly EntitySlice[]): string[] {
  const types = slices.flatMap((slice) => slice.types);
  return entities
    .filter(({ type }) => !types.includes(text(type)))
    .map(({ type }) => `an entity of type ${text(type)} is none of the profile`);
}

function unless(holds: boolean, violation: string): string[] {
  return holds ? [] : [violation];
}

function text(coding: Coding | undefined): string {
  return `${coding?.system}|${coding?.code}`;
}
