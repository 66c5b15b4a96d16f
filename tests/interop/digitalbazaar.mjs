// Digital Bazaar's verifier judges credentials: Data Integrity, validity dates, Bitstring Status List.
// In: {"credentials": [...], "documents": {address: JSON}, "suites": [name, ...]}.  Out: [{"verified", "revoked", "errors"}, ...].
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {createVerifyCryptosuite} from '@digitalbazaar/eddsa-jcs-2022-cryptosuite';
import {cryptosuite as rdfc} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import {verifyCredential} from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import {answer, loader, messages, question} from './material.mjs';

const {credentials, documents, suites} = question();
const cryptosuites = {'eddsa-rdfc-2022': rdfc, 'eddsa-jcs-2022': createVerifyCryptosuite()};
const documentLoader = loader(documents);
const verdicts = [];
for(const credential of credentials) {
  const suite = suites.map(name => new DataIntegrityProof({cryptosuite: cryptosuites[name]}));
  const {verified, error, statusResult} = await verifyCredential({credential, suite, documentLoader, checkStatus});
  const revoked = statusResult?.results?.some(({status}) => status) ?? null;
  verdicts.push({verified, revoked, errors: [...messages(error), ...messages(statusResult?.error)]});
}
answer(verdicts);
