/** The syntax tree of a FHIRPath expression. */
export type Syntax =
  /** `$this`, and the start of a path that names nothing else. */
  | { kind: 'this' }
  | { kind: 'variable'; name: 'index' | 'total' }
  /** `%resource` without its sign. */
  | { kind: 'constant'; name: string }
  /** `{}` */
  | { kind: 'nothing' }
  /** @param isDecimal set on a number with a fraction */
  | { kind: 'literal'; value: string | number | boolean; isDecimal?: true }
  | { kind: 'temporal'; text: string }
  | { kind: 'quantity'; value: number; unit: string }
  | { kind: 'member'; operand: Syntax; name: string }
  | { kind: 'call'; operand: Syntax; name: string; parameters: Syntax[] }
  | { kind: 'index'; operand: Syntax; index: number }
  /** An item whose index is computed. */
  | { kind: 'item'; operand: Syntax; index: Syntax }
  | { kind: 'type'; operator: 'is' | 'as'; operand: Syntax; type: string }
  | { kind: 'equality'; negated: boolean; left: Syntax; right: Syntax }
  | { kind: 'logic'; operator: 'and' | 'or'; left: Syntax; right: Syntax }
  | { kind: 'union'; left: Syntax; right: Syntax }
  | { kind: 'negative'; operand: Syntax }
  | { kind: 'operation'; operator: Operator; left: Syntax; right: Syntax };

/** The operators that have no kind of their own. */
export type Operator =
  | '~'
  | '!~'
  | '<'
  | '<='
  | '>'
  | '>='
  | 'in'
  | 'contains'
  | 'xor'
  | 'implies'
  | '+'
  | '-'
  | '&'
  | '*'
  | '/'
  | 'div'
  | 'mod';
