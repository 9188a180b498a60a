import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses whose judgement is kept at most. */
const keptJudgements = 1000;

/** The reverse proxies in front of a server, whose headers about callers are believed. */
export interface TrustedProxies {
  /** True for the address of a trusted proxy; an IPv4 address may be given as IPv6 has it. */
  includes(address: string): boolean;
  /** True when a trusted proxy sent the request. */
  sent(request: IncomingMessage): boolean;
  /**
   * IP address of the caller: that of the connection or, behind trusted proxies, the last one in `X-Forwarded-For` that
   * is none of theirs. What stands before it anybody may have written.
   */
  callerOf(request: IncomingMessage): string;
}

/** @param networks IP addresses, and networks in CIDR notation */
export function trustedProxies(networks: readonly string[]): TrustedProxies {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length] = network.split('/');
    if (length === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(length), familyOf(address));
  }
  const judged = new Map<string, boolean>();
  const includes = (given: string): boolean => {
    const known = judged.get(given);
    if (known !== undefined) return known;
    const address = plain(given);
    const found = isIP(address) !== 0 && list.check(address, familyOf(address));
    if (judged.size >= keptJudgements) judged.clear();
    judged.set(given, found);
    return found;
  };
  const sent = ({ socket }: IncomingMessage) => networks.length > 0 && includes(socket.remoteAddress ?? '');
  return {
    includes,
    sent,
    callerOf(request) {
      const own = plain(request.socket.remoteAddress ?? '');
      const forwarded = request.headers['x-forwarded-for'];
      if (forwarded === undefined || !sent(request)) return own;
      const hops = String(forwarded).split(',').map(withoutPort).reverse();
      const caller = hops.find((hop) => !includes(hop));
      // What is no address was not written by a proxy that can be trusted.
      return caller !== undefined && isIP(caller) !== 0 ? caller : own;
    },
  };
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}

/** An IPv4 address that a socket of IPv6 shows, as IPv4 has it. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

/** Some proxies add the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
  const text = hop.trim();
  return plain(
    /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(text)?.[1] ?? text,
  );
}
