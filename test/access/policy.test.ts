import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Policy, readPolicy, rulesFor } from '../../src/access/policy.ts';
import { openPolicyFile, type PolicyFile } from '../../src/access/policy-file.ts';

const resourceTypes = new Set(['Patient', 'Observation', 'Task']);
const policy: Policy = {
  types: { clinical: ['Observation', 'Task'] },
  rules: [
    { roles: ['doctor'], types: ['@clinical'], actions: 'crus' },
    { roles: ['nurse'], types: ['*'], except: ['Task'], actions: 'rs' },
  ],
  breakGlass: { roles: ['doctor'], minutes: 30 },
};

describe('a policy', () => {
  test('has rules by role, type and action', () => {
    expect(rulesFor(policy, 'doctor', 'Task', 'u')).toEqual([policy.rules[0]]);
    expect(rulesFor(policy, 'doctor', 'Task', 'd')).toEqual([]);
    expect(rulesFor(policy, 'doctor', 'Patient', 'r')).toEqual([]);
    expect(rulesFor(policy, 'nurse', 'Patient', 's')).toEqual([policy.rules[1]]);
    expect(rulesFor(policy, 'nurse', 'Task', 's')).toEqual([]);
    expect(rulesFor(policy, 'admin', 'Task', 's')).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['rules', { ...policy, rules: undefined }],
    ['additional', { ...policy, comment: 'x' }],
    ['/rules/0/roles/0', { ...policy, rules: [{ roles: ['surgeon'], types: ['*'], actions: 'r' }] }],
    ['/rules/0/actions', { ...policy, rules: [{ roles: ['doctor'], types: ['*'], actions: 'sr' }] }],
    ['/rules/0/actions', { ...policy, rules: [{ roles: ['doctor'], types: ['*'], actions: '' }] }],
    ['/rules/0/where', { ...policy, rules: [{ roles: ['doctor'], types: ['*'], actions: 'r', where: {} }] }],
    ['Observatoin', { ...policy, rules: [{ roles: ['doctor'], types: ['Observatoin'], actions: 'r' }] }],
    ['@labs', { ...policy, rules: [{ roles: ['doctor'], types: ['@labs'], actions: 'r' }] }],
    ['Unknown', { ...policy, types: { clinical: ['Unknown'] } }],
    ['/breakGlass/minutes', { ...policy, breakGlass: { roles: [], minutes: 0 } }],
    ['must be object', []],
  ])('is refused for what is wrong in it: %s', (problem, content) => {
    expect(() => readPolicy(content, resourceTypes)).toThrow(problem);
  });
});

describe('the policy file', () => {
  let directory: string;
  let path: string;
  let file: PolicyFile | undefined;
  const problems: string[] = [];
  const open = async () => {
    file = await openPolicyFile({
      path,
      resourceTypes,
      onProblem: (problem) => problems.push(problem),
      onReload: () => undefined,
    });
    return file;
  };
  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'passerelle-policy-'));
    path = join(directory, 'policy.json');
    problems.length = 0;
  });
  afterEach(async () => {
    file?.close();
    await rm(directory, { recursive: true });
  });

  test('is followed without a restart; a broken one keeps the old policy', async () => {
    await writeFile(path, JSON.stringify(policy));
    const { current } = await open();
    expect(current()).toEqual(policy);
    await writeFile(path, '{"rules": oops');
    await until(() => problems.length > 0);
    expect(current()).toEqual(policy);
    await rm(path);
    await until(() => problems.length > 1);
    expect(current()).toEqual(policy);
    const next = { ...policy, rules: [] };
    await writeFile(path, JSON.stringify(next));
    await until(() => current().rules.length === 0);
    expect(current()).toEqual(next);
    expect(problems).toHaveLength(2);
  });

  test('that is broken at the start refuses it', async () => {
    await expect(open()).rejects.toThrow('POLICY_FILE');
    await writeFile(path, '{}');
    await expect(open()).rejects.toThrow('rules');
  });
});
