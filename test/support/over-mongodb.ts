import './explained-commands.ts';

/** Runs before each file of the tests that are run once more over MongoDB. */
process.env['PASSERELLE_TEST_STORE'] = 'mongodb';

// The server of the tests answers some hundreds of calls a second.
import.meta.jest.setTimeout(180_000);
