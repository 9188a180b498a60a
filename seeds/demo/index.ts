/** The demo data: what the server loads, and what the simulated national base knows of the same persons. */
export { demoBundle } from './bundle.ts';
export { simulatedPersons } from './simulated-persons.ts';
