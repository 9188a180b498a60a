import { createCircuitBreaker } from '../../../src/ins/insi/circuit-breaker.ts';

function breaker() {
  let time = 0;
  const circuit = createCircuitBreaker({ breakerThreshold: 3, breakerOpenMs: 1000 }, () => time);
  return {
    circuit,
    advance: (milliseconds: number) => {
      time += milliseconds;
    },
    fail: (times: number) => {
      for (let done = 0; done < times; done += 1) {
        circuit.admit();
        circuit.settled(true);
      }
    },
  };
}

describe('the circuit breaker', () => {
  test('opens after the threshold of consecutive failures, and says how long', () => {
    const { circuit, fail, advance } = breaker();
    fail(2);
    expect(circuit.admit()).toEqual({ admitted: true });
    circuit.settled(true);
    expect(circuit.admit()).toEqual({ admitted: false, retryAfterMs: 1000 });
    advance(400);
    expect(circuit.admit()).toEqual({ admitted: false, retryAfterMs: 600 });
  });

  test('an answer between failures starts the count again', () => {
    const { circuit, fail } = breaker();
    fail(2);
    circuit.settled(false);
    fail(2);
    expect(circuit.admit()).toEqual({ admitted: true });
  });

  test('lets one probe through, which closes it', () => {
    const { circuit, fail, advance } = breaker();
    fail(3);
    advance(1000);
    expect(circuit.admit()).toEqual({ admitted: true });
    expect(circuit.admit()).toMatchObject({ admitted: false });
    circuit.settled(false);
    expect(circuit.admit()).toEqual({ admitted: true });
    fail(2);
    expect(circuit.admit()).toEqual({ admitted: true });
  });

  test('a failed probe opens it again at once', () => {
    const { circuit, fail, advance } = breaker();
    fail(3);
    advance(1000);
    circuit.admit();
    circuit.settled(true);
    expect(circuit.admit()).toEqual({ admitted: false, retryAfterMs: 1000 });
  });

  test('a late answer of a call admitted before does not close an open circuit', () => {
    const { circuit, fail } = breaker();
    circuit.admit();
    fail(3);
    circuit.settled(false);
    expect(circuit.admit()).toMatchObject({ admitted: false });
  });
});
