/** Namespace of the permanent patient identifiers (IPP) of the demo hospital, under its FINESS. */
export const ippSystem = 'urn:oid:1.2.250.1.71.4.2.2.990000010.1';

/** Namespace of the visit numbers of the demo hospital. */
export const visitSystem = 'urn:oid:1.2.250.1.71.4.2.2.990000010.2';
