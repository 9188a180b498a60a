import type { Setting } from './setting.ts';

/** What one request may cost. */
export const limitsSettings = {
  MAX_BODY_BYTES: {
    type: 'integer',
    default: '52428800',
    range: [1024, 1_073_741_824],
    doc: 'Largest request body in bytes; a longer one is refused with 413.',
  },
  MAX_URL_BYTES: {
    type: 'integer',
    default: '16384',
    range: [1024, 1_048_576],
    doc: 'Longest URL in bytes; a longer one is refused with 414: a long search is sent by POST to _search.',
  },
  MAX_HEADER_BYTES: {
    type: 'integer',
    default: '32768',
    range: [2048, 2_097_152],
    doc: 'Largest head of a request, its URL and headers, in bytes; a larger one is refused with 431.',
  },
  MAX_HEADERS: {
    type: 'integer',
    default: '100',
    range: [20, 2000],
    doc: 'Most headers of a request; one of more is refused with 431.',
  },
  HEADERS_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '20',
    range: [1, 600],
    doc: 'How long the head of a request may take to arrive, in seconds; then it is refused with 408.',
  },
  REQUEST_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '300',
    range: [1, 3600],
    doc: 'How long a whole request may take to arrive, in seconds; then it is refused with 408. A connection on which nothing moves for as long is closed.',
  },
  KEEP_ALIVE_SECONDS: {
    type: 'integer',
    default: '75',
    range: [1, 3600],
    doc: 'How long a connection without requests is kept, in seconds: longer than proxies keep theirs, as a rule a minute, so that none sends a request on a connection that is being closed.',
  },
  MAX_REQUESTS_PER_CONNECTION: {
    type: 'integer',
    default: '0',
    range: [0, 1_000_000_000],
    doc: 'Most requests that one connection takes before it is closed, so that a balancer spreads callers anew; 0: no limit.',
  },
  MAX_CONNECTIONS: {
    type: 'integer',
    default: '10000',
    range: [1, 1_000_000],
    doc: 'Most connections at a time; further ones are closed at once.',
  },
  MAX_NESTING_LEVELS: {
    type: 'integer',
    default: '64',
    range: [16, 64],
    doc: 'Deepest nesting of a JSON or XML body, in levels; a deeper one is refused with 400.',
  },
  MAX_BUNDLE_ENTRIES: {
    type: 'integer',
    default: '10000',
    range: [1, 100_000],
    doc: 'Most entries of a batch or transaction; one of more is refused with 413.',
  },
  MAX_BUNDLE_ANSWER_BYTES: {
    type: 'integer',
    default: '67108864',
    range: [1_048_576, 1_073_741_824],
    doc: 'Longest answer to a batch or to the reads of a transaction, in bytes; the entries beyond are not run, and answered 413.',
  },
  MAX_PAGE_RESOURCES: {
    type: 'integer',
    default: '1000',
    range: [1, 10_000],
    doc: 'Most matches on a page of a search and versions on a page of a history; a larger _count is lowered to it, and the self link tells.',
  },
  MAX_INCLUDED_RESOURCES: {
    type: 'integer',
    default: '1000',
    range: [1, 10_000],
    doc: 'Most resources that the includes of a page may add; a page of more is refused with 400.',
  },
  MAX_INCLUDE_STEPS: {
    type: 'integer',
    default: '5',
    range: [1, 20],
    doc: 'Most references that an include with :iterate follows from a match; the page says in an outcome when there are more.',
  },
  MAX_SEARCH_PARAMETERS: {
    type: 'integer',
    default: '100',
    range: [10, 10_000],
    doc: 'Most parameters of one search; one of more is refused with 400.',
  },
  MAX_SEARCH_VALUES: {
    type: 'integer',
    default: '1000',
    range: [10, 20_000],
    doc: 'Most values, the alternatives between commas, of all parameters of one search; one of more is refused with 400.',
  },
  MAX_CHAIN_WAYS: {
    type: 'integer',
    default: '64',
    range: [1, 1000],
    doc: 'Most ways through the resource types that one chain or _has may fan out to; one of more is refused with 400.',
  },
  MAX_CHAIN_RESOURCES: {
    type: 'integer',
    default: '2000000',
    range: [1, 1_000_000_000],
    doc: 'Most resources that one search on the embedded store may look at beyond references, by all chains and _has together; a search that needs more is stopped and refused with 403.',
  },
  SEARCH_TIMEOUT_SECONDS: {
    type: 'integer',
    default: '30',
    range: [1, 600],
    doc: 'How long one search may take, in seconds; then it is stopped and refused with 503.',
  },
  TOTAL_TIMEOUT_MILLISECONDS: {
    type: 'integer',
    default: '2000',
    range: [10, 60_000],
    doc: 'How long counting the matches of a search may take, in milliseconds; then the page comes without total, and _summary=count is refused with 503.',
  },
} as const satisfies Record<string, Setting>;
