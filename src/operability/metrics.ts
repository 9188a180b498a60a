import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** What the server counts and times, for Prometheus. Labels hold interactions and types, never identity data. */
export interface Metrics {
  /** @param seconds from the arrival of the request to the end of its answer */
  request(interaction: string, type: string, status: number, seconds: number): void;
  store(operation: string, seconds: number): void;
  /** How far the index of new search parameters is. */
  searchIndex(done: number, total: number): void;
  /** Indexes of the database that are built beside the requests, looked at with each reading. */
  indexBuilds(builds: { readonly building: readonly string[]; readonly failed: readonly string[] }): void;
  /** The text of `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Calls of the store that are observed in a row: one by one each would cost a good part of a read. */
const observedTogether = 256;

const latencyBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Metrics in a registry of their own, those of the Node.js process (event-loop lag, memory) included. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'fhir_requests_total',
    help: 'FHIR requests by interaction and HTTP status',
    labelNames: ['interaction', 'status'],
    registers: [registry],
  });
  const latency = new Histogram({
    name: 'fhir_request_duration_seconds',
    help: 'Time to answer a FHIR request by interaction and resource type',
    labelNames: ['interaction', 'type'],
    buckets: latencyBuckets,
    registers: [registry],
  });
  const storeLatency = new Histogram({
    name: 'store_duration_seconds',
    help: 'Time of one call of the store',
    labelNames: ['operation'],
    buckets: latencyBuckets,
    registers: [registry],
  });
  const patients = new Counter({
    name: 'patient_operations_total',
    help: 'Interactions with Patient by outcome',
    labelNames: ['operation', 'status'],
    registers: [registry],
  });
  const searchIndex = new Gauge({
    name: 'search_index_resources',
    help: 'Resources to index for new search parameters (total), and those of them that are indexed (done)',
    labelNames: ['state'],
    registers: [registry],
  });
  let waiting: { operation: string; seconds: number }[] = [];
  const observeStore = () => {
    for (const { operation, seconds } of waiting) storeLatency.observe({ operation }, seconds);
    waiting = [];
  };
  return {
    request(interaction, type, status, seconds) {
      requests.inc({ interaction, status });
      latency.observe({ interaction, type }, seconds);
      if (type === 'Patient')
        patients.inc({ operation: interaction, status: status < 400 ? 'success' : 'error' });
    },
    store(operation, seconds) {
      if (waiting.push({ operation, seconds }) === observedTogether) observeStore();
    },
    searchIndex(done, total) {
      searchIndex.set({ state: 'done' }, done);
      searchIndex.set({ state: 'total' }, total);
    },
    indexBuilds(builds) {
      new Gauge({
        name: 'store_index_builds',
        help: 'Indexes of the database that are under way (building), and those that could not be built (failed)',
        labelNames: ['state'],
        registers: [registry],
        collect() {
          this.set({ state: 'building' }, builds.building.length);
          this.set({ state: 'failed' }, builds.failed.length);
        },
      });
    },
    text() {
      observeStore();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
