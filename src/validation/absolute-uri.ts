const absolute = /^[a-z][a-z0-9+.-]*:/i;

/** Whether a URI has a scheme (RFC 3986 section 4.3). */
export function isAbsoluteUri(uri: string): boolean {
  // Nearly all URIs of resources start so.
  if (uri.startsWith('http') && (uri.startsWith('://', 4) || uri.startsWith('://', 5))) return true;
  return uri.startsWith('urn:') || absolute.test(uri);
}
