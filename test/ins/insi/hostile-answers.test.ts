import type { ServerResponse } from 'node:http';
import { adrun, clientOf, envelope, listen } from './support.ts';

const result = 'http://www.cnamts.fr/INSiResultat';

/** The outcome of a search when the service answers in this way, and the number of calls made. */
async function searchAgainst(answer: (response: ServerResponse) => void) {
  const server = await listen((request, response) => {
    request.resume();
    request.on('end', () => answer(response));
  });
  const client = clientOf(server.url, { retries: 1, maximumAnswerBytes: 100_000, timeoutMs: 2_000 });
  try {
    const found = await client.search(adrun);
    return { found, calls: server.calls() };
  } finally {
    client.close();
    await server.close();
  }
}

function send(body: string | Buffer, status = 200, type = 'application/soap+xml; charset=utf-8') {
  return (response: ServerResponse) => {
    response.writeHead(status, { 'content-type': type });
    response.end(body);
  };
}

const malformed = { outcome: 'unavailable', reason: 'malformed-answer' };

describe('an answer that is not to be trusted', () => {
  test.each([
    ['a document type', `<!DOCTYPE r>${envelope('')}`],
    ['an entity bomb', `<!DOCTYPE r [<!ENTITY a "a"><!ENTITY b "&a;&a;">]>${envelope('<x>&b;</x>')}`],
    ['an external entity', `<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]>${envelope('<x>&a;</x>')}`],
    ['a foreign namespace', envelope('<RESULTAT xmlns="urn:x"><CR><CodeCR>00</CodeCR></CR></RESULTAT>')],
    ['no XML', 'OK'],
    ['nothing', ''],
    ['a deep nest', envelope('<a>'.repeat(100) + '</a>'.repeat(100))],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe, 0xfd])],
  ])('%s is malformed, and not asked again', async (_, body) => {
    expect(await searchAgainst(send(body))).toMatchObject({ found: malformed, calls: 1 });
  });

  test('an encoding nobody knows is malformed', async () => {
    expect(await searchAgainst(send('x', 200, 'application/soap+xml; charset=klingon'))).toMatchObject({
      found: malformed,
    });
  });

  test('an older encoding is read by its name', async () => {
    const xml = envelope(
      `<RESULTAT xmlns="${result}"><CR><CodeCR>01</CodeCR><LibelleCR>é</LibelleCR></CR></RESULTAT>`,
    );
    const sent = send(Buffer.from(xml, 'latin1'), 200, 'application/soap+xml; charset="iso-8859-1"');
    expect(await searchAgainst(sent)).toMatchObject({ found: { outcome: 'not-found' } });
  });

  test('a huge body is cut off', async () => {
    expect(await searchAgainst(send('x'.repeat(200_000)))).toMatchObject({
      found: { outcome: 'unavailable', reason: 'answer-too-large' },
      calls: 1,
    });
  });

  test('a body without end is cut off too', async () => {
    const endless = (response: ServerResponse) => {
      response.writeHead(200, { 'content-type': 'application/soap+xml' });
      const write = () => {
        if (!response.destroyed && response.write('x'.repeat(10_000))) setImmediate(write);
        else if (!response.destroyed) response.once('drain', write);
      };
      write();
    };
    expect(await searchAgainst(endless)).toMatchObject({ found: { reason: 'answer-too-large' } });
  });

  test('a body broken off by the server is a failed connection, asked again', async () => {
    const broken = (response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('<s:Envelope');
      setImmediate(() => response.destroy());
    };
    expect(await searchAgainst(broken)).toMatchObject({
      found: { outcome: 'unavailable', reason: 'connection' },
      calls: 2,
    });
  });

  test.each([
    [503, { outcome: 'unavailable', reason: 'http-status' }, 2],
    [429, { outcome: 'unavailable', reason: 'http-status' }, 2],
    [403, { outcome: 'misconfigured', reason: 'http-status' }, 1],
    [404, { outcome: 'misconfigured', reason: 'http-status' }, 1],
    [302, { outcome: 'misconfigured', reason: 'http-status' }, 1],
  ])('status %i without SOAP', async (status, expected, calls) => {
    expect(await searchAgainst(send('<html/>', status, 'text/html'))).toMatchObject({
      found: expected,
      calls,
    });
  });

  test('an identity sent with an error status is not believed', async () => {
    const xml = envelope(`<RESULTAT xmlns="${result}"><CR><CodeCR>01</CodeCR></CR></RESULTAT>`);
    expect(await searchAgainst(send(xml, 500))).toMatchObject({ found: { outcome: 'unavailable' } });
  });

  test('an unknown code is reported as such', async () => {
    const xml = envelope(`<RESULTAT xmlns="${result}"><CR><CodeCR>07</CodeCR></CR></RESULTAT>`);
    expect(await searchAgainst(send(xml))).toMatchObject({
      found: { outcome: 'unknown-code', code: '07', trace: { insiCode: '07' } },
      calls: 1,
    });
  });

  test('no outcome repeats what the answer said', async () => {
    const xml = envelope('<s:Fault><s:Reason><s:Text>ADRUN ZOE</s:Text></s:Reason></s:Fault>');
    const { found } = await searchAgainst(send(xml, 500));
    expect(JSON.stringify(found)).not.toMatch(/ADRUN|ZOE/);
  });
});
