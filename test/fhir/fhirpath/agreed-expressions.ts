/** Expressions that implementations agree on, a line each. */
export const onPatient = `
  Patient.name.given
  name.where(use = 'official').given.first()
  name[1].use
  name[0].given[1]
  name[name.count() - 1].use
  name.given.last() | name.given.tail() | name.given.skip(1) | name.given.take(2)
  name.family.exists() and name.family.count() = 2
  name.where(family.hasValue()).use
  name.family.extension.value
  name.family.extension('urn:none').value
  birthDate.extension('urn:time').value
  birthDate.id
  birthDate.extension.where(url = 'urn:time').exists()
  extension('urn:b').extension('status').value.code
  extension.where(url = 'urn:b').extension.where(url = 'status').value.code = 'VALI'
  deceased
  deceased.exists() and deceased = false
  deceased is boolean
  deceased.ofType(boolean)
  (deceased as boolean).not()
  multipleBirth.as(integer) + 1
  name.first().is(Element)
  contained.name
  contained.ofType(Organization).name
  contained.ofType(Patient).empty()
  managingOrganization.reference.substring(1)
  name.all(given.exists())
  name.all(family.exists(length() > 3))
  name.given.all(length() < 5)
  name.given.select(length())
  name.select(given.count())
  name.given.where($index = 1)
  name.given.aggregate($this.length() + $total, 0)
  name.given.aggregate(iif($total.empty(), $this, $total & $this))
  name.repeat(given)
  telecom.rank > 1 and telecom.rank >= 2 and telecom.rank < 3 and telecom.rank <= 2
  birthDate < @1981
  birthDate < @1980
  birthDate = @1980-05-17
  birthDate = @1980-05
  birthDate ~ @1980-05
  birthDate != @1980-05-18
  birthDate > @1980-05-16 and birthDate < @1980-05-18
  birthDate + 1 day
  birthDate - 2 months
  birthDate + 10 years
  @2024-02-29 + 1 year
  @2024-01-31 + 1 month
  @2024-03-31 - 1 month
  @2024 + 24 months
  @T10:30:00 + 45 minutes
  @T23:59 + 1 hour
  @2024-02-29T10:00:00Z = @2024-02-29T11:00:00+01:00
  @2024-02-29T10:00:00Z < @2024-02-29T10:00:00.1Z
  @T10:30 < @T10:31
  @T10:30 = @T10:30:00
  name.period.start <= name.period.end
  1 + 2 * 3 - 4 / 2
  (1 + 2) * 3
  7 div 2 + 7 mod 2
  0.1 + 0.2 = 0.3
  1 / 0
  1.0 = 1
  1.10 ~ 1.1
  1.0 is Decimal
  1 is Integer
  'a' & 'b' & {}
  'a' + 'b'
  'a' + {}
  -1 + 3
  -(1 + 2)
  true and {}
  false and {}
  true or {}
  false or {}
  true xor false
  true xor {}
  false implies {}
  true implies {}
  {} implies true
  {} implies {}
  1 in (1 | 2 | 3)
  (1 | 2) contains 3
  {} in (1 | 2)
  1 in {}
  gender in ('male' | 'female')
  (1 | 2 | 2 | 3).count()
  (1 | 2).union(2 | 3)
  (1 | 2).combine(2 | 3).count()
  (1 | 2).intersect(2 | 3)
  (1 | 2).exclude(2 | 3)
  (1 | 2).subsetOf(1 | 2 | 3)
  (1 | 2).supersetOf(1 | 2 | 3)
  name.given.combine(name.given).distinct().count()
  name.given.isDistinct()
  name.given.combine(name.given).isDistinct()
  (true | false).allTrue()
  (true | false).anyTrue()
  (true | false).allFalse()
  (true | false).anyFalse()
  {}.allTrue()
  {}.exists()
  {}.empty()
  name.first().single().use
  iif(active, 'yes', 'no')
  iif(false, 'yes')
  name.given.iif(empty(), 'none', first())
  'abc'.indexOf('c')
  'abc'.substring(1, 1)
  'abc'.substring(3)
  'abc'.substring(1)
  'abc'.startsWith('ab') and 'abc'.endsWith('bc') and 'abc'.contains('b')
  'abc'.startsWith('')
  'aBc'.upper() & 'aBc'.lower()
  'a-b-c'.replace('-', '+')
  'abc'.replace('', 'x')
  'abc'.matches('^[a-c]+$')
  'abc'.matches('b')
  'N8000123123'.replaceMatches('N(\\\\d{4})', 'n$1-')
  'abc'.length()
  'abc'.toChars()
  'a,b,,c'.split(',')
  name.given.join(', ')
  ' a b '.trim()
  (-5).abs() + 1.5.ceiling() + 1.5.floor() + 1.9.truncate()
  1.456.round(2)
  9.sqrt() + 2.power(3)
  2.power(-1)
  (-1).sqrt()
  100.log(10)
  '1'.toInteger() + 1
  'x'.toInteger()
  '1.5'.toDecimal() * 2
  1.toString() & true.toString()
  'true'.toBoolean() and 1.toBoolean()
  'maybe'.convertsToBoolean()
  '12'.convertsToInteger() and '1.2'.convertsToDecimal() and 'x'.convertsToInteger().not()
  '2024-02'.toDate()
  '2024-02-29T10:00:00Z'.toDateTime()
  '10:30'.toTime()
  '2024'.convertsToDate() and 'x'.convertsToDate().not()
  children().count() > 10
  descendants().where($this is HumanName).count()
  contact.children().count()
  contact.descendants().ofType(string)
  'ABC  d' ~ 'abc d'
  name[0] = name[0]
  name[0] = name[1]
  name[0] ~ name[0]
  {} = {}
  {} ~ {}
  (1 | 2) = (1 | 2)
  (1 | 2) = (2 | 1)
  name.trace('names').given.count()
  meta.lastUpdated > @2024-02-29T08:00:00Z
  meta.profile.first().contains('|')
  today() = now().toString().substring(0, 10).toDate()
  now() > @2020-01-01T00:00:00Z
  %resource.id = id and %context.id = id
  name.\`given\`.count() // all of them
  /* a comment */ active
  active.getValue()
  1 year = 1 year
  4 'g' + 2 'g' = 6 'g'
  @2024-02-29T10:00:00Z - 36 hours = @2024-02-27T22:00:00Z
  '\\u00e9\\'\\t\\\\'.length()
  name.given.skip(2)
  3 > 2 and false.not()
  (2 | 3).where($this > 2)
  name.given.exists($this = 'Paul')
  name.where(given contains 'Paul').use
  identifier.where(system = 'urn:oid:1' and use = 'official').value.toInteger() > 11
  identifier.value.select(toInteger()).aggregate($this + $total, 0)
  contact.name.family.upper()
  contact.relationship.text
`;
export const onObservation = `
  value.unit
  value.value > 100
  value.ofType(Quantity).code
  (value as Quantity).value
  value > 100 'mm[Hg]'
  value = 120.5 'mm[Hg]'
  component.value.ofType(Quantity).value
  component.value.ofType(string)
  component.where(value is Quantity).code.text
  component.where(value.exists()).count() = 3
  component.code.text
  code.coding.where(system = 'http://loinc.org' and code = '8480-6').exists()
  effective is dateTime
  effective.toString().length() >= 8
  ($this.effective as dateTime).toString().length()
  issued.empty()
`;
