import { parse, refusal } from '../support/search.ts';

describe('errors', () => {
  test.each([
    ['Observation?date=secret', 'date'],
    ['Observation?date=xx2024', 'date'],
    ['Observation?date=gt', 'date'],
    ['Observation?date=2024-02-30', 'date'],
    ['Observation?date=2024-01-01T24:00', 'date'],
    ['Observation?date=2024,secret', 'date'],
    ['Observation?patient.birthdate=secret', 'patient.birthdate'],
    ['Observation?_lastUpdated=secret', '_lastUpdated'],
    ['RiskAssessment?probability=secret', 'probability'],
    ['RiskAssessment?probability=gt', 'probability'],
    ['RiskAssessment?probability=zz1', 'probability'],
    ['Observation?value-quantity=secret', 'value-quantity'],
    ['Observation?value-quantity=5|secret', 'value-quantity'],
    ['Observation?value-quantity=|a|secret', 'value-quantity'],
    ['Observation?value-quantity=5|a|b|secret', 'value-quantity'],
    ['Observation?code:missing=secret', 'code:missing'],
    ['Observation?code=|', 'code'],
    ['Observation?code=a|b|secret', 'code'],
    ['Observation?subject=Patient/secret/', 'subject'],
    ['Observation?subject=%23secret', 'subject'],
    ['Observation?subject:Patient=Group/secret', 'subject:Patient'],
    ['Patient?name=%20', 'name'],
    ['Observation?code:in=secret', 'code:in'],
    ['Observation?code:not-in=secret', 'code:not-in'],
    ['Patient?identifier:of-type=secret', 'identifier:of-type'],
    ['Patient?identifier:of-type=a|b|', 'identifier:of-type'],
    ['Patient?identifier:of-type=a|b|c|secret', 'identifier:of-type'],
    ['Observation?code:below=secret', 'code:below'],
    ['Observation?code:below=http://secret|a', 'code:below'],
    ['Observation?code:above=|secret', 'code:above'],
    ['Observation?code:above=http://terminology.hl7.org/CodeSystem/v3-ActCode|', 'code:above'],
    ['Observation?code:below=__proto__|secret', 'code:below'],
    ['ValueSet?url:below=urn:secret', 'url:below'],
    ['ValueSet?url:above=secret', 'url:above'],
    [`ValueSet?url:above=http://secret${'/a'.repeat(101)}`, 'url:above'],
    ['Observation?code:below=secret/xml', 'code:below'],
    ['Observation?code-value-quantity=secret', 'code-value-quantity'],
    ['Observation?code-value-quantity=secret$', 'code-value-quantity'],
    ['Observation?code-value-quantity=a$secret', 'code-value-quantity'],
    ['Observation?code-value-quantity=a|$5', 'code-value-quantity'],
    ['Observation?code-value-quantity=a$5$secret', 'code-value-quantity'],
  ])('%s: the value is refused by name and never repeated', (url, expression) => {
    for (const strict of [true, false]) {
      const { text, ...rest } = refusal(url, { strict }) ?? { text: '' };
      expect(rest).toEqual({ status: 400, code: 'value', expression });
      expect(text).toContain(expression);
      expect(text).not.toMatch(/secret/);
    }
  });

  test.each([
    ['Patient?family:text=x', ':missing, :exact, :contains'],
    ['Patient?gender:contains=x', ':missing, :not, :text, :in, :not-in, :above, :below, :of-type'],
    ['Patient?gender:exact=x', ':missing, :not, :text, :in, :not-in, :above, :below, :of-type'],
    ['Patient?birthdate:exact=1969', ':missing'],
    ['Patient?organization:Patient=x', ':missing, :identifier, :above, :below, :Organization'],
    ['Patient?link:below=x', ':missing, :identifier, :Patient, :RelatedPerson'],
    ['Patient?family:exact:missing=true', ':missing, :exact, :contains'],
    ['Patient?_profile:exact=x', ':missing, :below, :above'],
    ['Observation?code-value-quantity:not=a$1', ':missing'],
    ['Patient?_text:exact=x', 'none'],
    ['Patient?_id:exact=x', ':missing, :not'],
    ['Patient?family:=x', ':missing, :exact, :contains'],
  ])('%s: a modifier that is not supported is always refused', (url, supported) => {
    for (const strict of [true, false]) {
      const { text, ...rest } = refusal(url, { strict }) ?? { text: '' };
      expect(rest).toMatchObject({ status: 400, code: 'not-supported' });
      expect(text.endsWith(supported)).toBe(true);
    }
  });

  test.each(['foo', 'foo:exact', 'foo.bar', 'organization.foo', '_query'])(
    'the unknown parameter %s is refused when strict and ignored when lenient',
    (name) => {
      const issue = refusal(`Patient?${name}=secret`);
      expect(issue).toMatchObject({ status: 400, code: 'not-supported', expression: name });
      expect(issue?.text).toMatch(/Supported: .*birthdate, .*family/);
      expect(issue?.text).not.toMatch(/secret/);
      const { ignored, applied, expression } = parse(`Patient?${name}=1&family=x`, { strict: false });
      expect(ignored).toEqual([name]);
      expect(applied).toEqual([['family', 'x']]);
      expect(expression).toMatchObject({ kind: 'string', parameter: 'family' });
    },
  );

  test.each(['1', '1$2', '1$2$3$4', '$2$3', '1$$3', '1$2$', '|$2$3', '1$x$3', '1$2$x'])(
    'a composite of three components: %s is malformed',
    (value) => {
      const url = `MolecularSequence?chromosome-window-coordinate=${value}`;
      expect(refusal(url)).toMatchObject({ code: 'value' });
    },
  );

  test('slashes within a long URL take no time by their square', () => {
    expect(refusal(`ValueSet?url:below=http://a${'/'.repeat(300_000)}b`)).toBeUndefined();
  });

  test('a composite takes no modifier but missing', () => {
    expect(refusal('Observation?code-value-quantity:not=a$1')).toMatchObject({ code: 'not-supported' });
    expect(refusal('Observation?code-value-quantity:missing=x')).toMatchObject({ code: 'value' });
    expect(refusal('Location?near:above=1|1')).toMatchObject({ code: 'not-supported' });
    expect(refusal('Location?near:missing=')).toBeUndefined();
  });
});
