import { createCircuitBreaker } from './ins/insi/circuit-breaker.ts';
import type { Logger } from './operability/logging.ts';
import type { Settings } from './operability/settings.ts';
import { RemoteTerminology } from './terminology/remote/remote-terminology.ts';
import type { Validator } from './validation/validator.ts';

/** After five failures in a row the other server is left alone for half a minute. */
const breakerLimits = { breakerThreshold: 5, breakerOpenMs: 30_000 };

/**
 * The other terminology server of the settings, where there is one.
 * @throws Error when its address is none
 */
export function openRemoteTerminology(
  settings: Settings,
  log: Logger,
  validator: Validator,
): RemoteTerminology | undefined {
  const { TERMINOLOGY_SERVER, TERMINOLOGY_TIMEOUT_MILLISECONDS, TERMINOLOGY_CACHE_MINUTES } = settings;
  if (TERMINOLOGY_SERVER === '') return undefined;
  const url = URL.parse(TERMINOLOGY_SERVER);
  if (url === null || !['https:', 'http:'].includes(url.protocol)) {
    throw new Error('TERMINOLOGY_SERVER must be an http or https URL');
  }
  return new RemoteTerminology(
    {
      baseUrl: TERMINOLOGY_SERVER.replace(/\/+$/, ''),
      timeout: TERMINOLOGY_TIMEOUT_MILLISECONDS,
      lifetime: TERMINOLOGY_CACHE_MINUTES * 60_000,
    },
    createCircuitBreaker(breakerLimits, Date.now),
    {
      isValid: (resource) => validator.validate(resource).length === 0,
      onFailure: (reason) => log.warn('terminology server not asked', { reason }),
    },
  );
}
