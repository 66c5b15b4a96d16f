// Digital Bazaar's verifier against the clock. A line of JSON in, a line out; the process ends with its input.
// First {"documents": {address: JSON}, "suites": [name, ...]}, then as often as wished {"texts": [credential as text, ...], "repeats": n}:
// verifies each of them n times, parsing included, and answers {"cpu": seconds of this process in all}. Anything but a pass is an error.
import {createInterface} from 'node:readline';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {answer, loader, messages} from './material.mjs';

const cryptosuites = {'eddsa-rdfc-2022': rdfc, 'eddsa-jcs-2022': createVerifyCryptosuite()};
let documentLoader;
let suite;
for await (const line of createInterface({input: process.stdin})) {
  const asked = JSON.parse(line);
  if(asked.documents) {
    documentLoader = loader(asked.documents);
    suite = asked.suites.map(name => new DataIntegrityProof({cryptosuite: cryptosuites[name]}));
    continue;
  }
  const before = process.cpuUsage();
  for(let round = 0; round < asked.repeats; round++) {
    for(const text of asked.texts) {
      const {verified, error} = await verifyCredential({credential: JSON.parse(text), suite, documentLoader, checkStatus});
      if(!verified) {
        throw new Error(messages(error).join('; '));
      }
    }
  }
  const {user, system} = process.cpuUsage(before);
  answer({cpu: (user + system) / 1e6});
}
