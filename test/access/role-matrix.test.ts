import type { Role } from '../../src/access/actor.ts';
import { loadDefinitions, resourceTypes } from '../../src/fhir/definitions/load.ts';
import { actorHeaders, type ServerOfActors, startServerOfActors, type TestActor } from '../support/actors.ts';
import { minimalResource } from '../support/minimal-resource.ts';

const definitions = loadDefinitions();
const types = [...resourceTypes(definitions)].sort();

/** What is recorded of a patient's care: the compartment, but for these, and what goes with it. */
const apart = new Set([
  ...[
    'Patient',
    'Person',
    'RelatedPerson',
    'AuditEvent',
    'EnrollmentRequest',
    'MeasureReport',
    'ResearchSubject',
  ],
  ...[
    'Account',
    'Appointment',
    'AppointmentResponse',
    'ChargeItem',
    'Claim',
    'ClaimResponse',
    'Coverage',
    'Invoice',
  ],
  ...['CoverageEligibilityRequest', 'CoverageEligibilityResponse', 'ExplanationOfBenefit', 'Schedule'],
]);
const compartment = Object.entries(definitions.compartments['Patient'] ?? {}).flatMap(([type, parameters]) =>
  parameters.length > 0 ? [type] : [],
);
const clinical = [
  ...compartment.filter((type) => !apart.has(type)),
  ...['Binary', 'Bundle', 'DeviceMetric', 'GuidanceResponse', 'Task'],
];
const identity = ['Patient', 'Person', 'RelatedPerson'];
const administrative = [
  ...[
    'Account',
    'Appointment',
    'AppointmentResponse',
    'ChargeItem',
    'Claim',
    'ClaimResponse',
    'Coverage',
    'Slot',
  ],
  ...[
    'CoverageEligibilityRequest',
    'CoverageEligibilityResponse',
    'ExplanationOfBenefit',
    'Invoice',
    'Schedule',
  ],
  'VerificationResult',
];
const directory = [
  ...[
    'Device',
    'Endpoint',
    'HealthcareService',
    'Location',
    'Medication',
    'MedicationKnowledge',
    'Organization',
  ],
  ...['OrganizationAffiliation', 'Practitioner', 'PractitionerRole', 'Substance'],
];
const standards = [
  ...[
    'ActivityDefinition',
    'CapabilityStatement',
    'CodeSystem',
    'ConceptMap',
    'ImplementationGuide',
    'Library',
  ],
  ...['NamingSystem', 'OperationDefinition', 'PlanDefinition', 'Questionnaire', 'SearchParameter'],
  ...['StructureDefinition', 'StructureMap', 'ValueSet'],
];
const without = (list: readonly string[], ...left: string[]) => list.filter((type) => !left.includes(type));

type Rule = readonly [types: readonly string[], actions: string];
const prescriber: Rule[] = [
  [[...identity, ...administrative], 'crus'],
  [clinical, 'cruds'],
  [[...directory, ...standards], 'rs'],
];

/** What each role may do, written down a second time: an accident in the policy shows here. */
const expected: Readonly<Record<Role, readonly Rule[]>> = {
  admin: [
    [[...directory, ...standards, 'Schedule', 'Slot', 'Subscription'], 'cruds'],
    [['AuditEvent'], 'rs'],
  ],
  doctor: prescriber,
  midwife: prescriber,
  nurse: [
    [[...identity, ...administrative], 'crus'],
    [clinical, 'rs'],
    [without(clinical, 'MedicationRequest', 'Consent'), 'cu'],
    [[...directory, ...standards], 'rs'],
  ],
  pharmacist: [
    [
      [
        'Patient',
        'AllergyIntolerance',
        'MedicationAdministration',
        'MedicationRequest',
        'MedicationStatement',
      ],
      'rs',
    ],
    [['Immunization', 'MedicationDispense'], 'cruds'],
    [[...directory, ...standards], 'rs'],
  ],
  secretary: [
    [['Patient', 'RelatedPerson', 'Appointment'], 'cruds'],
    [['AppointmentResponse', 'Coverage'], 'crus'],
    [['Schedule', 'Slot', ...directory, ...standards], 'rs'],
  ],
  system: [
    [without(types, 'AuditEvent'), 'cruds'],
    [['AuditEvent'], 'rs'],
  ],
};

let server: ServerOfActors;
beforeAll(async () => {
  server = await startServerOfActors();
});
afterAll(() => server.stop());

/** How each action is asked for. */
const requests: Readonly<Record<string, (type: string) => [path: string, method: string, body?: unknown]>> = {
  c: (type) => [type, 'POST', minimalResource(type)],
  r: (type) => [`${type}/none`, 'GET'],
  u: (type) => [`${type}/none`, 'PUT', { ...minimalResource(type), id: 'none' }],
  d: (type) => [`${type}/none`, 'DELETE'],
  s: (type) => [`${type}?_count=1`, 'GET'],
};

/** `type.action` of what is not refused for want of a right. */
async function allowed(actor: TestActor): Promise<string[]> {
  const found: string[] = [];
  for (const type of types) {
    for (const [action, request] of Object.entries(requests)) {
      const [path, method, body] = request(type);
      const response = await fetch(`${server.fhir}/${path}`, {
        method,
        headers: { ...actorHeaders(actor), 'Content-Type': 'application/fhir+json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      // Nobody changes an AuditEvent, and clients do not create them: that is no matter of roles.
      const isClosed = type === 'AuditEvent' && 'cud'.includes(action);
      if (response.status !== 403 && !isClosed) found.push(`${type}.${action}`);
      else if (!isClosed) expect(JSON.parse(text)).toMatchObject({ issue: [{ code: 'forbidden' }] });
    }
  }
  return found;
}

function cells(rules: readonly Rule[]): string[] {
  const found = rules.flatMap(([list, actions]) =>
    list.flatMap((type) => [...actions].map((action) => `${type}.${action}`)),
  );
  return [...new Set(found)].sort();
}

test.each(Object.keys(expected) as Role[])(
  'every cell of the role %s',
  async (role) => {
    const kind = role === 'system' ? 'system' : 'professional';
    expect((await allowed({ kind, roles: [role] })).sort()).toEqual(cells(expected[role]));
  },
  120_000,
);

test('who has no role may do nothing', async () => {
  expect(await allowed({ roles: [] })).toEqual([]);
}, 120_000);

test('two roles add up, and scopes narrow both', async () => {
  const both = await allowed({
    roles: ['pharmacist', 'secretary'],
    scope: 'user/Patient.rs user/Immunization.c',
  });
  // What no scope names is answered as what is not there.
  const named = both.filter((cell) => !cell.endsWith('.r') || cell === 'Patient.r');
  expect(named.sort()).toEqual(['Immunization.c', 'Patient.r', 'Patient.s']);
}, 120_000);
