import type { IncomingMessage } from 'node:http';
import { trustedProxies } from '../../src/http/trusted-proxies.ts';

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage;

const proxies = trustedProxies(['10.0.0.1', '172.20.0.0/16', '2001:db8:1::/48']);

test.each([
  ['10.0.0.1', true],
  ['::ffff:10.0.0.1', true],
  ['10.0.0.2', false],
  ['172.20.255.3', true],
  ['172.21.0.1', false],
  ['2001:db8:1:2::7', true],
  ['2001:db8:2::7', false],
  ['', false],
  ['unknown', false],
])('%s is trusted: %s', (address, expected) => {
  expect(proxies.includes(address)).toBe(expected);
  expect(proxies.includes(address)).toBe(expected);
});

test.each([
  ['198.51.100.7', undefined, '198.51.100.7'],
  ['::ffff:198.51.100.7', undefined, '198.51.100.7'],
  // Whoever is no proxy says nothing about callers.
  ['198.51.100.7', '203.0.113.9', '198.51.100.7'],
  ['10.0.0.1', '203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9, 172.20.3.4', '203.0.113.9'],
  // The caller wrote the first; the proxy added the second.
  ['10.0.0.1', '127.0.0.1, 203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '10.0.0.1, 203.0.113.9,10.0.0.1', '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9:4711', '203.0.113.9'],
  ['10.0.0.1', '[2001:db8::7]:4711', '2001:db8::7'],
  ['10.0.0.1', '::ffff:203.0.113.9', '203.0.113.9'],
  ['10.0.0.1', '203.0.113.9, unknown', '10.0.0.1'],
  ['10.0.0.1', '', '10.0.0.1'],
  ['10.0.0.1', '172.20.1.1', '10.0.0.1'],
])('the caller of a connection from %s with X-Forwarded-For %s is %s', (address, forwarded, caller) => {
  expect(proxies.callerOf(request(address, forwarded))).toBe(caller);
});

test('without trusted proxies no header is believed', () => {
  expect(trustedProxies([]).callerOf(request('127.0.0.1', '203.0.113.9'))).toBe('127.0.0.1');
});
