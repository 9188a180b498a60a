import type { Collect, Frame } from './branch.ts';

/** A condition: `undefined` stands for the empty collection. */
export type Test = (focus: unknown, frame: Frame) => boolean | undefined;

/** The functions that look for a text within a string. */
export type TextTest = 'startsWith' | 'endsWith' | 'contains';

const textTests: Readonly<Record<TextTest, (text: string, part: string) => boolean>> = {
  startsWith: (text, part) => text.startsWith(part),
  endsWith: (text, part) => text.endsWith(part),
  contains: (text, part) => text.includes(part),
};

/** Tests the first of the values that are found. */
export function textCondition(name: TextTest, part: string, collect: Collect): Test {
  const has = textTests[name];
  return (focus, frame) => {
    const [text] = collect(focus, frame);
    return typeof text === 'string' ? has(text, part) : undefined;
  };
}

/** What is empty stays so. */
export function not(test: Test): Test {
  return (focus, frame) => {
    const truth = test(focus, frame);
    return truth === undefined ? undefined : !truth;
  };
}

/** `and` of three values: false decides. */
export function both(left: Test, right: Test): Test {
  return (focus, frame) => {
    const first = left(focus, frame);
    if (first === false) {
      return false;
    }
    const second = right(focus, frame);
    return second === false ? false : first === undefined ? undefined : second;
  };
}

/** `or` of three values: true decides. */
export function either(left: Test, right: Test): Test {
  return (focus, frame) => {
    const first = left(focus, frame);
    if (first === true) {
      return true;
    }
    const second = right(focus, frame);
    return second === true ? true : first === undefined ? undefined : second;
  };
}
