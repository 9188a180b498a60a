import type { ConformanceResources } from './conformance-resources.ts';
import type { Layer } from './layer.ts';
import { ownLayer } from './own-layer.ts';
import { r4Layer } from './r4-layer.ts';
import { Scope } from './scope.ts';

/**
 * The conformance resources of R4, on top of them those of this server, and on top of these further ones, the last of
 * them on top of all. Nothing is read before something is asked for, but where the resources of R4 lie.
 * @throws Error when the definitions of R4 were not compiled yet
 */
export function loadConformance(further: readonly Layer[] = []): ConformanceResources {
  return further.reduce((below, layer) => new Scope(layer, below), new Scope(ownLayer, new Scope(r4Layer)));
}
